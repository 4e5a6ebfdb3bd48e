/// What the operating system refused, with the path it was about.
public enum FileError: Error, Hashable, Sendable {
  case notFound(path: String)
  case notAFile(path: String)
  case cannotOpen(path: String, reason: String)
  case cannotCreate(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  /// A file that was mapped is shorter than it was when it was opened.
  case truncated(path: String, expected: Int, found: Int)
  /// Pages of a mapped file could not be read.
  case pagesLost(path: String)
}

extension FileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notFound(let path): "\(path): no such file"
    case .notAFile(let path): "\(path): not a regular file"
    case .cannotOpen(let path, let reason): "\(path): cannot be opened: \(reason)"
    case .cannotCreate(let path, let reason): "\(path): cannot be created: \(reason)"
    case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
    case .truncated(let path, let expected, let found):
      "\(path): the file shrank while it was in use: \(expected) bytes expected, \(found) found"
    case .pagesLost(let path): "\(path): parts of the file could not be read while it was in use"
    }
  }
}
