import Glibc
import Kernels
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
  /// Counts how often each index was visited.
  final class Visits: @unchecked Sendable {
    let counts: UnsafeMutablePointer<Int32>
    let count: Int
    init(_ count: Int) {
      self.count = count
      counts = .allocate(capacity: max(1, count))
      counts.initialize(repeating: 0, count: max(1, count))
    }
    var areOnce: Bool { (0..<count).allSatisfy { counts[$0] == 1 } }
    deinit { counts.deallocate() }
  }

  @Test(arguments: [1, 2, 3, 8])
  func visitsEveryIndexOnce(_ threads: Int) {
    let pool = ThreadPool(threads: threads)
    #expect(pool.count == threads)
    for round in 0..<400 {
      let visits = Visits(round % 37)
      pool.forEach(visits.count) { visits.counts[$0] += 1 }
      #expect(visits.areOnce)
      if round % 100 == 99 { usleep(2000) }  // Long enough for the threads to fall asleep.
    }
  }

  @Test func nestedLoopsRunInside() {
    let pool = ThreadPool(threads: 3)
    let other = ThreadPool(threads: 2)
    let visits = Visits(20 * 7)
    pool.forEach(20) { i in
      (i % 2 == 0 ? pool : other).forEach(7) { visits.counts[i * 7 + $0] += 1 }
    }
    #expect(visits.areOnce)
  }

  @Test func callersTakeTurns() async {
    let pool = ThreadPool(threads: 2)
    let running = Atomic(0)
    let most = Atomic(0)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          var once = true
          for _ in 0..<200 {
            let visits = Visits(11)
            pool.forEach(11) { visits.counts[$0] += 1 }
            once = once && visits.areOnce
          }
          return once
        }
      }
      for await once in group { #expect(once) }
    }
    pool.forEach(50) { _ in
      let now = running.add(1, ordering: .relaxed).newValue
      most.max(now, ordering: .relaxed)
      usleep(100)
      running.subtract(1, ordering: .relaxed)
    }
    #expect(most.load(ordering: .relaxed) <= 2)
  }

  @Test(arguments: [1, 2, 5])
  func slotsAreNotShared(_ threads: Int) {
    let pool = ThreadPool(threads: threads)
    for n in [0, 1, 2, 7, 100] {
      let (visits, holders) = (Visits(n), Visits(threads))
      let clashes = Atomic(0)
      pool.forEach(n) { index, slot in
        visits.counts[index] += 1
        holders.counts[slot] += 1
        if index % 3 == 0 { usleep(20) }
        if holders.counts[slot] != 1 { clashes.add(1, ordering: .relaxed) }
        holders.counts[slot] -= 1
      }
      #expect(visits.areOnce)
      #expect(clashes.load(ordering: .relaxed) == 0)
    }
  }

  /// More threads than CPUs take turns; nothing waits for a thread that does not run.
  @Test func moreThreadsThanCPUsFinish() {
    let pool = ThreadPool(threads: 4 * ThreadPool.defaultThreadCount + 3)
    for round in 0..<200 {
      let visits = Visits(round)
      pool.forEach(visits.count) { visits.counts[$0] += 1 }
      #expect(visits.areOnce)
    }
  }

  @Test func countsUsableCPUs() {
    #expect(ThreadPool.defaultThreadCount >= 1)
    #expect(ThreadPool(threads: -3).count == 1)
  }
}
