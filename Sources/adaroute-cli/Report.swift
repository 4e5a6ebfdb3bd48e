import Foundation
import Tensors

/// Prints a command's report on standard output. Throws where it cannot be written whole, on a full disk for instance.
func printReport(_ text: String) throws(FileError) {
  var rest = ArraySlice((text + "\n").utf8)
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    if written < 0, errno != EINTR {
      throw .cannotWrite(path: "standard output", reason: String(cString: strerror(errno)))
    }
    rest = rest.dropFirst(max(written, 0))
  }
}

/// Tells something on standard error that is no error.
func printNote(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8)) }
