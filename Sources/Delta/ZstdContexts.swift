import CZstd
import Kernels
import Synchronization

/// A context of libzstd, and memory beside it, for one thread at a time.
final class ZstdContext {
  let pointer: OpaquePointer
  private let kind: Kind
  private var memory: AlignedMemory?

  enum Kind {
    case compression, decompression
  }

  /// Nil for want of memory.
  init?(_ kind: Kind) {
    guard let pointer = kind == .compression ? ZSTD_createCCtx() : ZSTD_createDCtx() else { return nil }
    self.pointer = pointer
    self.kind = kind
  }

  deinit { if kind == .compression { ZSTD_freeCCtx(pointer) } else { ZSTD_freeDCtx(pointer) } }

  /// The same memory each time, valid until more is asked for.
  func scratch(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    if memory.map({ $0.byteCount < byteCount }) ?? true { memory = AlignedMemory(byteCount: byteCount) }
    return UnsafeMutableRawBufferPointer(start: memory?.pointer, count: byteCount)
  }
}

/// Contexts of one kind, which are worth keeping: each serves one thread, then the next.
final class ZstdContexts: Sendable {
  private let kind: ZstdContext.Kind
  private let idle = Mutex<[Owned]>([])

  /// A context crosses threads, but no two of them use it at the same time.
  private struct Owned: @unchecked Sendable {
    let context: ZstdContext
  }

  init(_ kind: ZstdContext.Kind) { self.kind = kind }

  /// Nil for want of memory.
  func take() -> ZstdContext? {
    idle.withLock { $0.popLast() }?.context ?? ZstdContext(kind)
  }

  func giveBack(_ context: ZstdContext) {
    let context = Owned(context: context)
    idle.withLock { $0.append(context) }
  }
}
