import Foundation
import Graph
import Kernels
public import Runtime
import Tensors

/// How fast a model runs on this machine.
public struct BenchReport: Codable, Hashable, Sendable {
  public let medianMilliseconds: Double
  public let minimumMilliseconds: Double
  public let imagesPerSecond: Double
  /// Opening the model, before its first run.
  public let loadMilliseconds: Double
  /// The first run, which plans and packs.
  public let firstMilliseconds: Double
  public let peakMemoryBytes: Int
  public let batch: Int
  public let threads: Int
  public let precision: String
  public let tier: String
  public let operators: [OperatorTime]

  enum CodingKeys: String, CodingKey {
    case medianMilliseconds = "median_ms"
    case minimumMilliseconds = "minimum_ms"
    case imagesPerSecond = "images_per_second"
    case loadMilliseconds = "load_ms"
    case firstMilliseconds = "first_ms"
    case peakMemoryBytes = "peak_memory_bytes"
    case batch, threads, precision, tier, operators
  }

  public init(
    path: String, configuration: String?, weights: String?, batch: Int, threads: Int?, seconds: Double
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let model = try Model(path: path, configuration: configuration, weights: weights)
    let session = Session(model.graph, threads: threads)
    var inputs: [String: Tensor] = [:]
    for port in model.graph.inputs {
      let type = model.graph.type(of: port.value)
      guard let shape = type.shape(Dictionary(uniqueKeysWithValues: ["N"].map { ($0, batch) })) else {
        throw RuntimeError.noShape(type: type, symbols: ["N": batch])
      }
      let values = (0..<shape.elementCount).map { Float($0 % 255) / 127.5 - 1 }
      inputs[port.name] = Tensor(values, shape: shape)
    }
    loadMilliseconds = (clock.now - start).milliseconds
    firstMilliseconds = try clock.measure { _ = try session.run(inputs) }.milliseconds
    var times: [Double] = []
    let deadline = clock.now + .seconds(seconds)
    while times.count < 3 || clock.now < deadline {
      times.append(try clock.measure { _ = try session.run(inputs) }.milliseconds)
    }
    times.sort()
    medianMilliseconds = times[times.count / 2]
    minimumMilliseconds = times[0]
    imagesPerSecond = Double(batch) * 1000 / medianMilliseconds
    operators = try session.profile(inputs)
    var usage = rusage()
    getrusage(0, &usage)  // RUSAGE_SELF
    peakMemoryBytes = Int(usage.ru_maxrss) * 1024
    self.batch = batch
    self.threads = session.threads
    precision = "f32"
    tier = session.tier
  }

  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  public var text: String {
    var lines = [
      String(format: "median %.2f ms, minimum %.2f ms, %.1f images/s", medianMilliseconds, minimumMilliseconds, imagesPerSecond),
      String(format: "load %.1f ms, first run %.1f ms, peak memory %.0f MB", loadMilliseconds, firstMilliseconds, Double(peakMemoryBytes) / 1e6),
      "batch \(batch), \(threads) threads, \(precision), \(tier)",
    ]
    lines += operators.map {
      String(format: "  %8.3f ms  %4d  ", $0.milliseconds, $0.count) + $0.name
    }
    return lines.joined(separator: "\n")
  }
}

extension Duration {
  var milliseconds: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15 }
}
