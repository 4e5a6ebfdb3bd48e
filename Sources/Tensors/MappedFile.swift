import CMapping

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file, mapped read-only into memory for as long as this object lives.
///
/// Where the file loses pages meanwhile, reading them gives zeros; `validateStillWhole` says so afterwards.
public final class MappedFile: @unchecked Sendable {
  public let path: String
  /// The whole file. Empty for an empty file.
  public let bytes: UnsafeRawBufferPointer
  private let descriptor: Int32
  private let guardian: OpaquePointer?

  public convenience init(path: String) throws(FileError) {
    try self.init(descriptor: open(path, MappedFile.flags), path: path)
  }

  /// Maps the file that `components` lead to from `folder`; throws where one of them is a link.
  package convenience init(folder: String, components: [String]) throws(FileError) {
    let path = components.reduce(folder) { $0.hasSuffix("/") ? $0 + $1 : "\($0)/\($1)" }
    var descriptor = open(folder, MappedFile.flags | O_DIRECTORY)
    for (position, component) in components.enumerated() where descriptor >= 0 {
      let isLast = position == components.count - 1
      let flags = MappedFile.flags | O_NOFOLLOW | (isLast ? 0 : O_DIRECTORY)
      let next = openat(descriptor, component, flags)
      let reason = errno
      close(descriptor)
      errno = reason
      descriptor = next
    }
    try self.init(descriptor: descriptor, path: path)
  }

  /// A pipe must not make opening wait.
  private static let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK

  /// Owns the descriptor, which is negative where opening failed just now.
  private init(descriptor: Int32, path: String) throws(FileError) {
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .notFound(path: path) : .cannotOpen(path: path, reason: lastSystemError())
    }
    var isOpen = false
    defer { if !isOpen { close(descriptor) } }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, reason: lastSystemError()) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
    self.path = path
    self.descriptor = descriptor
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      guardian = nil
      isOpen = true
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw .cannotOpen(path: path, reason: lastSystemError())
    }
    // Huge pages of which a part is read again, as a bias between packed weights, kept 40 MB of a ViT-B/16 in memory.
    madvise(start, count, MADV_NOHUGEPAGE)
    guard let guardian = cm_guard_bytes(start, count) else {
      munmap(start, count)
      throw .cannotOpen(path: path, reason: "no memory")
    }
    self.guardian = guardian
    bytes = UnsafeRawBufferPointer(start: start, count: count)
    isOpen = true
  }

  deinit {
    close(descriptor)
    if let guardian { cm_unguard(guardian) }
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }

  /// Throws where the file has shrunk since it was mapped, or where pages of it could not be read: what was read of it
  /// may be zeros.
  public func validateStillWhole() throws(FileError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, reason: lastSystemError()) }
    let size = Int(status.st_size)
    guard size >= bytes.count else { throw .truncated(path: path, expected: bytes.count, found: size) }
    if let guardian, cm_lost(guardian) { throw .pagesLost(path: path) }
  }

  /// Tells the system that these pages may leave memory; they are read again from the file when needed.
  public func release(_ range: Range<Int>) {
    guard let start = bytes.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let lower = (range.lowerBound + page - 1) / page * page
    let upper = range.upperBound / page * page
    guard lower < upper, upper <= bytes.count else { return }
    madvise(UnsafeMutableRawPointer(mutating: start + lower), upper - lower, MADV_DONTNEED)
  }
}

/// `errno` in words.
func lastSystemError() -> String { String(cString: strerror(errno)) }
