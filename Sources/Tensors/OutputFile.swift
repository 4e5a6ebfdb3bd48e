#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file whole or not at all.
///
/// Bytes go to a file without a name; `commit` flushes it to the disk and puts it in the target's place. Without a
/// commit (an error, a caller that gives up, a process that is killed) the target stays as it was and nothing is left.
/// Where the target is a symbolic link, the file that it leads to is replaced. A character device such as /dev/null
/// cannot be replaced; it is written to directly.
public final class OutputFile {
  public let path: String
  public private(set) var count = 0
  /// Nil for a device.
  private let pending: PendingFile?
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  /// Writes are gathered into blocks of this many bytes.
  private static let blockSize = 1 << 18

  /// With `isPrivate`, only the file's owner may read it.
  public init(path: String, isPrivate: Bool = false) throws(FileError) {
    self.path = path
    var status = stat()
    let kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
    switch kind {
    case S_IFREG:
      pending = PendingFile(for: OutputFile.followed(path), mode: isPrivate ? 0o600 : 0o666)
      descriptor = pending?.descriptor ?? -1
    case S_IFCHR: (pending, descriptor) = (nil, open(path, O_WRONLY | O_CLOEXEC))
    default: throw .cannotCreate(path: path, reason: "it exists and is no regular file")
    }
    guard descriptor >= 0 else { throw .cannotCreate(path: path, reason: lastSystemError()) }
    buffer.reserveCapacity(OutputFile.blockSize)
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      pending?.discard()
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
    guard let pending else { return }
    guard fsync(descriptor) == 0, pending.publish() else {
      throw .cannotWrite(path: path, reason: lastSystemError())
    }
    close(descriptor)
    descriptor = -1
  }

  /// The file that a symbolic link leads to; any other path as it is.
  private static func followed(_ path: String) -> String {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(path, nil) else {
      return path
    }
    defer { free(real) }
    return String(cString: real)
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
        // What is written is a mapped file's that lost its pages: the system refuses where reading would raise a signal.
        let reason = errno == EFAULT ? "a file that is read for it shrank" : lastSystemError()
        throw .cannotWrite(path: path, reason: reason)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }
}

/// The system's `write`, which the method of the same name hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
