import Graph
public import Runtime
import Safetensors
public import Tensors

/// A model's values beside those that a golden file states, in the order in which the graph makes them.
public struct GoldenReport: Codable, Hashable, Sendable {
  public struct Value: Codable, Hashable, Sendable {
    public let name: String
    public let shape: [Int]
    /// The largest absolute difference, and what is allowed.
    public let difference: Double
    public let allowed: Double
    /// Of the two as vectors; of the image where it is least. Nil for a value without elements or of zeros.
    public let cosine: Double?
    /// Where the difference is largest, and the two numbers there; nil for a value without elements.
    public let index: [Int]?
    public let expected: Double?
    public let found: Double?

    public var agrees: Bool { difference <= allowed }
  }

  public let model: String
  public let delta: String?
  public let golden: String
  /// Allowed difference, relative to a value's largest magnitude where that exceeds 1.
  public let tolerance: Double
  public let agrees: Bool
  public let values: [Value]
  /// Tensors of the file that are neither inputs nor values of the model.
  public let notCompared: [String]

  enum CodingKeys: String, CodingKey {
    case model, delta, golden, tolerance, agrees, values
    case notCompared = "not_compared"
  }

  public static let defaultTolerance = 2e-5

  /// Runs the model on the file's inputs and compares every output, tap, block and named node of the graph that
  /// the file has a tensor for.
  public init(
    _ model: Model, golden path: String, delta: String? = nil, tolerance: Double = defaultTolerance,
    settings: SessionSettings = SessionSettings()
  ) throws {
    let file = try SafetensorsFile(path: path)
    let inputFile = try InputFile(path: path)
    let inputs = try inputFile.inputs(for: model.graph)
    let inputNames = try inputFile.names(for: model.graph)
    let named = model.graph.namedValues()
    let order = model.graph.places()
    let common = file.names.filter { named[$0] != nil && !inputNames.contains($0) }
      .sorted { (order[named[$0]] ?? 0, $0) < (order[named[$1]] ?? 0, $1) }
    guard !common.isEmpty else {
      throw GoldenError.nothingInCommon(
        path: path, found: file.names.filter { !inputNames.contains($0) },
        known: model.graph.outputs.map(\.name) + model.graph.taps.keys.sorted())
    }
    var graph = model.graph
    let outputs = Set(graph.outputs.map(\.name))
    for name in common where !outputs.contains(name) { if let value = named[name] { graph.setTap(name, value) } }
    let results = try Session(graph, settings: settings).run(inputs, outputs: common)
    var values: [Value] = []
    for name in common {
      let expected = try file.tensor(named: name)
      guard let found = results[name] else { continue }
      guard found.shape == expected.shape else {
        throw GoldenError.shape(path: path, value: name, expected: expected.shape, found: found.shape)
      }
      values.append(Value(name, expected: expected, found: found, tolerance: tolerance))
    }
    self.model = model.path
    self.delta = delta
    golden = path
    self.tolerance = tolerance
    self.values = values
    agrees = values.allSatisfy(\.agrees)
    notCompared = file.names.filter { !common.contains($0) && !inputNames.contains($0) }
  }

  /// Throws where a value differs, naming the first.
  public func requireAgreement() throws(GoldenError) {
    if let first = values.first(where: { !$0.agrees }) { throw .differs(path: golden, first) }
  }
}

extension GoldenReport.Value {
  init(_ name: String, expected: Tensor, found: Tensor, tolerance: Double) {
    var (largest, worst, magnitude) = (-1.0, 0, 0.0)
    expected.withView { a in
      found.withView { b in
        for position in 0..<a.shape.elementCount {
          let (x, y) = (a.number(at: position), b.number(at: position))
          let same = x == y || (x.isNaN && y.isNaN)
          let difference = same ? 0 : (x - y).isNaN ? .infinity : abs(x - y)
          if difference > largest { (largest, worst) = (difference, position) }
          if x.isFinite { magnitude = max(magnitude, abs(x)) }
        }
      }
    }
    self.name = name
    shape = expected.shape.extents
    difference = max(largest, 0)
    allowed = tolerance * max(1, magnitude)
    let isEmpty = expected.shape.elementCount == 0
    cosine = GoldenReport.cosine(expected, found)
    index =
      isEmpty ? nil : zip(expected.shape.strides, expected.shape.extents).map { worst / max($0, 1) % max($1, 1) }
    self.expected = isEmpty ? nil : expected.withView { $0.number(at: worst) }
    self.found = isEmpty ? nil : found.withView { $0.number(at: worst) }
  }
}

