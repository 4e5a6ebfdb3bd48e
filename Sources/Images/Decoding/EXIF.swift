import Tensors

extension UnsafeRawBufferPointer {
  /// The orientation in an EXIF block, a TIFF file: byte order, the number 42, the offset of the first directory;
  /// there a count, then entries of tag, type, count and value (or the value's offset).
  ///
  /// Only the first directory is read, once and forwards, so no offset can make a loop. As in Pillow, an entry
  /// whose data lie outside ends the reading, the first entry of a tag counts, and only one number counts.
  var exifOrientation: Int? {
    var block = self
    for _ in 0..<2 where block.starts(with: "Exif\0\0".utf8) {
      block = UnsafeRawBufferPointer(rebasing: block[6...])
    }
    var reader = ByteReader(block)
    let isBigEndian: Bool
    switch reader.read(UInt16.self) {
    case 0x4949: isBigEndian = false
    case 0x4D4D: isBigEndian = true
    default: return nil
    }
    func number<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, from reader: inout ByteReader) -> T? {
      reader.read(type).map { isBigEndian ? $0.byteSwapped : $0 }
    }
    guard number(UInt16.self, from: &reader) == 42, let offset = number(UInt32.self, from: &reader),
      Int(offset) <= block.count
    else { return nil }

    reader = ByteReader(block, at: Int(offset))
    guard let entryCount = number(UInt16.self, from: &reader) else { return nil }
    var dataSize = 0
    for _ in 0..<entryCount {
      guard var entry = reader.read(12).map({ ByteReader($0) }), let tag = number(UInt16.self, from: &entry),
        let code = number(UInt16.self, from: &entry), let count = number(UInt32.self, from: &entry)
      else { return nil }
      guard let type = EXIFType(rawValue: code) else { continue }
      // At most 2^32 values of 8 bytes, for at most 2^16 entries: no sum can overflow.
      let size = Int(count) * type.size
      if size > 4 {
        dataSize += size
        guard let start = number(UInt32.self, from: &entry) else { return nil }
        if dataSize > block.count { continue }
        guard Int(start) <= block.count - size else { return nil }
      }
      if tag != 274 || size == 0 { continue }
      guard count == 1 else { return nil }
      switch type {
      case .short: return number(UInt16.self, from: &entry).map(Int.init)
      case .long, .directory: return number(UInt32.self, from: &entry).map(Int.init)
      case .signedByte: return entry.read(Int8.self).map(Int.init)
      case .signedShort: return number(Int16.self, from: &entry).map(Int.init)
      case .signedLong: return number(Int32.self, from: &entry).map(Int.init)
      default: return nil
      }
    }
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
