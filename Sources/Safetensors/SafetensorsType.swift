public import Tensors

/// The element types of the format. The raw value is the header's `dtype`.
///
/// Source: `Dtype` in the reference implementation,
/// https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs
public enum SafetensorsType: String, CaseIterable, Hashable, Sendable {
  case bool = "BOOL"
  case float4 = "F4"
  case float6e2m3 = "F6_E2M3"
  case float6e3m2 = "F6_E3M2"
  case uint8 = "U8"
  case int8 = "I8"
  case float8e5m2 = "F8_E5M2"
  case float8e4m3 = "F8_E4M3"
  case float8e8m0 = "F8_E8M0"
  case float8e4m3fnuz = "F8_E4M3FNUZ"
  case float8e5m2fnuz = "F8_E5M2FNUZ"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case complex64 = "C64"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// Bits of one element.
  public var bitWidth: Int {
    switch self {
    case .float4: 4
    case .float6e2m3, .float6e3m2: 6
    case .bool, .uint8, .int8: 8
    case .float8e5m2, .float8e4m3, .float8e8m0, .float8e4m3fnuz, .float8e5m2fnuz: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }

  /// The type to compute with; nil for a type that can only be listed and copied.
  public var elementType: ElementType? {
    switch self {
    case .float64: .float64
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int64: .int64
    case .int32: .int32
    case .int16: .int16
    case .int8: .int8
    case .uint64: .uint64
    case .uint32: .uint32
    case .uint16: .uint16
    case .uint8: .uint8
    case .bool: .bool
    case .float4, .float6e2m3, .float6e3m2, .float8e5m2, .float8e4m3, .float8e8m0, .float8e4m3fnuz,
      .float8e5m2fnuz, .complex64:
      nil
    }
  }

  public init(_ type: ElementType) {
    self =
      switch type {
      case .float64: .float64
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .int64: .int64
      case .int32: .int32
      case .int16: .int16
      case .int8: .int8
      case .uint64: .uint64
      case .uint32: .uint32
      case .uint16: .uint16
      case .uint8: .uint8
      case .bool: .bool
      }
  }

  /// Bytes of a tensor of this type; nil where its bits do not fill whole bytes.
  ///
  /// Cannot overflow: `Shape` keeps eight times the element count in range.
  public func byteCount(of shape: Shape) -> Int? {
    if bitWidth >= 8 { return shape.elementCount * (bitWidth / 8) }
    let bits = shape.elementCount * bitWidth
    return bits % 8 == 0 ? bits / 8 : nil
  }
}

extension SafetensorsType: CustomStringConvertible {
  public var description: String { rawValue }
}
