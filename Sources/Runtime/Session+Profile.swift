public import Tensors

/// The time that the steps of one kind took together in one run.
public struct OperatorTime: Codable, Hashable, Sendable {
  public let name: String
  public let count: Int
  public let milliseconds: Double
  /// A thousand million multiplications and additions a second; nil where products are not the steps' work.
  public let gflops: Double?
}

/// When a step of a run began, and how long it took.
public struct StepTime: Hashable, Sendable {
  /// The operators that the step stands for, such as `linear+gelu`.
  public let name: String
  /// Milliseconds since the run began.
  public let start: Double
  public let milliseconds: Double
  /// Multiplications and additions of the step's products.
  public let operations: Int
}

extension Session {
  /// Runs once more with a clock around every step, in the order of the steps.
  public func timeline(_ inputs: [String: Tensor]) throws(RuntimeError) -> [StepTime] {
    var times: [StepTime] = []
    let clock = ContinuousClock()
    let origin = clock.now
    _ = try run(inputs, outputs: nil) { step, body in
      let start = clock.now
      body()
      let end = clock.now
      times.append(
        StepTime(
          name: step.label, start: (start - origin).inMilliseconds, milliseconds: (end - start).inMilliseconds,
          operations: step.operations))
    }
    return times
  }

  /// Runs products that stay in registers on every thread: the multiplications and additions a second, in
  /// thousand millions, that the session's tier allows on this machine now.
  public func measuredPeak() -> Double {
    let clock = ContinuousClock()
    return (0..<8).map { _ in
      let start = clock.now
      let operations = peakRound()
      return Double(operations) / (clock.now - start).inMilliseconds / 1e6
    }.max() ?? 0
  }
}

extension OperatorTime {
  /// The times of a run by kind; the most expensive first.
  public static func totals(_ steps: [StepTime]) -> [OperatorTime] {
    Dictionary(grouping: steps, by: \.name).map { name, all in
      let milliseconds = all.reduce(0) { $0 + $1.milliseconds }
      let operations = all.reduce(0.0) { $0 + Double($1.operations) }
      return OperatorTime(
        name: name, count: all.count, milliseconds: milliseconds,
        gflops: operations > 0 && milliseconds > 0 ? operations / milliseconds / 1e6 : nil)
    }
    .sorted { ($0.milliseconds, $1.name) > ($1.milliseconds, $0.name) }
  }
}

extension Duration {
  fileprivate var inMilliseconds: Double {
    Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
  }
}
