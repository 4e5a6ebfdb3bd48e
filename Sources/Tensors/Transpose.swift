extension Tensor {
  /// The tensor with its axes permuted: axis i of the result is axis `permutation[i]` of this one.
  ///
  /// Traps where `permutation` is not one of 0..<rank.
  public func transposed(_ permutation: [Int]) -> Tensor {
    precondition(
      permutation.sorted() == Array(0..<shape.rank), "\(permutation) is no permutation of \(shape.rank) axes")
    return withView { source in
      Tensor(type: type, shape: Shape(permutation.map { shape[$0] })) { bytes in
        permuteAxes(source, permutation, into: bytes)
      }
    }
  }
}

/// Writes `source` with its axes permuted into `bytes`, which hold as many elements.
///
/// Precondition: `permutation` is one of 0..<rank.
public func permuteAxes(_ source: TensorView, _ permutation: [Int], into bytes: UnsafeMutableRawBufferPointer) {
  let target = Shape(permutation.map { source.shape[$0] })
  let strides = permutation.map { source.shape.strides[$0] }
  switch source.type.size {
  case 1: permute(UInt8.self, source.bytes, into: bytes, target, strides)
  case 2: permute(UInt16.self, source.bytes, into: bytes, target, strides)
  case 4: permute(UInt32.self, source.bytes, into: bytes, target, strides)
  default: permute(UInt64.self, source.bytes, into: bytes, target, strides)
  }
}

/// Copies elements in the order of `target`'s positions; the last two axes go in square tiles that fit the cache.
private func permute<Word: BitwiseCopyable>(
  _: Word.Type, _ source: UnsafeRawBufferPointer, into bytes: UnsafeMutableRawBufferPointer,
  _ target: Shape, _ strides: [Int]
) {
  guard target.elementCount > 0, let from = source.baseAddress, let to = bytes.baseAddress else { return }
  let size = MemoryLayout<Word>.size
  let rank = target.rank
  let columns = rank > 0 ? target[rank - 1] : 1
  let columnStride = rank > 0 ? strides[rank - 1] : 0
  let rows = rank > 1 ? target[rank - 2] : 1
  let rowStride = rank > 1 ? strides[rank - 2] : 0
  let outer = target.elementCount / (rows * columns)
  let tile = 32
  var index = [Int](repeating: 0, count: max(rank - 2, 0))
  for block in 0..<outer {
    let base = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
    for row0 in stride(from: 0, to: rows, by: tile) {
      for column0 in stride(from: 0, to: columns, by: tile) {
        for row in row0..<min(row0 + tile, rows) {
          let line = base + row * rowStride
          let result = (block * rows + row) * columns
          for column in column0..<min(column0 + tile, columns) {
            let word = from.loadUnaligned(fromByteOffset: (line + column * columnStride) * size, as: Word.self)
            to.storeBytes(of: word, toByteOffset: (result + column) * size, as: Word.self)
          }
        }
      }
    }
    for axis in index.indices.reversed() {
      index[axis] += 1
      if index[axis] < target[axis] { break }
      index[axis] = 0
    }
  }
}
