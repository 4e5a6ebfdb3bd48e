internal import Tensors

/// The directory of a zip archive, read and checked against the file; no entry's data is touched.
///
///     file      = entry… directory [zip64 record, zip64 locator] end record
///     entry     = local header, name, extra fields, data [, data descriptor]
///     directory = header, name, extra fields, comment; once for each entry
///
/// The end record is the last 22 bytes: an archive with a comment or anything else after it is refused, and
/// so is one with anything between directory and end record, so that there is only one way to read it. Each
/// entry's two headers must agree, no two entries share bytes, and no two names are equal but for letters'
/// case. Source: PKWARE's APPNOTE.TXT 6.3.10.
struct ZipArchive {
  struct Entry: Sendable {
    let name: String
    let method: UInt16
    let size: Int
    /// The local header's first byte, and the data as it is stored.
    let start: Int
    let data: Range<Int>
  }

  /// In the directory's order.
  let entries: [Entry]
  private let places: [String: Int]

  /// More than checkpoints have storages.
  static let entryLimit = 1 << 20

  init(_ file: UnsafeRawBufferPointer, path: String) throws(TorchError) {
    let end = try ZipEnd(file, path: path)
    var parser = ZipDirectoryParser(file, end, path: path)
    let entries = try parser.entries()
    var places: [String: Int] = [:]
    for (place, entry) in entries.enumerated() {
      if let other = places.updateValue(place, forKey: entry.name.asciiLowercased) {
        throw .duplicateEntry(path: path, entry: entry.name, other: entries[other].name)
      }
    }
    try ZipArchive.checkLayout(entries, end: end.directory.lowerBound, path: path)
    self.entries = entries
    self.places = places
  }

  /// The entry of this name, letters' case included.
  func entry(_ name: String) -> Entry? {
    places[name.asciiLowercased].map { entries[$0] }.flatMap { $0.name == name ? $0 : nil }
  }

  /// Checks that entries follow one another before the directory; what lies between them is nobody's.
  private static func checkLayout(_ entries: [Entry], end: Int, path: String) throws(TorchError) {
    let sorted = entries.sorted { ($0.start, $0.data.upperBound) < ($1.start, $1.data.upperBound) }
    for (entry, next) in zip(sorted, sorted.dropFirst()) where next.start < entry.data.upperBound {
      throw .entriesOverlap(path: path, entry: next.name, other: entry.name)
    }
    if let last = sorted.last, last.data.upperBound > end {
      throw .entryOutside(path: path, entry: last.name, limit: end, found: UInt64(last.data.upperBound))
    }
  }
}

extension String {
  /// Letters A to Z lowered, all else as it is.
  fileprivate var asciiLowercased: String {
    String(decoding: utf8.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
