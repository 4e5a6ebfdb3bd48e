extension Tensor {
  /// Tensors one below the other along their first axis; nil where there are none, or where the rest of their shapes or
  /// types differ.
  public init?(stacking parts: [Tensor]) {
    guard let first = parts.first else { return nil }
    if parts.count == 1 {
      self = first
      return
    }
    guard
      parts.allSatisfy({
        $0.type == first.type && $0.shape.rank > 0
          && $0.shape.extents.dropFirst() == first.shape.extents.dropFirst()
      }), let shape = Shape(checking: [parts.reduce(0) { $0 + $1.shape[0] }] + first.shape.extents.dropFirst())
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

  /// The rows of these indices along the first axis, in their order; nil where there is no such axis or row.
  public func rows(_ indices: [Int]) -> Tensor? {
    guard shape.rank > 0, indices.allSatisfy({ 0..<shape[0] ~= $0 }),
      let shape = Shape(checking: [indices.count] + shape.extents.dropFirst())
    else { return nil }
    let size = self.shape[0] == 0 ? 0 : byteCount / self.shape[0]
    return Tensor(type: type, shape: shape) { target in
      withBytes { source in
        for (place, index) in indices.enumerated() {
          UnsafeMutableRawBufferPointer(rebasing: target[place * size..<(place + 1) * size])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[index * size..<(index + 1) * size]))
        }
      }
    }
  }
}
