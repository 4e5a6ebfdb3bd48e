internal import CKernels

/// Memory for large arrays. It starts on a cache line and uses huge pages where it is large enough for them.
/// Who shares it must order reads and writes.
public final class AlignedMemory: @unchecked Sendable {
  public let pointer: UnsafeMutableRawPointer
  public let byteCount: Int

  /// Uninitialised.
  public init(byteCount: Int) {
    guard let memory = ck_allocate(max(byteCount, 1)) else { fatalError("out of memory") }
    pointer = memory
    self.byteCount = byteCount
  }

  deinit { ck_free(pointer) }
}
