import CZstd
import Synchronization

/// libzstd's contexts of one kind, which are worth keeping: each serves one thread at a time, then the next.
final class ZstdContexts: Sendable {
  enum Kind {
    case compression, decompression
  }

  private let kind: Kind
  private let idle = Mutex<[Owned]>([])

  /// A context crosses threads, but no two of them use it at the same time.
  private struct Owned: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  init(_ kind: Kind) { self.kind = kind }

  /// Nil for want of memory.
  func take() -> OpaquePointer? {
    if let context = idle.withLock({ $0.popLast() }) { return context.pointer }
    return kind == .compression ? ZSTD_createCCtx() : ZSTD_createDCtx()
  }

  func giveBack(_ context: OpaquePointer) {
    let context = Owned(pointer: context)
    idle.withLock { $0.append(context) }
  }

  deinit {
    for context in idle.withLock({ $0 }) {
      if kind == .compression { ZSTD_freeCCtx(context.pointer) } else { ZSTD_freeDCtx(context.pointer) }
    }
  }
}
