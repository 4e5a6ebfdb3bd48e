import Foundation
import Runtime
import Tensors

/// A run's steps as chrome://tracing and https://ui.perfetto.dev open them.
///
/// Source: the Trace Event Format; complete events, times in microseconds.
struct TraceFile: Encodable {
  struct Event: Encodable {
    let name: String
    let ph = "X"
    let ts: Double
    let dur: Double
    let pid = 1
    let tid = 1
    let args: Arguments
  }

  struct Arguments: Encodable {
    let step: Int
    let gflops: Double?
  }

  let traceEvents: [Event]
  let displayTimeUnit = "ms"

  init(_ steps: [StepTime]) {
    traceEvents = steps.enumerated().map { index, step in
      let rate = step.operations > 0 && step.milliseconds > 0
      return Event(
        name: step.name, ts: step.start * 1000, dur: step.milliseconds * 1000,
        args: Arguments(step: index, gflops: rate ? Double(step.operations) / step.milliseconds / 1e6 : nil))
    }
  }

}

extension BenchReport {
  /// Writes the profiled run as a trace; throws where that would replace one of the model's files.
  public func writeTrace(to path: String) throws {
    try refuseOverwriting(path, sources)
    let file = try OutputFile(path: path)
    try file.write(Array(TraceFile(steps).compactJSON.utf8))
    try file.commit()
  }
}
