internal import Tensors

/// Copies the elements of a strided tensor, whose first is `source`'s first, into row-major order.
///
/// Precondition: `source` reaches to the tensor's last element, and `bytes` hold as many elements as `shape`
/// has.
func copyStrided(
  _ source: UnsafeRawBufferPointer, _ shape: Shape, _ strides: [Int], elementSize: Int,
  into bytes: UnsafeMutableRawBufferPointer
) {
  switch elementSize {
  case 1: copy(UInt8.self, source, shape, strides, into: bytes)
  case 2: copy(UInt16.self, source, shape, strides, into: bytes)
  case 4: copy(UInt32.self, source, shape, strides, into: bytes)
  default: copy(UInt64.self, source, shape, strides, into: bytes)
  }
}

private func copy<Word: BitwiseCopyable>(
  _: Word.Type, _ source: UnsafeRawBufferPointer, _ shape: Shape, _ strides: [Int],
  into bytes: UnsafeMutableRawBufferPointer
) {
  let size = MemoryLayout<Word>.size
  let (columns, columnStride) = (shape.extents.last ?? 1, strides.last ?? 0)
  guard shape.elementCount > 0 else { return }
  var index = [Int](repeating: 0, count: max(shape.rank - 1, 0))
  var row = 0
  for target in stride(from: 0, to: shape.elementCount, by: columns) {
    for column in 0..<columns {
      let word = source.loadUnaligned(fromByteOffset: (row + column * columnStride) * size, as: Word.self)
      bytes.storeBytes(of: word, toByteOffset: (target + column) * size, as: Word.self)
    }
    for axis in index.indices.reversed() {
      index[axis] += 1
      row += strides[axis]
      if index[axis] < shape[axis] { break }
      row -= index[axis] * strides[axis]
      index[axis] = 0
    }
  }
}
