import Foundation
import Safetensors
import Tensors

/// What one run of the tool reports: of one model, or of a base with each of several deltas.
public struct RunReports: Sendable {
  private var runs: [RunReport] = []

  public init() {}

  public mutating func add(_ run: RunReport) { runs.append(run) }

  /// One run's own document; of several, a list of them under `runs`.
  public var json: String {
    runs.count == 1 ? runs[0].document.jsonText : ["runs": runs.map(\.document)].jsonText
  }

  public var text: String {
    guard runs.count > 1 else { return runs.map(\.text).joined() }
    return runs.map { "\($0.delta ?? ""):\n" + $0.text }.joined(separator: "\n\n")
  }

  /// Writes every output under its name; of several runs, under `NAME/` and its name, as ``outputNames`` has it. Throws
  /// where that would replace one of the files that were read.
  public func write(to path: String, reading inputs: [String] = []) throws {
    try refuseOverwriting(path, inputs)
    let prefixes = runs.count == 1 ? [""] : try RunReports.outputNames(runs.map { $0.delta ?? "" }).map { $0 + "/" }
    var outputs: [String: Tensor] = [:]
    for (prefix, run) in zip(prefixes, runs) {
      for (name, tensor) in run.outputs { outputs[prefix + name] = tensor }
    }
    let declarations = outputs.map { name, tensor in
      SafetensorsWriter.Declaration(name: name, type: SafetensorsType(tensor.type), shape: tensor.shape)
    }
    let writer = try SafetensorsWriter(path: path, tensors: declarations)
    for declaration in writer.order { if let tensor = outputs[declaration.name] { try writer.append(tensor) } }
    try writer.commit()
  }

  /// What deltas are called in an output file: their files' names without `.ardelta`. Throws where two are the same.
  @discardableResult
  public static func outputNames(_ deltas: [String]) throws(RunError) -> [String] {
    var names: [String] = []
    for delta in deltas {
      let name = URL(filePath: delta).lastPathComponent.replacing(#/\.ardelta$/#, with: "")
      if let other = names.firstIndex(of: name) { throw .sameName(name, deltas[other], delta) }
      names.append(name)
    }
    return names
  }
}
