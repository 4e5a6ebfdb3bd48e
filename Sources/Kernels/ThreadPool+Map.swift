import Synchronization

extension ThreadPool {
  /// The results of `body` for every index below `n`, in order; throws what the lowest index that failed threw.
  public func map<R: Sendable, Failure: Error>(
    _ n: Int, _ body: (Int) throws(Failure) -> R
  ) throws(Failure) -> [R] {
    let results = Mutex<[Result<R, Failure>?]>(Array(repeating: nil, count: n))
    forEach(n) { (index: Int) in
      let result = Result { () throws(Failure) in try body(index) }
      results.withLock { $0[index] = result }
    }
    var all: [R] = []
    all.reserveCapacity(n)
    for case let result? in results.withLock({ $0 }) { all.append(try result.get()) }
    return all
  }
}
