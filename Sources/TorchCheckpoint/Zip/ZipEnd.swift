internal import Tensors

/// The records that end an archive: where its directory lies, and how many entries it has.
struct ZipEnd {
  let directory: Range<Int>
  let count: Int

  private static let size = 22
  private static let locatorSize = 20
  private static let record64Size = 56

  init(_ file: UnsafeRawBufferPointer, path: String) throws(TorchError) {
    var reader = ByteReader(file, at: file.count - ZipEnd.size)
    let start = reader.position
    guard reader.read(UInt32.self) == 0x0605_4B50, let disk = reader.read(UInt16.self),
      let directoryDisk = reader.read(UInt16.self), let diskCount = reader.read(UInt16.self),
      let count = reader.read(UInt16.self), let size = reader.read(UInt32.self),
      let offset = reader.read(UInt32.self),
      let comment = reader.read(UInt16.self), comment == 0
    else { throw .endRecordMissing(path: path) }
    guard disk == 0, directoryDisk == 0, diskCount == count else { throw .splitArchive(path: path) }

    var fields = (count: UInt64(count), size: UInt64(size), offset: UInt64(offset))
    var end = start
    if let record = try ZipEnd.record64(file, before: start, path: path) {
      // A field that is not all ones must say the same as the wide one.
      let narrow = [
        (fields.count, UInt64(UInt16.max)), (fields.size, UInt64(UInt32.max)),
        (fields.offset, UInt64(UInt32.max)),
      ]
      for ((value, unset), wide) in zip(narrow, [record.count, record.size, record.offset])
      where value != unset && value != wide {
        throw .endRecordsDisagree(path: path, expected: wide, found: value)
      }
      fields = (record.count, record.size, record.offset)
      end = record.start
    }
    guard fields.count <= UInt64(ZipArchive.entryLimit) else {
      throw .tooManyEntries(path: path, limit: ZipArchive.entryLimit, found: fields.count)
    }
    let (stated, overflow) = fields.offset.addingReportingOverflow(fields.size)
    guard !overflow, stated == UInt64(end) else {
      throw .directoryMisplaced(path: path, expected: end, found: overflow ? .max : stated)
    }
    directory = Int(fields.offset)..<end
    self.count = Int(fields.count)
  }

  /// The zip64 record, which a locator right before the end record points to; nil where there is no locator.
  private static func record64(
    _ file: UnsafeRawBufferPointer, before end: Int, path: String
  ) throws(TorchError) -> (start: Int, count: UInt64, size: UInt64, offset: UInt64)? {
    guard end >= locatorSize else { return nil }
    var locator = ByteReader(file, at: end - locatorSize)
    let place = locator.position
    guard locator.read(UInt32.self) == 0x0706_4B50 else { return nil }
    guard locator.read(UInt32.self) == 0, let stated = locator.read(UInt64.self),
      locator.read(UInt32.self) ?? 0 <= 1
    else { throw .splitArchive(path: path) }
    guard place >= record64Size, stated == UInt64(place - record64Size) else {
      throw .recordMissing(path: path, offset: max(0, place - record64Size), record: "zip64 end record")
    }
    var reader = ByteReader(file, at: place - record64Size)
    guard reader.read(UInt32.self) == 0x0606_4B50, reader.read(UInt64.self) == UInt64(record64Size - 12),
      reader.read(UInt32.self) != nil
    else { throw .recordMissing(path: path, offset: place - record64Size, record: "zip64 end record") }
    guard reader.read(UInt32.self) == 0, reader.read(UInt32.self) == 0,
      let diskCount = reader.read(UInt64.self),
      let count = reader.read(UInt64.self), diskCount == count, let size = reader.read(UInt64.self),
      let offset = reader.read(UInt64.self)
    else { throw .splitArchive(path: path) }
    return (place - record64Size, count, size, offset)
  }
}
