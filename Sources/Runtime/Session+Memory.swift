#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Session {
  /// The machine's memory in bytes: what needs more would end the process instead of failing.
  public static let memoryLimit: Int = {
    let pages = Int(sysconf(Int32(_SC_PHYS_PAGES)))
    let (bytes, overflow) = pages.multipliedReportingOverflow(by: Int(sysconf(Int32(_SC_PAGESIZE))))
    return overflow ? .max : bytes
  }()
}
