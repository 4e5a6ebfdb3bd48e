#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What `readdir` gives.
package enum FolderEntry {
  /// The name in a `dirent`. An entry is only as long as its name needs: the field, which has room for the longest, must
  /// not be read whole, since it may reach beyond the listing's memory.
  package static func name(at entry: UnsafeRawPointer) -> String {
    guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return "" }
    return String(cString: (entry + offset).assumingMemoryBound(to: CChar.self))
  }
}
