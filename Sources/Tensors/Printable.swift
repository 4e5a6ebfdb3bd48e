/// Text from a file, quoted for a message: cut where it is long, control characters escaped.
package func printable(_ text: String) -> String {
  let limit = 200
  let head = text.unicodeScalars.prefix(limit)
  let shown = head.map { $0 == "\"" || $0 == "\\" ? "\\" + String($0) : visible($0) }
  return "\"" + shown.joined() + (head.endIndex < text.unicodeScalars.endIndex ? "…\"" : "\"")
}

/// A message whose parts may come from a file, on one line: control characters escaped.
package func visible(_ message: String) -> String {
  guard !message.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) else { return message }
  return message.unicodeScalars.map { visible($0) }.joined()
}

private func visible(_ scalar: Unicode.Scalar) -> String {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator:
    "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
  default: String(scalar)
  }
}

/// A byte for a message: as a character where it is a printable ASCII one.
package func printable(_ byte: UInt8) -> String {
  if 0x20..<0x7F ~= byte { return "'\(Character(Unicode.Scalar(byte)))'" }
  let digits = String(byte, radix: 16, uppercase: true)
  return "0x" + (digits.count < 2 ? "0" : "") + digits
}

/// Extents for a message, cut where there are many.
package func brief(_ extents: [Int]) -> String {
  "[" + extents.prefix(16).map(String.init).joined(separator: ", ") + (extents.count > 16 ? ", …]" : "]")
}
