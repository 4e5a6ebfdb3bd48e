public import Tensors

/// What PyTorch calls an element type, with those that this package cannot compute with.
public enum TorchType: String, CaseIterable, Hashable, Sendable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8, uint8, bool
  case uint16, uint32, uint64
  case complex32, complex64, complex128
  case float8E4M3FN = "float8_e4m3fn"
  case float8E4M3FNUZ = "float8_e4m3fnuz"
  case float8E5M2 = "float8_e5m2"
  case float8E5M2FNUZ = "float8_e5m2fnuz"
  case float8E8M0FNU = "float8_e8m0fnu"
  case qint8, quint8, qint32, quint4x2, quint2x4

  /// Bytes of one element of a storage; the smallest quantised types share one.
  public var size: Int {
    switch self {
    case .complex128: 16
    case .float64, .int64, .uint64, .complex64: 8
    case .float32, .int32, .uint32, .complex32, .qint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool, .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ, .float8E8M0FNU,
      .qint8, .quint8, .quint4x2, .quint2x4:
      1
    }
  }

  /// The type to compute with; nil where there is none.
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
    case .uint8: .uint8
    case .bool: .bool
    default: nil
    }
  }

  /// The type of a storage class such as `FloatStorage`; nil where there is no such class.
  ///
  /// Storages without a type count bytes; their tensors say their type themselves.
  init?(storageClass name: String) {
    switch name {
    case "DoubleStorage": self = .float64
    case "FloatStorage": self = .float32
    case "HalfStorage": self = .float16
    case "BFloat16Storage": self = .bfloat16
    case "LongStorage": self = .int64
    case "IntStorage": self = .int32
    case "ShortStorage": self = .int16
    case "CharStorage": self = .int8
    case "ByteStorage", "UntypedStorage", "TypedStorage": self = .uint8
    case "BoolStorage": self = .bool
    case "ComplexFloatStorage": self = .complex64
    case "ComplexDoubleStorage": self = .complex128
    case "QInt8Storage": self = .qint8
    case "QUInt8Storage": self = .quint8
    case "QInt32Storage": self = .qint32
    case "QUInt4x2Storage": self = .quint4x2
    case "QUInt2x4Storage": self = .quint2x4
    default: return nil
    }
  }
}
