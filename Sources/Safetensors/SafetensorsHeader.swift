internal import Tensors

/// The header of a file, read and checked against the file's size; no tensor's bytes are touched.
///
///     file   = length(u64, little-endian)  header(`length` bytes)  buffer(to the end of the file)
///     header = { "__metadata__": { string: string… }, name: entry… }  then white space
///     entry  = { "dtype": type, "shape": [extent…], "data_offsets": [begin, end] }
///
/// `length` is at most 100,000,000 and the header begins with `{`. No key occurs twice, and an entry has
/// exactly these three fields. Offsets count from the start of the buffer, `end - begin` is what type and
/// shape ask for, and the ranges cover the whole buffer, without hole or overlap. Names that Unicode holds
/// to be the same text are the same name.
struct SafetensorsHeader {
  let metadata: [String: String]
  /// Sorted by name.
  let entries: [TensorEntry]

  static let lengthLimit = 100_000_000
  static let metadataKey = "__metadata__"

  init(_ file: UnsafeRawBufferPointer, path: String) throws(SafetensorsError) {
    let header = try SafetensorsHeader.locate(in: file, path: path)
    var parser = HeaderParser(header, path: path)
    try parser.parse()
    metadata = parser.metadata
    let start = 8 + header.count
    try SafetensorsHeader.checkLayout(parser.entries, bufferStart: start, fileSize: file.count, path: path)
    entries = try SafetensorsHeader.sorted(parser.entries, bufferStart: start, path: path)
  }

  private static func locate(
    in file: UnsafeRawBufferPointer, path: String
  ) throws(SafetensorsError) -> UnsafeRawBufferPointer {
    var reader = ByteReader(file)
    guard let length = reader.read(UInt64.self) else {
      throw SafetensorsError.wrongFile(file, path: path) ?? .tooShort(path: path, found: file.count)
    }
    guard length <= UInt64(lengthLimit) else {
      throw SafetensorsError.wrongFile(file, path: path)
        ?? .headerTooLong(path: path, limit: lengthLimit, found: length)
    }
    guard let header = reader.read(Int(length)) else {
      throw .truncated(path: path, expected: 8 + Int(length), found: file.count)
    }
    guard header.first == UInt8(ascii: "{") else {
      throw .headerNotAnObject(path: path, found: header.first)
    }
    return header
  }

  /// Checks that the ranges follow one another from the first byte of the buffer to its last.
  private static func checkLayout(
    _ entries: [HeaderParser.Entry], bufferStart: Int, fileSize: Int, path: String
  ) throws(SafetensorsError) {
    var end = 0
    var previous = ""
    for entry in entries.sorted(by: { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }) {
      if entry.begin > end { throw .hole(path: path, tensor: entry.name, expected: end, found: entry.begin) }
      if entry.begin < end {
        throw .overlap(path: path, tensor: entry.name, other: previous, expected: end, found: entry.begin)
      }
      end = entry.end
      previous = entry.name
    }
    let (expected, overflow) = bufferStart.addingReportingOverflow(end)
    guard !overflow, expected <= fileSize else {
      throw .truncated(path: path, expected: overflow ? .max : expected, found: fileSize)
    }
    guard expected == fileSize else { throw .unindexedBytes(path: path, expected: expected, found: fileSize) }
  }

  /// To be called once the layout is known to lie within the file, so that no sum here can overflow.
  private static func sorted(
    _ entries: [HeaderParser.Entry], bufferStart: Int, path: String
  ) throws(SafetensorsError) -> [TensorEntry] {
    let sorted = entries.sorted { $0.name < $1.name }.map { entry in
      TensorEntry(
        name: entry.name, type: entry.type, shape: entry.shape,
        byteRange: bufferStart + entry.begin..<bufferStart + entry.end)
    }
    for (entry, next) in zip(sorted, sorted.dropFirst()) where entry.name == next.name {
      throw .duplicateTensor(path: path, tensor: entry.name)
    }
    return sorted
  }
}
