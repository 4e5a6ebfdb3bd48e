import Kernels

/// The weight of a linear, as its products read it: laid out when the plan is made, or where it lies in a mapped file
/// the first time and laid out the second.
struct LinearMatrix {
  private let weight: Weight
  private let n: Int
  private let k: Int
  private let weights: PackedWeights
  /// Nil where the weight may be read where it lies.
  private let packed: PackedMatrix?

  init(_ weight: Weight, n: Int, k: Int, _ precision: Precision, _ weights: PackedWeights) {
    (self.weight, self.n, self.k, self.weights) = (weight, n, k, weights)
    let isWide = precision == .float32
    packed = isWide && weights.canBeMet(weight) ? nil : weights.matrix(weight, n: n, k: k, precision)
  }

  /// Bytes of scratch that a product of so many rows needs.
  func scratchByteCount(rows: Int, _ kernels: KernelSet, threads: Int) -> Int {
    packed?.scratchByteCount(rows: rows, threads: threads) ?? kernels.passingByteCount(k: k, threads: threads)
  }

  /// ``KernelSet/matmul(_:_:rows:rowsPerItem:_:epilogue:scratch:pool:)`` with the weight.
  func multiply(
    _ c: OutputRows, _ a: InputRows, rows: Int, rowsPerItem: Int, epilogue: Epilogue, scratch: UnsafeMutableRawPointer,
    _ kernels: KernelSet, _ pool: ThreadPool
  ) {
    if packed == nil, weights.isMetFirst(weight, n: n, k: k) {
      weights.reading(weight, n: n, k: k) { source, columnStride, depthStride in
        kernels.matmul(
          c, a, rows: rows, unpacked: source, columnStride: columnStride, depthStride: depthStride, n: n, k: k,
          epilogue: epilogue, scratch: scratch.assumingMemoryBound(to: Float.self), pool: pool)
      }
    } else {
      kernels.matmul(
        c, a, rows: rows, rowsPerItem: rowsPerItem, packed ?? weights.matrix(weight, n: n, k: k), epilogue: epilogue,
        scratch: scratch, pool: pool)
    }
  }
}
