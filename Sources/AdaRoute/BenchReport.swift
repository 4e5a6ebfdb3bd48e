import Foundation
import Graph
public import Images
import Kernels
public import Runtime
import Tensors

/// How fast a model runs on this machine.
public struct BenchReport: Encodable, Hashable, Sendable {
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
  /// What the tier's float32 units did here when they did nothing else, in thousand million operations a second.
  public let peakGflops: Double
  /// The profiled run: a clock around every step.
  public let profileMilliseconds: Double
  /// Its steps in order; not part of the document.
  public let steps: [StepTime]
  /// The model's files.
  let sources: [String]

  enum CodingKeys: String, CodingKey {
    case medianMilliseconds = "median_ms"
    case minimumMilliseconds = "minimum_ms"
    case imagesPerSecond = "images_per_second"
    case loadMilliseconds = "load_ms"
    case firstMilliseconds = "first_ms"
    case peakMemoryBytes = "peak_memory_bytes"
    case peakGflops = "peak_gflops"
    case profileMilliseconds = "profile_ms"
    case batch, threads, precision, tier, operators
  }

  /// `open` opens the model; it is called once and timed. `size` is the images' height and width; without
  /// it they are those that the model is for. `progress` is told how much of the time has passed, in percent.
  public init(
    batch: Int, size: ImageSize?, settings: SessionSettings, seconds: Double,
    progress: ((Int, Int) -> Void)? = nil, open: () throws -> Model
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let model = try open()
    let session = Session(model.graph, settings: settings)
    let inputs = try BenchReport.inputs(of: model.graph, batch: batch, size: size ?? model.imageSize)
    loadMilliseconds = (clock.now - start).milliseconds
    firstMilliseconds = try clock.measure { _ = try session.run(inputs) }.milliseconds
    var times: [Double] = []
    let deadline = clock.now + .seconds(seconds)
    while times.count < 3 || clock.now < deadline {
      times.append(try clock.measure { _ = try session.run(inputs) }.milliseconds)
      let left = (deadline - clock.now).milliseconds / (seconds * 1000)
      progress?(Int(100 * (1 - min(max(left, 0), 1))), 100)
    }
    times.sort()
    medianMilliseconds = times[times.count / 2]
    minimumMilliseconds = times[0]
    imagesPerSecond = Double(batch) * 1000 / medianMilliseconds
    // Of a few runs the one in the middle: a single one may be disturbed.
    let runs = try (0..<3).map { _ in
      let start = clock.now
      let steps = try session.timeline(inputs)
      return (time: (clock.now - start).milliseconds, steps: steps)
    }.sorted { $0.time < $1.time }
    (profileMilliseconds, steps) = (runs[1].time, runs[1].steps)
    operators = OperatorTime.totals(steps)
    peakGflops = session.measuredPeak()
    var usage = rusage()
    getrusage(0, &usage)  // RUSAGE_SELF
    peakMemoryBytes = Int(usage.ru_maxrss) * 1024
    self.batch = batch
    sources = model.sources
    self.threads = session.threads
    precision = session.precision.rawValue
    tier = session.tier
  }

  /// Values in -1...1, the same for every run. The first axis of an input is the batch; axes 2 and 3 of rank 4 are
  /// height and width.
  private static func inputs(
    of graph: Graph, batch: Int, size: ImageSize?
  ) throws -> [String: Tensor] {
    var inputs: [String: Tensor] = [:]
    for port in graph.inputs {
      let type = graph.type(of: port.value)
      var symbols: [String: Int] = [:]
      let wanted = [batch, nil, size?.height, size?.width]
      for (dimension, extent) in zip(type.dimensions, wanted) {
        if let symbol = dimension.symbols.first, dimension == .symbol(symbol) { symbols[symbol] = extent }
      }
      guard let shape = type.shape(symbols) else { throw RuntimeError.noShape(type: type, symbols: symbols) }
      let fits = zip(shape.extents, wanted).allSatisfy { $1 == nil || $0 == $1 }
      guard fits else {
        let asked = zip(shape.extents, wanted + Array(repeating: nil, count: shape.rank)).map { $1 ?? $0 }
        throw RuntimeError.inputType(
          name: port.name, expected: type, found: type.element, shape: Shape(checking: asked) ?? shape)
      }
      // Held twice while the tensor is made.
      let bytes = 2 * shape.elementCount * MemoryLayout<Float>.stride
      guard bytes <= Session.memoryLimit else { throw RuntimeError.tooLarge(bytes: bytes) }
      let values = (0..<shape.elementCount).map { Float($0 % 255) / 127.5 - 1 }
      inputs[port.name] = Tensor(values, shape: shape).converted(to: type.element)
    }
    return inputs
  }

  public var json: String { jsonText }

  public var text: String {
    var table = TextTable()
    table.add(
      "time",
      "median \(medianMilliseconds.formatted(digits: 2)) ms, "
        + "minimum \(minimumMilliseconds.formatted(digits: 2)) ms")
    table.add("rate", "\(imagesPerSecond.formatted(digits: 1)) images/s")
    table.add(
      "start",
      "load \(loadMilliseconds.formatted(digits: 1)) ms, "
        + "first run \(firstMilliseconds.formatted(digits: 1)) ms")
    table.add("memory", "peak \((Double(peakMemoryBytes) / 1e6).formatted(digits: 0)) MB")
    table.add("setting", "batch \(batch), \(threads) threads, \(precision), \(tier)")
    table.add("peak", "\(peakGflops.formatted(digits: 0)) GFLOP/s measured, float32")
    var times = TextTable(rightAligned: [0, 1, 2, 3, 4])
    times.add("time", "share", "steps", "GFLOP/s", "of peak", "")
    let total = operators.reduce(0) { $0 + $1.milliseconds }
    for step in operators {
      times.add(
        "\(step.milliseconds.formatted(digits: 3)) ms",
        "\((total > 0 ? 100 * step.milliseconds / total : 0).formatted(digits: 1)) %", "\(step.count)",
        step.gflops?.formatted(digits: 1) ?? "",
        step.gflops.map { "\((100 * $0 / peakGflops).formatted(digits: 0)) %" } ?? "", step.name)
    }
    return (table.lines(indent: 0) + times.lines()).joined(separator: "\n")
  }
}

extension Duration {
  var milliseconds: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15 }
}