extension GoldenReport {
  /// The least cosine of an image's elements in the two tensors.
  fileprivate static func cosine(_ a: Tensor, _ b: Tensor) -> Double? {
    let images = a.shape.rank > 1 ? max(a.shape[0], 1) : 1
    let each = a.shape.elementCount / images
    return a.withView { a in
      b.withView { b in
        (0..<images).compactMap { image in
          var (ab, aa, bb) = (0.0, 0.0, 0.0)
          for position in image * each..<(image + 1) * each {
            let (x, y) = (a.number(at: position), b.number(at: position))
            (ab, aa, bb) = (ab + x * y, aa + x * x, bb + y * y)
          }
          let size = aa.squareRoot() * bb.squareRoot()
          return size > 0 && size.isFinite ? ab / size : nil
        }.min()
      }
    }
  }
}

extension Graph {
  /// Every value that can be asked for by name: outputs and taps, the ends of blocks, nodes that have names.
  fileprivate func namedValues() -> [String: ValueID] {
    var named: [String: ValueID] = [:]
    for node in orderedNodes() where !node.name.isEmpty && node.results.count == 1 { named[node.name] = node.result }
    // Of a block's sites the last is its end.
    for site in sites.sorted(by: { $0.slot < $1.slot }) where producer(of: site.value) != nil {
      named[site.block] = site.value
    }
    named.merge(taps) { $1 }
    for output in outputs { named[output.name] = output.value }
    return named
  }

  /// Where in the graph's order each value is made.
  fileprivate func places() -> [ValueID?: Int] {
    var places: [ValueID?: Int] = [:]
    for (index, node) in orderedNodes().enumerated() { for result in node.results { places[result] = index } }
    return places
  }
}

extension GoldenReport {
  public var json: String { jsonText }

  public var text: String {
    var table = TextTable(rightAligned: [2, 3, 4])
    table.add("value", "shape", "difference", "allowed", "cosine")
    for value in values {
      table.add(
        value.name, "\(value.shape)", value.difference.scientific, value.allowed.scientific,
        value.cosine?.formatted(digits: 6) ?? "", value.agrees ? "" : "differs")
    }
    var lines = table.lines(indent: 0)
    let bad = values.filter { !$0.agrees }.count
    lines.append(bad == 0 ? "all \(values.count) values agree" : "\(bad) of \(values.count) values differ")
    if !notCompared.isEmpty { lines.append("not values of the model: \(notCompared.joined(separator: ", "))") }
    return lines.joined(separator: "\n")
  }
}

/// Why a model is not what a golden file states, or cannot be compared with it.
public enum GoldenError: Error, Hashable, Sendable {
  case nothingInCommon(path: String, found: [String], known: [String])
  case shape(path: String, value: String, expected: Shape, found: Shape)
  case differs(path: String, GoldenReport.Value)
}

extension GoldenError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nothingInCommon(let path, let found, let known):
      "\(path): no tensor is a value of the model; the file holds "
        + (found.isEmpty ? "nothing but inputs" : shortened(found, ", ")) + ", the model has "
        + shortened(known, ", ")
    case .shape(let path, let value, let expected, let found):
      "\(path): \(value) has shape \(expected), but the model gives \(found)"
    case .differs(let path, let value):
      "\(value.name) is the first value that differs from \(path): by \(value.difference.scientific) at "
        + "\(value.index ?? []), where \(value.allowed.scientific) is allowed "
        + "(\(value.expected ?? 0) expected, \(value.found ?? 0) found)"
    }
  }
}
