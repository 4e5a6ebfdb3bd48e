import Foundation
import Graph
public import Runtime
public import Tensors

/// The outputs of a run, and what a reader wants to see of them.
public struct RunReport: Sendable {
  public struct Class: Codable, Hashable, Sendable {
    public let index: Int
    /// The class's name; nil where the model has none.
    public let label: String?
    public let logit: Float
    public let probability: Float
  }

  public struct Route: Codable, Hashable, Sendable {
    public let module: String
    /// Coefficients of the experts, group by group: down, up, then one group a kernel.
    public let groups: [[Float]]
  }

  public struct Image: Codable, Hashable, Sendable {
    /// The file, or the image's place in the input.
    public let name: String
    public let top: [Class]
    public let routes: [Route]
  }

  public let delta: String?
  public private(set) var images: [Image] = []
  /// Every output, batch by batch.
  private var batches: [String: [Tensor]] = [:]

  private let session: Session
  /// The outputs that every batch is run for.
  public let names: [String]
  private let routing: [String]
  private let labels: [String]
  private let topK: Int

  /// Starts a report; `add` runs a batch. With `routes`, every module's coefficients are outputs as well. Outputs
  /// that no report shows are computed and kept only where `keepsOutputs` asks for them.
  public init(
    _ session: Session, labels: [String], routes: Bool, topK: Int, delta: String? = nil, keepsOutputs: Bool = true
  ) throws(RunError) {
    self.session = session
    self.labels = labels
    self.topK = topK
    self.delta = delta
    routing = routes ? session.graph.taps.keys.filter { $0.hasPrefix("routing.") }.sorted() : []
    if routes, routing.isEmpty { throw .noRoutes }
    let shown = session.graph.classification.map { [$0.name] }
    names = ((keepsOutputs ? nil : shown) ?? session.graph.outputs.map(\.name)) + routing
  }

  /// Runs one batch and appends its outputs; `name` says what the batch's image of a place is called.
  public mutating func add(_ inputs: [String: Tensor], name: (Int) -> String) throws {
    let results = try session.run(inputs, outputs: names)
    let rows = session.graph.classification.flatMap { results[$0.name] }.flatMap { RunReport.rows($0) } ?? []
    let tables = routing.compactMap { name in
      results[name].flatMap { $0.shape.extents.first == rows.count ? $0 : nil }.map {
        (String(name.dropFirst("routing.".count)), $0)
      }
    }
    for (index, row) in rows.enumerated() {
      let routes = tables.map { Route(module: $0.0, groups: RunReport.groups($0.1, index)) }
      images.append(Image(name: name(index), top: top(row), routes: routes))
    }
    for (name, result) in results {
      if let first = batches[name]?.first, first.shape.extents.dropFirst() != result.shape.extents.dropFirst() {
        throw RunError.batchesDiffer(output: name, first: first.shape, next: result.shape)
      }
      batches[name, default: []].append(result)
    }
  }

  /// Every output, its batches one below the other.
  public var outputs: [String: Tensor] { batches.compactMapValues { Tensor(stacking: $0) } }

  private static func rows(_ tensor: Tensor) -> [[Float]]? {
    guard tensor.shape.rank == 2, let values: [Float] = tensor.scalars() else { return nil }
    let c = tensor.shape[1]
    return (0..<tensor.shape[0]).map { Array(values[$0 * c..<($0 + 1) * c]) }
  }

  private static func groups(_ tensor: Tensor, _ image: Int) -> [[Float]] {
    guard tensor.shape.rank == 3, let values: [Float] = tensor.scalars() else { return [] }
    let (g, e) = (tensor.shape[1], tensor.shape[2])
    return (0..<g).map { Array(values[(image * g + $0) * e..<(image * g + $0 + 1) * e]) }
  }

  /// Classes by falling logit; of equal ones the lower index first. What is no number comes last.
  private func top(_ row: [Float]) -> [Class] {
    let largest = row.filter { !$0.isNaN }.max() ?? 0
    let sum = row.reduce(0) { $0 + ($1.isNaN ? 0 : exp(Double($1 - largest))) }
    func key(_ index: Int) -> Float { row[index].isNaN ? -.infinity : row[index] }
    let order = row.indices.sorted { key($0) != key($1) ? key($0) > key($1) : $0 < $1 }
    return order.prefix(topK).map {
      Class(
        index: $0, label: $0 < labels.count ? labels[$0] : nil, logit: row[$0],
        probability: Float(exp(Double(row[$0] - largest)) / sum))
    }
  }
}

extension RunReport {
  struct Output: Codable {
    let type: String
    let shape: [Int]
  }

  struct Document: Codable {
    let delta: String?
    let images: [Image]
    let outputs: [String: Output]
  }

  var document: Document {
    Document(
      delta: delta, images: images,
      outputs: outputs.mapValues { Output(type: $0.type.description, shape: $0.shape.extents) })
  }

  var text: String {
    guard !images.isEmpty else {
      var table = TextTable()
      for (name, tensor) in outputs.sorted(by: { $0.key < $1.key }) {
        table.add(name, tensor.type.description, tensor.shape.description)
      }
      return table.lines(indent: 0).joined(separator: "\n")
    }
    return images.flatMap { [$0.name] + lines(of: $0) }.joined(separator: "\n")
  }

  private func lines(of image: Image) -> [String] {
    var table = TextTable(rightAligned: [0, 1, 2])
    table.add("probability", "logit", "class", labels.isEmpty ? "" : "label")
    for entry in image.top {
      table.add(
        String(format: "%.2f %%", 100 * entry.probability), String(format: "%.4f", entry.logit),
        "\(entry.index)", entry.label ?? "")
    }
    var lines = table.lines()
    guard !image.routes.isEmpty else { return lines }
    var routes = TextTable(rightAligned: [])
    for route in image.routes {
      for (group, values) in route.groups.enumerated() {
        let name = group == 0 ? "down" : group == 1 ? "up" : "kernel \(group - 1)"
        routes.add(
          group == 0 ? route.module : "", name, values.map { String(format: "%.3f", $0) }.joined(separator: " "))
      }
    }
    lines += routes.lines()
    return lines
  }
}
