/// An immutable, contiguous, row-major tensor whose bytes live in shared storage.
///
/// The bytes need no alignment: files place tensors where they like.
public struct Tensor: Sendable {
  public let type: ElementType
  public let shape: Shape
  public let storage: Storage
  /// Where the tensor's first byte lies in `storage`.
  public let offset: Int

  /// A tensor that looks into `storage`; nil where it would reach past the end.
  public init?(type: ElementType, shape: Shape, storage: Storage, offset: Int) {
    let byteCount = shape.elementCount * type.size
    guard offset >= 0, offset <= storage.bytes.count, byteCount <= storage.bytes.count - offset else { return nil }
    self.type = type
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// A tensor of its own memory that `initialize` must fill.
  public init(type: ElementType, shape: Shape, initialize: (UnsafeMutableRawBufferPointer) -> Void) {
    self.type = type
    self.shape = shape
    self.storage = Storage(count: shape.elementCount * type.size, initialize: initialize)
    self.offset = 0
  }

  public var byteCount: Int { shape.elementCount * type.size }

  /// Calls `body` with the tensor's bytes, which are valid only during the call.
  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeRawBufferPointer(rebasing: storage.bytes[offset..<offset + byteCount]))
  }

  /// Tells the system that the tensor's bytes may leave memory until they are read again.
  public func release() { storage.release(offset..<offset + byteCount) }

  /// The same bytes under another shape of equal element count; nil otherwise.
  public func reshaped(_ shape: Shape) -> Tensor? {
    guard shape.elementCount == self.shape.elementCount else { return nil }
    return Tensor(type: type, shape: shape, storage: storage, offset: offset)
  }
}

extension Tensor {
  /// Copies scalars in: `Tensor([1, 2, 3, 4], shape: [2, 2])`. Traps where the count is not the shape's.
  public init<Scalar: TensorScalar>(_ scalars: [Scalar], shape: Shape) {
    precondition(scalars.count == shape.elementCount, "\(scalars.count) scalars for shape \(shape)")
    self.init(type: Scalar.elementType, shape: shape) { bytes in
      scalars.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  /// Copies the scalars out; nil where the tensor holds another type. Use `converted(to:)` to change types.
  public func scalars<Scalar: TensorScalar>(_: Scalar.Type = Scalar.self) -> [Scalar]? {
    guard Scalar.elementType == type else { return nil }
    return withBytes { bytes in
      [Scalar](unsafeUninitializedCapacity: shape.elementCount) { buffer, count in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
        count = shape.elementCount
      }
    }
  }
}

/// A Swift type whose memory layout is that of an element type.
public protocol TensorScalar: BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
}

extension Double: TensorScalar { public static var elementType: ElementType { .float64 } }
extension Float: TensorScalar { public static var elementType: ElementType { .float32 } }
extension Int64: TensorScalar { public static var elementType: ElementType { .int64 } }
extension Int32: TensorScalar { public static var elementType: ElementType { .int32 } }
extension Int16: TensorScalar { public static var elementType: ElementType { .int16 } }
extension Int8: TensorScalar { public static var elementType: ElementType { .int8 } }
extension UInt64: TensorScalar { public static var elementType: ElementType { .uint64 } }
extension UInt32: TensorScalar { public static var elementType: ElementType { .uint32 } }
extension UInt16: TensorScalar { public static var elementType: ElementType { .uint16 } }
extension UInt8: TensorScalar { public static var elementType: ElementType { .uint8 } }
