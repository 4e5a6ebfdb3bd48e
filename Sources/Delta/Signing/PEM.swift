import Foundation
import Tensors

/// Blocks of base64 between BEGIN and END lines (RFC 7468).
enum PEM {
  /// Key files are short; what is longer is something else.
  static let sizeLimit = 1 << 16

  static func text(_ label: String, _ content: [UInt8]) -> String {
    "-----BEGIN \(label)-----\n\(Data(content).base64EncodedString())\n-----END \(label)-----\n"
  }

  /// The contents of every block with this label, and the labels of the others. Nil where text is no PEM.
  static func blocks(_ label: String, in text: String) -> (contents: [[UInt8]], others: [String])? {
    var (contents, others): ([[UInt8]], [String]) = ([], [])
    var open: (label: String, base64: String)?
    for line in text.split(whereSeparator: \.isNewline).map({ $0.trimmingPrefix(while: \.isWhitespace) }) {
      if let begun = PEM.label(of: line, "BEGIN") {
        guard open == nil else { return nil }
        open = (begun, "")
      } else if let ended = PEM.label(of: line, "END") {
        guard let block = open, block.label == ended, let data = Data(base64Encoded: block.base64) else { return nil }
        if ended == label { contents.append([UInt8](data)) } else { others.append(ended) }
        open = nil
      } else if open != nil {
        open?.base64 += line.filter { !$0.isWhitespace }
      }
    }
    return open == nil ? (contents, others) : nil
  }

  private static func label(of line: Substring, _ word: String) -> String? {
    let (prefix, suffix) = ("-----\(word) ", "-----")
    let line = line.reversed().drop(while: \.isWhitespace).reversed()
    guard line.starts(with: prefix), line.count > prefix.count + suffix.count, String(line).hasSuffix(suffix) else {
      return nil
    }
    return String(line.dropFirst(prefix.count).dropLast(suffix.count))
  }

  static func read(_ path: String) throws(SigningError) -> String? {
    do {
      let file = try MappedFile(path: path)
      guard file.bytes.count <= sizeLimit else { return nil }
      return String(validating: file.bytes, as: UTF8.self)
    } catch { throw .file(error) }
  }
}
