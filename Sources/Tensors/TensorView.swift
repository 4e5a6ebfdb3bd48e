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
    switch type {
    case .int64: Int(scalar(at: position, as: Int64.self))
    case .uint64: Int(clamping: scalar(at: position, as: UInt64.self))
    default: Int(clamping: truncating(number(at: position)))
    }
  }

  /// The element at a row-major position, of a Swift type of the element type's size.
  public func scalar<Scalar: BitwiseCopyable>(at position: Int, as: Scalar.Type = Scalar.self) -> Scalar {
    bytes.loadUnaligned(fromByteOffset: position * MemoryLayout<Scalar>.size, as: Scalar.self)
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

  /// Stores an element of a Swift type of the element type's size.
  public func store<Scalar: BitwiseCopyable>(scalar: Scalar, at position: Int) {
    bytes.storeBytes(of: scalar, toByteOffset: position * MemoryLayout<Scalar>.size, as: Scalar.self)
  }

  /// Stores an integer exactly where the element type can hold it.
  public func store(_ integer: Int, at position: Int) {
    switch type {
    case .int64: store(scalar: Int64(integer), at: position)
    case .uint64: store(scalar: UInt64(clamping: integer), at: position)
    default: store(Double(integer), at: position)
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
