public import Tensors

/// The time that the steps of one kind took together in one run.
public struct OperatorTime: Codable, Hashable, Sendable {
  public let name: String
  public let count: Int
  public let milliseconds: Double
}

extension Session {
  /// Runs once more with a clock around every step. The most expensive kind comes first.
  public func profile(_ inputs: [String: Tensor]) throws(RuntimeError) -> [OperatorTime] {
    var totals: [String: (count: Int, seconds: Double)] = [:]
    let clock = ContinuousClock()
    _ = try run(inputs, outputs: nil) { step, body in
      let start = clock.now
      body()
      let time = (clock.now - start).components
      let known = totals[step, default: (0, 0)]
      totals[step] = (known.count + 1, known.seconds + Double(time.seconds) + Double(time.attoseconds) * 1e-18)
    }
    return totals.map { OperatorTime(name: $0.key, count: $0.value.count, milliseconds: $0.value.seconds * 1e3) }
      .sorted { ($0.milliseconds, $1.name) > ($1.milliseconds, $0.name) }
  }
}
