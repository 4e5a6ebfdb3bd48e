internal import Tensors

/// Reads an archive's directory and, for each entry, the local header that it points to.
struct ZipDirectoryParser {
  private let file: UnsafeRawBufferPointer
  private let end: ZipEnd
  private let path: String
  private var reader: ByteReader

  /// What both headers of an entry say, from flags to the length of the extra fields; sizes are as wide as
  /// zip64's.
  private struct Header {
    let flags, method: UInt16
    let checksum: UInt32
    var stored, size: UInt64
    let nameLength, extraLength: Int

    init?(reading reader: inout ByteReader) {
      guard let flags = reader.read(UInt16.self), let method = reader.read(UInt16.self),
        reader.read(4) != nil,
        let checksum = reader.read(UInt32.self), let stored = reader.read(UInt32.self),
        let size = reader.read(UInt32.self), let nameLength = reader.read(UInt16.self),
        let extraLength = reader.read(UInt16.self)
      else { return nil }
      (self.flags, self.method, self.checksum) = (flags, method, checksum)
      (self.stored, self.size) = (UInt64(stored), UInt64(size))
      (self.nameLength, self.extraLength) = (Int(nameLength), Int(extraLength))
    }
  }

  private static let encrypted: UInt16 = 0x2041
  /// Checksum and sizes stand after the data; the local header may leave them out.
  private static let describedLater: UInt16 = 0x0008

  init(_ file: UnsafeRawBufferPointer, _ end: ZipEnd, path: String) {
    self.file = file
    self.end = end
    self.path = path
    reader = ByteReader(file, at: end.directory.lowerBound)
  }

  mutating func entries() throws(TorchError) -> [ZipArchive.Entry] {
    var entries: [ZipArchive.Entry] = []
    for _ in 0..<end.count { entries.append(try entry()) }
    guard reader.position == end.directory.upperBound else {
      throw .directorySize(path: path, expected: end.directory.upperBound, found: reader.position)
    }
    return entries
  }

  private mutating func entry() throws(TorchError) -> ZipArchive.Entry {
    let start = reader.position
    guard reader.position + 46 <= end.directory.upperBound, reader.read(UInt32.self) == 0x0201_4B50,
      reader.read(UInt32.self) != nil, var header = Header(reading: &reader),
      let comment = reader.read(UInt16.self), let disk = reader.read(UInt16.self), reader.read(6) != nil,
      let local = reader.read(UInt32.self)
    else { throw .recordMissing(path: path, offset: start, record: "directory header") }
    guard let nameBytes = reader.read(header.nameLength), let extra = reader.read(header.extraLength),
      reader.read(Int(comment)) != nil
    else { throw .recordMissing(path: path, offset: start, record: "directory header") }
    guard disk == 0 || disk == .max else { throw .splitArchive(path: path) }
    guard let name = String(validating: nameBytes, as: UTF8.self), !name.isEmpty, !name.utf8.contains(0)
    else {
      throw .entryName(path: path, offset: start)
    }
    var offset = UInt64(local)
    try widen(&header, &offset, by: extra, entry: name)
    return try locate(name, header, at: offset)
  }

  /// Replaces fields of all ones by those of the zip64 extra field.
  private func widen(
    _ header: inout Header, _ offset: inout UInt64, by extra: UnsafeRawBufferPointer, entry: String
  ) throws(TorchError) {
    let unset = UInt64(UInt32.max)
    guard header.size == unset || header.stored == unset || offset == unset else { return }
    var fields = ByteReader(extra)
    while let tag = fields.read(UInt16.self), let count = fields.read(UInt16.self),
      let body = fields.read(Int(count))
    {
      guard tag == 1 else { continue }
      var values = ByteReader(body)
      func next(_ value: inout UInt64) throws(TorchError) {
        guard value == unset else { return }
        guard let wide = values.read(UInt64.self) else { throw .zip64Field(path: path, entry: entry) }
        value = wide
      }
      try next(&header.size)
      try next(&header.stored)
      try next(&offset)
      return
    }
    throw .zip64Field(path: path, entry: entry)
  }

  private func locate(_ name: String, _ header: Header, at offset: UInt64) throws(TorchError)
    -> ZipArchive.Entry
  {
    let limit = end.directory.lowerBound
    guard header.flags & ZipDirectoryParser.encrypted == 0 else { throw .encrypted(path: path, entry: name) }
    guard offset < UInt64(limit) else {
      throw .entryOutside(path: path, entry: name, limit: limit, found: offset)
    }
    let start = Int(offset)
    var reader = ByteReader(UnsafeRawBufferPointer(rebasing: file[..<limit]), at: start)
    guard reader.read(UInt32.self) == 0x0403_4B50, reader.read(UInt16.self) != nil,
      let local = Header(reading: &reader), let localName = reader.read(local.nameLength),
      let extra = reader.read(local.extraLength)
    else { throw .recordMissing(path: path, offset: start, record: "header of the entry \(printable(name))") }
    guard localName.elementsEqual(name.utf8) else {
      throw .headersDisagree(path: path, entry: name, field: "name")
    }
    guard local.flags == header.flags else { throw .headersDisagree(path: path, entry: name, field: "flags") }
    guard local.method == header.method else {
      throw .headersDisagree(path: path, entry: name, field: "method")
    }
    try compareSizes(name, header, local, extra)
    let begin = reader.position
    guard header.stored <= UInt64(limit - begin) else {
      throw .entryOutside(
        path: path, entry: name, limit: limit, found: UInt64(begin).addingSaturating(header.stored))
    }
    if header.method == 0, header.stored != header.size {
      throw .storedSize(path: path, entry: name, expected: header.size, found: header.stored)
    }
    // What is stored lies within the file; only what is compressed can be larger, and that is never read.
    return ZipArchive.Entry(
      name: name, method: header.method, size: Int(clamping: header.size), start: start,
      data: begin..<begin + Int(header.stored))
  }

  private func compareSizes(
    _ name: String, _ header: Header, _ local: Header, _ extra: UnsafeRawBufferPointer
  ) throws(TorchError) {
    var local = local
    let later = local.flags & ZipDirectoryParser.describedLater != 0
    if !later || extra.count >= 20 {
      var none: UInt64 = 0
      do throws(TorchError) {
        try widen(&local, &none, by: extra, entry: name)
      } catch {
        guard later else { throw error }
      }
    }
    let omitted: [UInt64] = later ? [0, UInt64(UInt32.max)] : []
    func agrees(_ own: UInt64, _ stated: UInt64) -> Bool { own == stated || omitted.contains(own) }
    guard agrees(local.size, header.size), agrees(local.stored, header.stored) else {
      throw .headersDisagree(path: path, entry: name, field: "size")
    }
    guard local.checksum == header.checksum || (later && local.checksum == 0) else {
      throw .headersDisagree(path: path, entry: name, field: "checksum")
    }
  }
}

extension UInt64 {
  fileprivate func addingSaturating(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
