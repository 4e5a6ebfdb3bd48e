extension UnsafeRawBufferPointer {
  /// The format that the first bytes announce; the file's name does not count.
  func imageFormat(path: String?) throws(ImageError) -> ImageFormat {
    guard !isEmpty else { throw .empty(path: path) }
    let signatures: [(ImageFormat, [UInt8])] = [
      (.jpeg, [0xFF, 0xD8, 0xFF]), (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    ]
    for (format, signature) in signatures {
      if starts(with: signature) { return format }
      if count < signature.count, signature.starts(with: self) { throw .truncated(format, path: path) }
    }
    if let name = otherImageFormat { throw .unsupportedFormat(name, path: path) }
    throw .notAnImage(found: looksLike ?? "it begins with the bytes \(firstBytes)", path: path)
  }

  private var otherImageFormat: String? {
    let box = count >= 12 ? String(decoding: self[4..<12], as: UTF8.self) : ""
    if box.hasPrefix("ftyp") {
      switch box.dropFirst(4) {
      case "avif", "avis": return "AVIF"
      case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1": return "HEIF"
      default: return nil
      }
    }
    if starts(with: "RIFF".utf8), box.hasSuffix("WEBP") { return "WebP" }
    let signatures: [(String, [UInt8])] = [
      ("GIF", Array("GIF87a".utf8)), ("GIF", Array("GIF89a".utf8)), ("BMP", Array("BM".utf8)),
      ("TIFF", [0x49, 0x49, 0x2A, 0]), ("TIFF", [0x4D, 0x4D, 0, 0x2A]),
      ("JPEG 2000", [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20]), ("JPEG 2000", [0xFF, 0x4F, 0xFF, 0x51]),
      ("JPEG XL", [0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20]), ("JPEG XL", [0xFF, 0x0A]),
    ]
    return signatures.first { starts(with: $0.1) }?.0
  }

  /// The first eight bytes in hexadecimal.
  private var firstBytes: String {
    prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
