import Graph
import Kernels
import Synchronization
import Tensors

/// A value that no input changes, as steps ask for it.
struct Weight {
  let value: ValueID
  let content: Constant.Content
  /// Whether the content is the same for every input shape, so that plans may share what is made of it.
  let isFixed: Bool

  var shape: Shape { content.shape }
  var type: ElementType { content.elementType }
}

/// Weights in the layout of the kernel set: each is packed once, however many plans and steps read it.
///
/// What was packed is not read from its file again, so the file's pages are given back.
package final class PackedWeights: Sendable {
  private struct Key: Hashable {
    let value: ValueID
    let count: Int
    let n: Int
    let k: Int
  }

  private let kernels: KernelSet
  private let pool: ThreadPool
  private let matrices = Mutex<[Key: PackedMatrix]>([:])
  private let stacks = Mutex<[Key: AlignedMemory]>([:])

  init(kernels: KernelSet, pool: ThreadPool) {
    self.kernels = kernels
    self.pool = pool
  }

  /// Matrices and stacks that plans share.
  package var count: Int { matrices.withLock(\.count) + stacks.withLock(\.count) }

  /// A float32 weight read as [n, k].
  func matrix(_ weight: Weight, n: Int, k: Int) -> PackedMatrix {
    let key = Key(value: weight.value, count: 1, n: n, k: k)
    if weight.isFixed, let known = matrices.withLock({ $0[key] }) { return known }
    let matrix = reading(weight, n: n, k: k) { source, columnStride, depthStride in
      PackedMatrix(
        source, n: n, k: k, columnStride: columnStride, depthStride: depthStride, kernels: kernels,
        pool: pool)
    }
    if weight.isFixed { matrices.withLock { $0[key] = matrix } }
    return matrix
  }

  /// The panels of each of `count` matrices [n, k], one after the other.
  func stack(_ weight: Weight, count: Int, n: Int, k: Int) -> AlignedMemory {
    let key = Key(value: weight.value, count: count, n: n, k: k)
    if weight.isFixed, let known = stacks.withLock({ $0[key] }) { return known }
    let each = kernels.packedCount(n: n, k: k)
    let memory = AlignedMemory(byteCount: count * each * MemoryLayout<Float>.stride)
    let panels = memory.pointer.bindMemory(to: Float.self, capacity: count * each)
    reading(weight, n: count * n, k: k) { source, columnStride, depthStride in
      for index in 0..<count {
        kernels.pack(
          panels + index * each, source + index * n * columnStride, n: n, k: k, columnStride: columnStride,
          depthStride: depthStride, pool: pool)
      }
    }
    if weight.isFixed { stacks.withLock { $0[key] = memory } }
    return memory
  }

  /// Calls `body` with the weight's first element and the strides of its [n, k], and gives its pages back.
  private func reading<R>(
    _ weight: Weight, n: Int, k: Int, _ body: (UnsafePointer<Float>, Int, Int) -> R
  ) -> R {
    defer { weight.content.source.release() }
    if case .transposed(.stored(let tensor), [1, 0]) = weight.content, tensor.shape == [k, n] {
      return start(of: tensor) { body($0, 1, n) }
    }
    return start(of: weight.content.tensor()) { body($0, k, 1) }
  }

  private func start<R>(of tensor: Tensor, _ body: (UnsafePointer<Float>) -> R) -> R {
    tensor.withBytes { bytes in
      guard let first = bytes.baseAddress else { return withUnsafePointer(to: 0) { body($0) } }
      return body(first.assumingMemoryBound(to: Float.self))
    }
  }
}
