import Tensors

/// The element types of the format. The raw value is TensorProto's `data_type`.
enum ElementKind: Int32 {
  case float = 1
  case uint8, int8, uint16, int16, int32, int64, string, bool, float16, double, uint32, uint64
  case complex64, complex128, bfloat16
  case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz
  case uint4, int4, float4e2m1, float8e8m0, uint2, int2, float6e2m3, float6e3m2

  /// The specification's name.
  var name: String { "\(self)".uppercased() }

  /// The type to compute with; nil for a type that is only recognised.
  var elementType: ElementType? {
    switch self {
    case .float: .float32
    case .double: .float64
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
    case .string, .complex64, .complex128, .float8e4m3fn, .float8e4m3fnuz,
      .float8e5m2, .float8e5m2fnuz, .uint4, .int4, .float4e2m1, .float8e8m0, .uint2, .int2, .float6e2m3,
      .float6e3m2:
      nil
    }
  }

  /// The type to compute with; throws where there is none.
  static func elementType(_ number: Int32, path: String, what: String) throws(ONNXError) -> ElementType {
    guard number != 0 else { throw .missingType(path: path, what: what) }
    guard let kind = ElementKind(rawValue: number) else {
      throw .unsupportedType(path: path, what: what, type: "data type \(number)")
    }
    guard let type = kind.elementType else { throw .unsupportedType(path: path, what: what, type: kind.name) }
    return type
  }
}

extension ElementType {
  /// The field that holds this type's elements where `raw_data` does not.
  var dataField: String {
    switch self {
    case .float32: "float_data"
    case .float64: "double_data"
    case .int64: "int64_data"
    case .uint64, .uint32: "uint64_data"
    case .float16, .bfloat16, .int32, .int16, .int8, .uint16, .uint8, .bool: "int32_data"
    }
  }
}
