import Graph
import Kernels
import Synchronization
import Tensors

/// A value that no input changes, as steps ask for it.
struct Weight {
  /// What a weight is to those that pack it.
  enum Origin: Hashable {
    /// A constant of the graph: other graphs may hold the same.
    case constant(Constant.Content.Identity)
    /// Computed from constants, and the same for every input shape, so that plans may share what is made of it.
    case folded(ValueID)
  }

  let content: Constant.Content
  /// Nil for what depends on the input shapes.
  let origin: Origin?

  var shape: Shape { content.shape }
  var type: ElementType { content.elementType }
}

/// Weights in the layout of the kernel set: each is packed once, however many plans and steps read it.
///
/// What was packed is not read from its file again, so the file's pages are given back. Of weights that another
/// session's graph holds too, `base` keeps the only packed copy.
package final class PackedWeights: Sendable {
  private struct Key: Hashable {
    let origin: Weight.Origin
    let n: Int
    let k: Int
    var precision = Precision.float32
  }

  private let kernels: KernelSet
  private let pool: ThreadPool
  private let base: PackedWeights?
  /// Of the graph's constants.
  private let storages: Set<ObjectIdentifier>
  private let matrices = Mutex<[Key: PackedMatrix]>([:])
  /// What a product has met once, where it lies.
  private let met = Mutex<Set<Key>>([])

  /// `storages` are those of a graph's constants, which must outlive the packed weights.
  init(of storages: Set<ObjectIdentifier>, kernels: KernelSet, pool: ThreadPool, base: PackedWeights? = nil) {
    self.kernels = kernels
    self.pool = pool
    self.base = base
    self.storages = storages
  }

  /// Matrices that plans share.
  package var count: Int { matrices.withLock(\.count) }

  /// Bytes of what is packed here, without the base's.
  var byteCount: Int { matrices.withLock { $0.values.reduce(0) { $0 + $1.byteCount } } }

  /// Where a weight that both graphs hold is packed.
  private func sharedPlace(of weight: Weight) -> PackedWeights? {
    guard let base, case .constant(let identity) = weight.origin, base.storages.contains(identity.storage) else {
      return nil
    }
    return base
  }

  /// A float32 weight read as [n, k], kept in the precision that it is multiplied in.
  func matrix(_ weight: Weight, n: Int, k: Int, _ precision: Precision = .float32) -> PackedMatrix {
    if let place = sharedPlace(of: weight) { return place.matrix(weight, n: n, k: k, precision) }
    let key = weight.origin.map { Key(origin: $0, n: n, k: k, precision: precision) }
    if let key, let known = matrices.withLock({ $0[key] }) { return known }
    let matrix = reading(weight, n: n, k: k) { source, columnStride, depthStride in
      PackedMatrix(
        source, n: n, k: k, columnStride: columnStride, depthStride: depthStride, kernels: kernels,
        layout: PackedMatrix.preferredLayout(for: kernels, precision), pool: pool)
    }
    if let key { matrices.withLock { $0[key] = matrix } }
    return matrix
  }

  /// Whether a product should take a float32 weight [n, k] from the file that holds it: once, so that who looks at a
  /// single image does not pay for the layout of all weights. From the second time on they are laid out.
  func isMetFirst(_ weight: Weight, n: Int, k: Int) -> Bool {
    if let place = sharedPlace(of: weight) { return place.isMetFirst(weight, n: n, k: k) }
    guard canBeMet(weight), let origin = weight.origin else { return false }
    let key = Key(origin: origin, n: n, k: k)
    return matrices.withLock { $0[key] == nil } && met.withLock { $0.insert(key).inserted }
  }

  /// Whether ``isMetFirst(_:n:k:)`` may hold for a weight. One that no plan shares would be packed for every product.
  func canBeMet(_ weight: Weight) -> Bool {
    guard kernels.name != "scalar", weight.origin != nil else { return false }
    return (weight.content.isView || turned(weight) != nil) && weight.content.source.storage.isMapped
  }

  /// A weight [o, c, 3, 3] as the matrix [o, 16·c] of what Winograd's tiles are multiplied with, place by place.
  func winograd(_ weight: Weight) -> PackedMatrix {
    let (o, c) = (weight.shape[0], weight.shape[1])
    let k = WinogradTiles.places * c
    if let place = sharedPlace(of: weight) { return place.winograd(weight) }
    let key = weight.origin.map { Key(origin: $0, n: o, k: k) }
    if let key, let known = matrices.withLock({ $0[key] }) { return known }
    let matrix = reading(weight, n: o, k: 9 * c) { source, _, _ in
      PackedMatrix(n: o, k: k, kernels: kernels, pool: pool) { output, row in
        for channel in 0..<c { WinogradTiles.taps(row + channel, stride: c, source + 9 * (output * c + channel)) }
      }
    }
    if let key { matrices.withLock { $0[key] = matrix } }
    return matrix
  }

  /// Calls `body` with the weight's first element and the strides of its [n, k], and gives its pages back.
  func reading<R>(
    _ weight: Weight, n: Int, k: Int, _ body: (UnsafePointer<Float>, Int, Int) -> R
  ) -> R {
    defer { weight.content.source.release() }
    if let tensor = turned(weight), tensor.shape == [k, n] { return start(of: tensor) { body($0, 1, n) } }
    return start(of: weight.content.tensor()) { body($0, k, 1) }
  }

  /// The stored matrix that a weight is the transpose of.
  private func turned(_ weight: Weight) -> Tensor? {
    guard case .transposed(.stored(let tensor), [1, 0]) = weight.content else { return nil }
    return tensor
  }

  private func start<R>(of tensor: Tensor, _ body: (UnsafePointer<Float>) -> R) -> R {
    tensor.withBytes { bytes in
      guard let first = bytes.baseAddress else { return withUnsafePointer(to: 0) { body($0) } }
      return body(first.assumingMemoryBound(to: Float.self))
    }
  }
}
