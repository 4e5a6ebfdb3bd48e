import CProtobufC
import CSchemas
import Tensors

/// Makes tensors of TensorProto messages: without a copy wherever the file holds the elements as memory does.
struct TensorDecoder {
  let path: String
  /// The model's file, which the messages' notes point into.
  let storage: Storage
  let external: ExternalFiles

  func decode(_ message: Onnx__TensorProto, _ what: String) throws(ONNXError) -> Tensor {
    let type = try ElementKind.elementType(message.data_type, path: path, what: what)
    let shape = try shape(message, what)
    let fields = try fields(of: message)
    if let (first, second) = fields.dropFirst().first.map({ (fields[0], $0) }) {
      throw .dataTwice(path: path, what: what, fields: [first.name, second.name])
    }
    switch message.data_location {
    case 0: return try inline(fields.first, type, shape, what)
    case 1:
      if let field = fields.first {
        throw .dataTwice(path: path, what: what, fields: [field.name, "external_data"])
      }
      return try externalData(message, type, shape, what)
    case let location: throw .unknownDataLocation(path: path, what: what, found: location)
    }
  }

  private func shape(_ message: Onnx__TensorProto, _ what: String) throws(ONNXError) -> Shape {
    guard message.n_dims <= ONNXLimits.rank else {
      throw .rankTooHigh(path: path, what: what, limit: ONNXLimits.rank, found: message.n_dims)
    }
    let extents = Array(UnsafeBufferPointer(start: message.dims, count: message.n_dims))
    guard let shape = Shape(checking: extents.map { Int(exactly: $0) ?? -1 }) else {
      throw .shapeOutOfRange(path: path, what: what, extents: extents)
    }
    return shape
  }

  // MARK: In the model's file

  private struct Field {
    let name: String
    let data: DataNote
  }

  /// The fields that hold data. An empty typed field holds none.
  private func fields(of message: Onnx__TensorProto) throws(ONNXError) -> [Field] {
    let candidates = [
      ("raw_data", message.has_raw_data, message.raw_data),
      ("float_data", message.has_float_data, message.float_data),
      ("int32_data", message.has_int32_data, message.int32_data),
      ("int64_data", message.has_int64_data, message.int64_data),
      ("double_data", message.has_double_data, message.double_data),
    ]
    var fields: [Field] = []
    for (name, isPresent, note) in candidates where isPresent != 0 {
      guard let data = DataNote(UnsafeRawBufferPointer(start: note.data, count: note.len)) else {
        throw .structureNotUnpacked(path: path, found: note.len)
      }
      if data.length > 0 { fields.append(Field(name: name, data: data)) }
    }
    return fields
  }

  private func inline(
    _ field: Field?, _ type: ElementType, _ shape: Shape, _ what: String
  ) throws(ONNXError) -> Tensor {
    guard let field else { return try mapped(DataNote(offset: 0, length: 0), type, shape, what) }
    guard field.name == "raw_data" || field.name == type.dataField else {
      throw .dataInWrongField(
        path: path, what: what, type: type, expected: type.dataField, found: field.name)
    }
    switch field.name {
    // Packed floating-point numbers are the elements themselves, little-endian.
    case "raw_data", "float_data", "double_data": return try mapped(field.data, type, shape, what)
    default: return try unpacked(field, type, shape, what)
    }
  }

  private func mapped(
    _ data: DataNote, _ type: ElementType, _ shape: Shape, _ what: String
  ) throws(ONNXError) -> Tensor {
    let expected = shape.elementCount * type.size
    guard data.length == expected,
      let tensor = Tensor(type: type, shape: shape, storage: storage, offset: data.offset)
    else {
      throw .sizeMismatch(
        path: path, what: what, type: type, shape: shape, expected: expected, found: data.length)
    }
    return tensor
  }

