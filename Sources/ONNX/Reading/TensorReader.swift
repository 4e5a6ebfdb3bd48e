import CProtobufC
import CSchemas
import Tensors

/// Turns tensor messages into tensors that look into the mapped files.
struct TensorReader {
  let path: String
  let storage: Storage
  let external: ExternalData

  /// More axes than any operator takes.
  static let rankLimit = 32

  func elementType(_ code: Int32, _ what: String) throws(ONNXError) -> ElementType {
    switch code {
    case 1: return .float32
    case 2: return .uint8
    case 3: return .int8
    case 5: return .int16
    case 6: return .int32
    case 7: return .int64
    case 9: return .bool
    case 10: return .float16
    case 11: return .float64
    case 16: return .bfloat16
    default: throw .unsupportedType(path: path, what: what, type: TensorReader.typeName(code))
    }
  }

  private static func typeName(_ code: Int32) -> String {
    let names: [Int32: String] = [
      0: "UNDEFINED", 4: "UINT16", 8: "STRING", 12: "UINT32", 13: "UINT64", 14: "COMPLEX64", 15: "COMPLEX128",
      17: "FLOAT8E4M3FN", 18: "FLOAT8E4M3FNUZ", 19: "FLOAT8E5M2", 20: "FLOAT8E5M2FNUZ", 21: "UINT4", 22: "INT4",
      23: "FLOAT4E2M1",
    ]
    return names[code] ?? "\(code)"
  }

  /// `what` names the tensor in errors.
  func tensor(_ message: Onnx__Tensor, _ what: String) throws(ONNXError) -> Tensor {
    let type = try elementType(message.data_type, what)
    let extents = Array(UnsafeBufferPointer(start: message.dims, count: message.n_dims))
    guard extents.count <= TensorReader.rankLimit,
      let shape = Shape(checking: extents.map { Int(exactly: $0) ?? -1 })
    else { throw .shapeOutOfRange(path: path, what: what, extents: extents) }
    if message.data_location == 1 {
      var entries: [String: String] = [:]
      for entry in items(message.external_data, message.n_external_data) {
        entries[text(entry.key)] = text(entry.value)
      }
      return try external.tensor(type, shape, entries, what)
    }
    if message.has_raw_data != 0 { return try raw(message, type, shape, what) }
    return try listed(message, type, shape, what)
  }

  private func raw(
    _ message: Onnx__Tensor, _ type: ElementType, _ shape: Shape, _ what: String
  ) throws(ONNXError) -> Tensor {
    let data = UnsafeRawBufferPointer(start: message.raw_data.data, count: message.raw_data.len)
    guard let note = RawDataNote(reading: data) else { throw .malformedMessage(path: path) }
    let expected = shape.elementCount * type.size
    guard note.count == expected,
      let tensor = Tensor(type: type, shape: shape, storage: storage, offset: note.offset)
    else {
      throw .sizeMismatch(
        path: path, what: what, type: type, shape: shape, expected: expected, found: UInt64(clamping: note.count))
    }
    return tensor
  }

  /// Elements in the list that the type calls for.
  private func listed(
    _ message: Onnx__Tensor, _ type: ElementType, _ shape: Shape, _ what: String
  ) throws(ONNXError) -> Tensor {
    func checked<T>(_ list: UnsafeBufferPointer<T>) throws(ONNXError) -> UnsafeBufferPointer<T> {
      guard list.count == shape.elementCount else {
        let (found, overflow) = list.count.multipliedReportingOverflow(by: type.size)
        throw .sizeMismatch(
          path: path, what: what, type: type, shape: shape, expected: shape.elementCount * type.size,
          found: overflow ? .max : UInt64(found))
      }
      return list
    }
    func copied<T>(_ list: UnsafeBufferPointer<T>) throws(ONNXError) -> Tensor {
      let list = try checked(list)
      return Tensor(type: type, shape: shape) { $0.copyMemory(from: UnsafeRawBufferPointer(list)) }
    }
    switch type {
    case .float32: return try copied(UnsafeBufferPointer(start: message.float_data, count: message.n_float_data))
    case .float64: return try copied(UnsafeBufferPointer(start: message.double_data, count: message.n_double_data))
    case .int64: return try copied(UnsafeBufferPointer(start: message.int64_data, count: message.n_int64_data))
    case .int32: return try copied(UnsafeBufferPointer(start: message.int32_data, count: message.n_int32_data))
    case .float16, .bfloat16, .int16, .int8, .uint8, .bool:
      let list = try checked(UnsafeBufferPointer(start: message.int32_data, count: message.n_int32_data))
      return try narrowed(list, type, shape, what)
    }
  }

  /// Small types are stored as 32-bit integers; half-precision numbers by their bits.
  private func narrowed(
    _ list: UnsafeBufferPointer<Int32>, _ type: ElementType, _ shape: Shape, _ what: String
  ) throws(ONNXError) -> Tensor {
    let range: ClosedRange<Int32> =
      switch type {
      case .bool: 0...1
      case .int8: -128...127
      case .uint8: 0...255
      case .int16: -32768...32767
      default: 0...65535
      }
    if let wrong = list.first(where: { !range.contains($0) }) {
      throw .numberOutOfRange(path: path, what: what, type: type, found: wrong)
    }
    return Tensor(type: type, shape: shape) { bytes in
      for (index, value) in list.enumerated() {
        if type.size == 1 {
          bytes.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: index, as: UInt8.self)
        } else {
          bytes.storeBytes(of: UInt16(truncatingIfNeeded: value), toByteOffset: 2 * index, as: UInt16.self)
        }
      }
    }
  }
}
