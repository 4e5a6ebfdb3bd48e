import Tensors

extension Tensor {
  /// Tensors one below the other along their first axis; nil where the rest of their shapes or types differ.
  init?(stacking parts: [Tensor]) {
    guard let first = parts.first else { return nil }
    if parts.count == 1 {
      self = first
      return
    }
    let rows = parts.reduce(0) { $0 + ($1.shape.extents.first ?? 0) }
    guard
      parts.allSatisfy({
        $0.type == first.type && $0.shape.rank > 0
          && $0.shape.extents.dropFirst() == first.shape.extents.dropFirst()
      }), let shape = Shape(checking: [rows] + first.shape.extents.dropFirst())
    else { return nil }
    self.init(type: first.type, shape: shape) { bytes in
      var position = 0
      for part in parts {
        let target = UnsafeMutableRawBufferPointer(rebasing: bytes[position..<position + part.byteCount])
        part.withBytes { target.copyMemory(from: $0) }
        position += part.byteCount
      }
    }
  }
}