  private func unpacked(
    _ field: Field, _ type: ElementType, _ shape: Shape, _ what: String
  ) throws(ONNXError) -> Tensor {
    let range = field.data.offset..<field.data.offset + field.data.length
    // The last byte of each number, and no other, is below 0x80.
    let count = storage.bytes[range].reduce(0) { $1 < 0x80 ? $0 + 1 : $0 }
    guard count == shape.elementCount else {
      throw .countMismatch(path: path, what: what, field: field.name, shape: shape, found: count)
    }
    let numbers = PackedNumbers(path: path, bytes: storage.bytes, range: range, field: field.name)
    switch type {
    case .int64: return try numbers.tensor(type, shape, what, as: Int64.self)
    case .int32: return try numbers.tensor(type, shape, what, as: Int32.self)
    case .int16: return try numbers.tensor(type, shape, what, as: Int16.self)
    case .int8: return try numbers.tensor(type, shape, what, as: Int8.self)
    case .uint16: return try numbers.tensor(type, shape, what, as: UInt16.self)
    case .uint8: return try numbers.tensor(type, shape, what, as: UInt8.self)
    case .bool: return try numbers.tensor(type, shape, what, as: UInt8.self, limit: 1)
    // Halves are stored as the integers that have their bits.
    case .float16, .bfloat16: return try numbers.tensor(type, shape, what, as: UInt16.self)
    case .float32, .float64, .uint64, .uint32: return try mapped(field.data, type, shape, what)
    }
  }

  // MARK: In another file

  private func externalData(
    _ message: Onnx__TensorProto, _ type: ElementType, _ shape: Shape, _ what: String
  ) throws(ONNXError) -> Tensor {
    var entries: [String: String] = [:]
    for entry in UnsafeBufferPointer(start: message.external_data, count: message.n_external_data) {
      // What is left out is empty.
      let key = entry?.pointee.key.map { String(validatingCString: $0) } ?? ""
      let value = entry?.pointee.value.map { String(validatingCString: $0) } ?? ""
      guard let key, let value else { throw .invalidUTF8(path: path, what: "\(what): external_data") }
      guard entries.updateValue(value, forKey: key) == nil else {
        throw .externalKeyTwice(path: path, what: what, key: key)
      }
    }
    guard let location = entries["location"], !location.isEmpty else {
      throw .missingLocation(path: path, what: what)
    }
    let offset = try number("offset", entries, what) ?? 0
    let length = shape.elementCount * type.size
    let stated = try number("length", entries, what) ?? length
    guard stated == length else {
      throw .sizeMismatch(
        path: path, what: what, type: type, shape: shape, expected: length, found: stated)
    }
    let storage = try external.storage(at: location, for: what)
    guard let tensor = Tensor(type: type, shape: shape, storage: storage, offset: offset) else {
      if case .gitLFSPointer(let oid, let size) = WrongFile.recognise(storage.bytes) {
        let folder = folder(of: path)
        throw .gitLFSPointer(path: "\(folder)/\(location)", oid: oid, size: size)
      }
      throw .externalDataPastEnd(
        path: path, what: what, location: location, expected: UInt64(offset) + UInt64(length),
        found: storage.bytes.count)
    }
    return tensor
  }

  /// A number of bytes in decimal digits, at most `Int.max`; nil where the key is not given.
  private func number(
    _ key: String, _ entries: [String: String], _ what: String
  ) throws(ONNXError) -> Int? {
    guard let text = entries[key] else { return nil }
    guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int(text) else {
      throw .externalNumber(path: path, what: what, key: key, found: text)
    }
    return number
  }
}

/// Integers as a packed repeated field holds them.
private struct PackedNumbers {
  let path: String
  let bytes: UnsafeRawBufferPointer
  let range: Range<Int>
  let field: String

  /// Reads as many numbers as the shape has elements, which `range` is known to hold; none exceeds `limit`.
  func tensor<Stored: FixedWidthInteger & BitwiseCopyable>(
    _ type: ElementType, _ shape: Shape, _ what: String, as: Stored.Type, limit: Stored = .max
  ) throws(ONNXError) -> Tensor {
    var elements: [Stored] = []
    elements.reserveCapacity(shape.elementCount)
    var reader = WireReader(bytes, range, message: "TensorProto.\(field)")
    while !reader.isAtEnd {
      let varint: UInt64
      do throws(WireFault) {
        varint = try reader.readVarint()
      } catch {
        throw .malformed(path: path, fault: error)
      }
      // As every protobuf reader does, int32 fields take the lower half.
      let isWide = field == "int64_data"
      let number = isWide ? Int64(bitPattern: varint) : Int64(Int32(truncatingIfNeeded: varint))
      guard let element = Stored(exactly: number), element <= limit else {
        throw .elementOutOfRange(
          path: path, what: what, type: type, position: elements.count, found: number)
      }
      elements.append(element)
    }
    guard elements.count == shape.elementCount else {
      throw .countMismatch(path: path, what: what, field: field, shape: shape, found: elements.count)
    }
    return Tensor(type: type, shape: shape) { buffer in
      elements.withUnsafeBytes { buffer.copyMemory(from: $0) }
    }
  }
}
