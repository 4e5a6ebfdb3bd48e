import Foundation
import Graph
public import Runtime
import Safetensors
public import Tensors

/// The outputs of a run, and what a reader wants to see of them.
public struct RunReport: Sendable {
  public struct Class: Codable, Hashable, Sendable {
    public let index: Int
    public let logit: Float
    public let probability: Float
  }

  public struct Route: Codable, Hashable, Sendable {
    public let module: String
    /// Coefficients, group by group.
    public let groups: [[Float]]
  }

  public struct Image: Codable, Hashable, Sendable {
    public let top: [Class]
    public let routes: [Route]
  }

  public let outputs: [String: Tensor]
  public let images: [Image]

  public init(_ session: Session, _ inputs: [String: Tensor], routes: Bool, topK: Int) throws {
    let own = session.graph.outputs.map(\.name)
    let routing = routes ? session.graph.taps.keys.filter { $0.hasPrefix("routing.") }.sorted() : []
    let outputs = try session.run(inputs, outputs: own + routing)
    self.outputs = outputs
    let logits = outputs["logits"]
    let rows = logits.flatMap { RunReport.rows($0) } ?? []
    let tables = routing.compactMap { name in outputs[name].map { (String(name.dropFirst(8)), $0) } }
    images = rows.enumerated().map { index, row in
      Image(top: RunReport.top(row, topK), routes: tables.map { Route(module: $0.0, groups: RunReport.groups($0.1, index)) })
    }
  }

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

  /// Classes by falling logit; of equal ones the lower index first.
  private static func top(_ row: [Float], _ count: Int) -> [Class] {
    let largest = row.max() ?? 0
    let sum = row.reduce(0) { $0 + exp(Double($1 - largest)) }
    let order = row.indices.sorted { row[$0] != row[$1] ? row[$0] > row[$1] : $0 < $1 }
    return order.prefix(count).map {
      Class(index: $0, logit: row[$0], probability: Float(exp(Double(row[$0] - largest)) / sum))
    }
  }

  public func write(to path: String) throws {
    let names = outputs.keys.sorted()
    let declarations = names.compactMap { name in
      outputs[name].map { SafetensorsWriter.Declaration(name: name, type: SafetensorsType($0.type), shape: $0.shape) }
    }
    let writer = try SafetensorsWriter(path: path, tensors: declarations)
    for declaration in writer.order { if let tensor = outputs[declaration.name] { try writer.append(tensor) } }
    try writer.commit()
  }

  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return (try? encoder.encode(["images": images])).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  public var text: String {
    var lines: [String] = []
    for (index, image) in images.enumerated() {
      lines.append("image \(index)")
      for entry in image.top {
        lines.append(String(format: "  class %6d  logit %9.4f  probability %.4f", entry.index, entry.logit, entry.probability))
      }
      for route in image.routes {
        lines.append("  \(route.module)")
        for (group, values) in route.groups.enumerated() {
          lines.append("    group \(group)  " + values.map { String(format: "%.3f", $0) }.joined(separator: " "))
        }
      }
    }
    if images.isEmpty {
      lines = outputs.sorted { $0.key < $1.key }.map { "\($0.key)  \($0.value.type) \($0.value.shape)" }
    }
    return lines.joined(separator: "\n")
  }
}
