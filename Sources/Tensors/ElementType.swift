/// The number types that tensors are computed with.
///
/// A file format may know further types; a reader lists those by its own name and refuses them on use.
public enum ElementType: UInt8, CaseIterable, Hashable, Sendable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8, uint8
  case bool
  case uint64, uint32, uint16

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  public var isHalfPrecision: Bool { self == .float16 || self == .bfloat16 }

  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool: false
    }
  }
}

extension ElementType {
  /// Swift's type of an integer type's elements; nil for floating-point numbers. A truth value is a byte, 0 or 1.
  public var integerScalar: (any (FixedWidthInteger & TensorScalar).Type)? {
    switch self {
    case .float64, .float32, .float16, .bfloat16: nil
    case .int64: Int64.self
    case .int32: Int32.self
    case .int16: Int16.self
    case .int8: Int8.self
    case .uint64: UInt64.self
    case .uint32: UInt32.self
    case .uint16: UInt16.self
    case .uint8, .bool: UInt8.self
    }
  }
}

extension ElementType: CustomStringConvertible {
  /// The short name that reports and errors use: `f32`, `bf16`, `i64`, `bool`.
  public var description: String {
    switch self {
    case .float64: "f64"
    case .float32: "f32"
    case .float16: "f16"
    case .bfloat16: "bf16"
    case .int64: "i64"
    case .int32: "i32"
    case .int16: "i16"
    case .int8: "i8"
    case .uint64: "u64"
    case .uint32: "u32"
    case .uint16: "u16"
    case .uint8: "u8"
    case .bool: "bool"
    }
  }

  /// The element type with this short name, or nil.
  public init?(shortName: some StringProtocol) {
    guard let match = Self.allCases.first(where: { $0.description == shortName }) else { return nil }
    self = match
  }
}
