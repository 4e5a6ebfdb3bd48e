#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file whole or not at all.
///
/// Bytes go to a temporary file beside the target; `commit` flushes it to the disk and renames it over the
/// target. Without a commit (an error, a caller that gives up) the target stays as it was and the temporary
/// file is removed.
/// A character device such as /dev/null cannot be replaced; it is written to directly.
public final class OutputFile {
  public let path: String
  public private(set) var count = 0
  /// Nil for a device.
  private let temporary: String?
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  /// Writes are gathered into blocks of this many bytes.
  private static let blockSize = 1 << 18

  public init(path: String) throws(FileError) {
    self.path = path
    var status = stat()
    let kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
    switch kind {
    case S_IFREG: (temporary, descriptor) = OutputFile.createTemporary(beside: path)
    case S_IFCHR: (temporary, descriptor) = (nil, open(path, O_WRONLY | O_CLOEXEC))
    default: throw .cannotCreate(path: path, reason: "it exists and is no regular file")
    }
    guard descriptor >= 0 else { throw .cannotCreate(path: path, reason: lastSystemError()) }
    buffer.reserveCapacity(OutputFile.blockSize)
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      if let temporary { unlink(temporary) }
    }
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if buffer.count + bytes.count > OutputFile.blockSize { try flush() }
    if bytes.count > OutputFile.blockSize {
      try writeAll(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
    count += bytes.count
  }

  public func write(_ bytes: [UInt8]) throws(FileError) {
    let outcome = bytes.withUnsafeBytes { span in Result { () throws(FileError) in try self.write(span) } }
    try outcome.get()
  }

  /// Makes the file appear under its name.
  public func commit() throws(FileError) {
    try flush()
    guard let temporary else { return }
    guard fsync(descriptor) == 0 else { throw .cannotWrite(path: path, reason: lastSystemError()) }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0, rename(temporary, path) == 0 else {
      let reason = lastSystemError()
      unlink(temporary)
      throw .cannotWrite(path: path, reason: reason)
    }
  }

  /// A new file of an unused name: never one that exists, nor one that a link leads to.
  private static func createTemporary(beside path: String) -> (String, Int32) {
    var name = ""
    var descriptor: Int32 = -1
    for attempt in 0..<100 {
      name = "\(path).\(getpid())-\(attempt).part"
      descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
      if descriptor >= 0 || errno != EEXIST { break }
    }
    return (name, descriptor)
  }

  private func flush() throws(FileError) {
    let pending = buffer
    buffer.removeAll(keepingCapacity: true)
    let outcome = pending.withUnsafeBytes { span in Result { () throws(FileError) in try self.writeAll(span) }
    }
    try outcome.get()
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes
    while !rest.isEmpty {
      let written = systemWrite(descriptor, rest.baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw .cannotWrite(path: path, reason: lastSystemError())
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }
}

/// The system's `write`, which the method of the same name hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
