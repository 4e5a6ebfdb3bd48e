/// The number types that tensors are computed with.
///
/// A file format may know further types; a reader lists those by its own name and refuses them on use.
public enum ElementType: UInt8, CaseIterable, Hashable, Sendable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8, uint8
  case bool

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  public var isHalfPrecision: Bool { self == .float16 || self == .bfloat16 }

  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    case .int64, .int32, .int16, .int8, .uint8, .bool: false
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
