/// A tensor's bytes while somebody else keeps them alive: what operators read.
///
/// Contiguous and row-major; no alignment is promised, so scalars are loaded unaligned.
public struct TensorView {
  public let type: ElementType
  public let shape: Shape
  public let bytes: UnsafeRawBufferPointer

  /// Traps where `bytes` is not exactly the size that type and shape ask for.
  public init(type: ElementType, shape: Shape, bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == shape.elementCount * type.size, "\(bytes.count) bytes for \(type) \(shape)")
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// The element at a row-major position, as a number. Half-precision values are widened exactly.
  public func number(at position: Int) -> Double {
    Double(loading: type, from: bytes, at: position)
  }

  /// The element at a row-major position as an integer; floating-point values are truncated toward zero.
  public func integer(at position: Int) -> Int {
    type == .int64
      ? Int(bytes.loadUnaligned(fromByteOffset: position * 8, as: Int64.self))
      : Int(clamping: truncating(number(at: position)))
  }
}

/// A tensor's bytes while somebody else keeps them alive: what operators write.
public struct MutableTensorView {
  public let type: ElementType
  public let shape: Shape
  public let bytes: UnsafeMutableRawBufferPointer

  /// Traps where `bytes` is not exactly the size that type and shape ask for.
  public init(type: ElementType, shape: Shape, bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count == shape.elementCount * type.size, "\(bytes.count) bytes for \(type) \(shape)")
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  public var view: TensorView { TensorView(type: type, shape: shape, bytes: UnsafeRawBufferPointer(bytes)) }

  /// Stores a number at a row-major position, rounded to the element type (nearest even; integers saturate).
  public func store(_ number: Double, at position: Int) {
    number.store(as: type, into: bytes, at: position)
  }

  /// Stores an integer exactly where the element type can hold it.
  public func store(_ integer: Int, at position: Int) {
    if type == .int64 {
      bytes.storeBytes(of: Int64(integer), toByteOffset: position * 8, as: Int64.self)
    } else {
      store(Double(integer), at: position)
    }
  }
}

extension Tensor {
  /// Calls `body` with a view that is valid only during the call.
  public func withView<R, E: Error>(_ body: (TensorView) throws(E) -> R) throws(E) -> R {
    try withBytes { (bytes: UnsafeRawBufferPointer) throws(E) in
      try body(TensorView(type: type, shape: shape, bytes: bytes))
    }
  }
}

private func truncating(_ number: Double) -> Int128 {
  number.isNaN ? 0 : Int128(max(-1e30, min(1e30, number.rounded(.towardZero))))
}
