internal import CKernels
import Synchronization

/// A fixed set of threads that share loops. Idle threads sleep.
public final class ThreadPool: Sendable {
  // Owned; the C side synchronises every access.
  private nonisolated(unsafe) let pool: OpaquePointer

  /// Starts `threads - 1` threads (the caller of ``forEach(_:_:)`` is the last one), by default one less than
  /// ``defaultThreadCount``. Less than one thread counts as one; fewer are started where the system refuses.
  public init(threads: Int? = nil) {
    let wanted = Int32(clamping: max(1, min(threads ?? Self.defaultThreadCount, 4096)))
    guard let pool = ck_pool_create(wanted) else { fatalError("out of memory") }
    self.pool = pool
  }

  deinit { ck_pool_destroy(pool) }

  /// Threads that take part in a loop, the caller included.
  public var count: Int { Int(ck_pool_count(pool)) }

  /// CPUs that this process may use: its scheduler affinity, capped by its control group's quota.
  public static var defaultThreadCount: Int { Int(ck_usable_cpu_count()) }

  /// Calls `body` once for every index below `n`, in any order and on any threads, and returns when all have
  /// returned. Loops of different callers follow each other; a loop inside a body runs serially.
  ///
  /// `body` runs concurrently with itself: what it writes must be disjoint by index.
  public func forEach(_ n: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var loop = Loop(body: body)
      withUnsafeMutablePointer(to: &loop) { pointer in
        ck_pool_run(
          pool, max(0, n),
          { context, index in context!.assumingMemoryBound(to: Loop.self).pointee.body(index) },
          pointer)
      }
    }
  }

  /// ``forEach(_:_:)`` with a second argument below ``count`` that no two calls share at the same time: scratch
  /// memory can be given to each slot instead of each index.
  public func forEach(_ n: Int, _ body: (_ index: Int, _ slot: Int) -> Void) {
    let next = Atomic(0)
    forEach(min(n, count)) { slot in
      while case let index = next.add(1, ordering: .relaxed).oldValue, index < n { body(index, slot) }
    }
  }

  private struct Loop {
    let body: (Int) -> Void
  }
}
