#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is being written and that nobody sees under its name yet.
///
/// Where the file system can, it has no name at all, so that a process killed at any moment leaves nothing. Else it
/// stands beside its target as `NAME.PID-N.part`, locked while its writer lives; what dead writers left is removed by
/// the next one.
struct PendingFile {
  let descriptor: Int32
  private let target: String
  /// Nil while the file has no name.
  private let name: String?

  /// Nil where no file can be created; `errno` says why.
  init?(for target: String, mode: mode_t = 0o666) {
    self.target = target
    PendingFile.sweep(beside: target)
    if let unnamed = PendingFile.openUnnamed(beside: target, mode) {
      (name, descriptor) = (nil, unnamed)
      return
    }
    var created: Int32 = -1
    let name = PendingFile.firstFree(beside: target) { candidate in
      created = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      return created >= 0
    }
    guard let name, created >= 0 else { return nil }
    (self.name, descriptor) = (name, created)
    flock(descriptor, LOCK_EX | LOCK_NB)
  }

  /// Gives the file its target's name, replacing what has it. False where that fails; `errno` says why.
  func publish() -> Bool {
    if let name { return rename(name, target) == 0 }
    if link(to: target) { return true }
    guard errno == EEXIST else { return false }
    // No call replaces a file by one without a name: for this moment it has one.
    flock(descriptor, LOCK_EX | LOCK_NB)
    guard let name = PendingFile.firstFree(beside: target, link(to:)) else { return false }
    guard rename(name, target) == 0 else {
      let reason = errno
      unlink(name)
      errno = reason
      return false
    }
    return true
  }

  func discard() { if let name { unlink(name) } }

  private func link(to path: String) -> Bool {
    linkat(AT_FDCWD, PendingFile.ownDescriptors + "/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
  }

  private static let ownDescriptors = "/proc/self/fd"

  private static func openUnnamed(beside target: String, _ mode: mode_t) -> Int32? {
    #if os(Linux)
      guard access(ownDescriptors, X_OK) == 0 else { return nil }
      // The header's macro O_TMPFILE is too involved to be imported.
      let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY
      let descriptor = open(split(target).folder, unnamed | O_WRONLY | O_CLOEXEC, mode)
      return descriptor >= 0 ? descriptor : nil
    #else
      return nil
    #endif
  }

  /// The first name that `take` accepts: never one that exists, nor one that a link leads to.
  private static func firstFree(beside target: String, _ take: (String) -> Bool) -> String? {
    for attempt in 0..<100 {
      let name = "\(target).\(getpid())-\(attempt).part"
      if take(name) { return name }
      if errno != EEXIST { return nil }
    }
    return nil
  }

  private static func split(_ path: String) -> (folder: String, file: Substring) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path[...]) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), path[path.index(after: slash)...])
  }

  /// Removes unlocked files of the names that `firstFree` gives.
  private static func sweep(beside target: String) {
    let (folder, file) = split(target)
    guard let listing = opendir(folder) else { return }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = FolderEntry.name(at: entry)
      guard name.hasPrefix(file + "."), name.hasSuffix(".part") else { continue }
      let numbers = name.dropFirst(file.count + 1).dropLast(5).split(separator: "-", omittingEmptySubsequences: false)
      guard numbers.count == 2, numbers.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isWholeNumber) }) else { continue }
      let path = folder + "/" + name
      let descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
      close(descriptor)
    }
  }
}
