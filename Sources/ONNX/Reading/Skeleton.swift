/// An ONNX file without its tensors' data: a message of schemas/onnx.proto, small enough to be unpacked.
struct Skeleton {
  /// A few bytes for each field; lengths are padded to five bytes so that they can be filled in afterwards.
  private(set) var bytes: [UInt8] = []

  private let file: UnsafeRawBufferPointer
  private let path: String
  private let schema = WireSchema.onnx
  private var nodeCount = 0

  private static let lengthSize = 5

  /// Scans the whole file, the tensors' data aside. `file` is not kept.
  static func bytes(of file: UnsafeRawBufferPointer, path: String) throws(ONNXError) -> [UInt8] {
    var skeleton = Skeleton(file: file, path: path)
    do throws(Stop) {
      try skeleton.copyMessage(0, 0..<file.count, depth: 1)
    } catch {
      throw error.asError(path: path, fileSize: file.count)
    }
    return skeleton.bytes
  }

  private init(file: UnsafeRawBufferPointer, path: String) {
    self.file = file
    self.path = path
  }

  /// Why scanning ends before the file does.
  private enum Stop: Error {
    case fault(WireFault, depth: Int)
    case tooDeep
    case tooManyNodes
    case tooLong

    func asError(path: String, fileSize: Int) -> ONNXError {
      switch self {
      case .fault(let fault, let depth):
        // At the top, a field that reaches past the end means that the file lost its end.
        if depth == 1, case .lengthPastEnd(let expected, let found) = fault.problem {
          let (size, overflow) = UInt64(fileSize - found).addingReportingOverflow(expected)
          return .truncated(path: path, expected: overflow ? .max : size, found: fileSize)
        }
        return .malformed(path: path, fault: fault)
      case .tooDeep: return .nestedTooDeep(path: path, limit: ONNXLimits.depth)
      case .tooManyNodes: return .tooManyNodes(path: path, limit: ONNXLimits.nodes)
      case .tooLong: return .structureTooLong(path: path, limit: ONNXLimits.skeletonBytes)
      }
    }
  }

  private mutating func copyMessage(_ position: Int, _ range: Range<Int>, depth: Int) throws(Stop) {
    guard depth <= ONNXLimits.depth else { throw .tooDeep }
    let message = schema.messages[position]
    if message.name == "NodeProto" {
      nodeCount += 1
      guard nodeCount <= ONNXLimits.nodes else { throw .tooManyNodes }
    }
    var reader = WireReader(file, range, message: message.name)
    var seen: UInt64 = 0
    while !reader.isAtEnd {
      let tag: WireReader.Tag
      let value: Range<Int>
      do throws(WireFault) {
        tag = try reader.readTag()
        value = try reader.readValue(of: tag)
      } catch {
        throw .fault(error, depth: depth)
      }
      guard let field = message.field(tag.number) else { continue }
      if let problem = problem(with: field, tag, value, &seen) {
        throw .fault(reader.fault(problem, at: tag.offset), depth: depth)
      }
      try copy(field, tag, value, depth: depth)
      guard bytes.count <= ONNXLimits.skeletonBytes else { throw .tooLong }
    }
  }

  /// Checks what the unpacker does not, or not in words. Numbers of unique fields are below 64.
  private func problem(
    with field: WireSchema.Field, _ tag: WireReader.Tag, _ value: Range<Int>, _ seen: inout UInt64
  ) -> WireFault.Problem? {
    var expected = WireReader.lengthDelimited
    if case .number(let wireType, let isRepeated) = field.action,
      !(isRepeated && tag.wireType == WireReader.lengthDelimited)
    {
      expected = wireType
    }
    guard tag.wireType == expected else {
      return .wrongWireType(field: field.name, expected: expected, found: tag.wireType)
    }
    if field.isUnique {
      let bit = UInt64(1) << UInt64(tag.number)
      guard seen & bit == 0 else { return .repeatedField(field.name) }
      seen |= bit
    }
    if case .text(let limit) = field.action {
      if let limit, value.count > limit {
        return .textTooLong(field: field.name, limit: limit, found: value.count)
      }
      guard !file[value].contains(0) else { return .zeroByteInText(field: field.name) }
    }
    return nil
  }

  private mutating func copy(
    _ field: WireSchema.Field, _ tag: WireReader.Tag, _ value: Range<Int>, depth: Int
  ) throws(Stop) {
    append(UInt64(tag.number) << 3 | UInt64(tag.wireType))
    switch field.action {
    case .message(let position):
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0x80, count: Skeleton.lengthSize))
      try copyMessage(position, value, depth: depth + 1)
      // Within the limit on the skeleton, a length fits in four of its bytes.
      let length = bytes.count - start - Skeleton.lengthSize
      for index in 0..<Skeleton.lengthSize {
        let more: UInt8 = index + 1 < Skeleton.lengthSize ? 0x80 : 0
        bytes[start + index] = UInt8(length >> (7 * index) & 0x7F) | more
      }
    case .note:
      append(UInt64(DataNote.size))
      bytes.append(contentsOf: DataNote(offset: value.lowerBound, length: value.count).bytes)
    case .number, .text, .bytes:
      // Checked before the copy, so that one long field cannot take more memory than the limit.
      guard value.count <= ONNXLimits.skeletonBytes else { throw .tooLong }
      if tag.wireType == WireReader.lengthDelimited { append(UInt64(value.count)) }
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: file[value]))
    }
  }

  private mutating func append(_ varint: UInt64) {
    var rest = varint
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Where in the file a tensor's data lie; see schemas/onnx.proto.
struct DataNote {
  let offset, length: Int

  static let size = 16

  init(offset: Int, length: Int) {
    self.offset = offset
    self.length = length
  }

  /// Nil where the bytes are no note.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == DataNote.size,
      let offset = Int(exactly: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))),
      let length = Int(
        exactly: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    else { return nil }
    self.init(offset: offset, length: length)
  }

  var bytes: [UInt8] {
    withUnsafeBytes(of: (UInt64(offset).littleEndian, UInt64(length).littleEndian)) { [UInt8]($0) }
  }
}
