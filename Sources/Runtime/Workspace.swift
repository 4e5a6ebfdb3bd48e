import Kernels
import Synchronization

/// What sessions on one backbone share: threads, and memory for one run at a time.
final class Workspace: Sendable {
  let pool: ThreadPool
  private let arena = Mutex(AlignedMemory(byteCount: 0))
  private let plans = Mutex(())

  init(threads: Int?) { pool = ThreadPool(threads: threads) }

  /// Makes plans one at a time, so that a weight which several need is packed once.
  func planning<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    try plans.withLock { (_) throws(E) in try body() }
  }

  /// Calls `body` with at least `byteCount` bytes that nobody else uses meanwhile.
  func withMemory<R, E: Error>(_ byteCount: Int, _ body: (AlignedMemory) throws(E) -> R) throws(E) -> R {
    try arena.withLock { (arena) throws(E) in
      if arena.byteCount < byteCount { arena = AlignedMemory(byteCount: byteCount) }
      return try body(arena)
    }
  }

  /// Bytes kept for runs.
  var byteCount: Int { arena.withLock(\.byteCount) }
}
