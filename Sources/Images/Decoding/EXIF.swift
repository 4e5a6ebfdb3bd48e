import Tensors

extension UnsafeRawBufferPointer {
  /// The orientation in an EXIF block, a TIFF file: byte order, the number 42, the offset of the first
  /// directory; there a count, then entries of tag, type, count and value (or the value's offset).
  ///
  /// Only the first directory is read, once and forwards, so no offset can make a loop. As in Pillow, an
  /// entry whose data lie outside ends the reading, and the first value of a tag's first entry counts, if it
  /// is a whole number.
  var exifOrientation: Int? {
    var block = self
    for _ in 0..<2 where block.starts(with: "Exif\0\0".utf8) {
      block = UnsafeRawBufferPointer(rebasing: block[6...])
    }
    guard let isBigEndian = block.isBigEndianTIFF else { return nil }
    var header = EXIFReader(block, at: 2, isBigEndian: isBigEndian)
    guard header.read(UInt16.self) == 42, let offset = header.read(UInt32.self) else { return nil }
    var directory = EXIFReader(block, at: Int(offset), isBigEndian: isBigEndian)
    guard let entryCount = directory.read(UInt16.self) else { return nil }
    var dataSize = 0
    for _ in 0..<entryCount {
      guard let bytes = directory.reader.read(12) else { return nil }
      var entry = EXIFReader(bytes, at: 0, isBigEndian: isBigEndian)
      guard let tag = entry.read(UInt16.self), let code = entry.read(UInt16.self),
        let count = entry.read(UInt32.self)
      else { return nil }
      guard let type = EXIFType(rawValue: code), count > 0 else { continue }
      // At most 2^32 values of 8 bytes, in at most 2^16 entries: no sum can overflow.
      let size = Int(count) * type.size
      if size > 4 {
        dataSize += size
        guard let start = entry.read(UInt32.self) else { return nil }
        if dataSize > block.count { continue }
        guard Int(start) <= block.count - size else { return nil }
        entry = EXIFReader(block, at: Int(start), isBigEndian: isBigEndian)
      }
      if tag == 274 { return entry.value(type) }
    }
    return nil
  }

  private var isBigEndianTIFF: Bool? {
    if starts(with: "II".utf8) { return false }
    if starts(with: "MM".utf8) { return true }
    return nil
  }

  /// The digit after `tiff:Orientation="` or `tiff:Orientation>`.
  var xmpOrientation: Int? {
    let name = Array("tiff:Orientation".utf8)
    var rest = self[...]
    while let start = rest.firstRange(of: name) {
      rest = rest[start.upperBound...]
      let opened = rest.starts(with: "=\"".utf8) ? 2 : rest.first == UInt8(ascii: ">") ? 1 : nil
      guard let opened, let digit = rest.dropFirst(opened).first else { continue }
      if 0x30...0x39 ~= digit { return Int(digit) - 0x30 }
    }
    return nil
  }
}

/// Reads the numbers of an EXIF block in its byte order.
private struct EXIFReader {
  var reader: ByteReader
  let isBigEndian: Bool

  init(_ bytes: UnsafeRawBufferPointer, at position: Int, isBigEndian: Bool) {
    reader = ByteReader(bytes, at: position)
    self.isBigEndian = isBigEndian
  }

  mutating func read<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T? {
    reader.read(type).map { isBigEndian ? $0.byteSwapped : $0 }
  }

  /// A whole number of this type; nil for every other type, and for one that no orientation can be.
  mutating func value(_ type: EXIFType) -> Int? {
    switch type {
    case .short: read(UInt16.self).map(Int.init)
    case .long, .directory: read(UInt32.self).map(Int.init)
    case .long8: read(UInt64.self).flatMap(Int.init(exactly:))
    case .signedByte: read(Int8.self).map(Int.init)
    case .signedShort: read(Int16.self).map(Int.init)
    case .signedLong: read(Int32.self).map(Int.init)
    case .byte, .text, .rational, .undefined, .signedRational, .float, .double: nil
    }
  }
}

private enum EXIFType: UInt16 {
  case byte = 1
  case text, short, long, rational, signedByte, undefined, signedShort, signedLong, signedRational
  case float, double, directory
  case long8 = 16

  var size: Int {
    switch self {
    case .byte, .text, .signedByte, .undefined: 1
    case .short, .signedShort: 2
    case .long, .signedLong, .float, .directory: 4
    case .rational, .signedRational, .double, .long8: 8
    }
  }
}
