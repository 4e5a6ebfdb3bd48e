extension UnsafeRawBufferPointer {
  /// What a file is that is often found in another's place; nil where nothing is recognised.
  var looksLike: String? {
    if starts(with: "version https://git-lfs.github.com/spec/".utf8) {
      return "it is a Git LFS pointer, whose content was not fetched"
    }
    let head = String(decoding: prefix(512), as: UTF8.self).lowercased()
    let text = head.drop(while: { $0.isWhitespace || $0 == "\u{FEFF}" })
    if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") { return "it is an HTML page" }
    if text.hasPrefix("<svg") || text.hasPrefix("<?xml") { return "it is an XML document" }
    if text.hasPrefix("{") || text.hasPrefix("[") { return "it is JSON text" }
    if starts(with: "%PDF-".utf8) { return "it is a PDF document" }
    if starts(with: [0x50, 0x4B, 0x03, 0x04]) { return "it is a ZIP archive" }
    if starts(with: [0x1F, 0x8B]) { return "it is gzip data" }
    return nil
  }
}
