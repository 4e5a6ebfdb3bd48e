public import Graph
import Safetensors
public import Tensors

/// A safetensors file with the tensors to run a model on.
public struct InputFile: Sendable {
  private let file: SafetensorsFile

  public init(path: String) throws { file = try SafetensorsFile(path: path) }

  /// The graph's inputs: tensors of their names, or, for a graph with one input, `input`, `pixel_values`, or the
  /// file's only tensor of the right rank. Other floating-point types are converted to float32.
  public func inputs(for graph: Graph) throws -> [String: Tensor] {
    var inputs: [String: Tensor] = [:]
    for port in graph.inputs {
      let tensor = try file.tensor(named: name(of: port, in: graph))
      let type = graph.type(of: port.value)
      inputs[port.name] = tensor.type.isFloatingPoint ? tensor.converted(to: type.element) : tensor
    }
    return inputs
  }

  /// The tensors of the file that are the graph's inputs.
  func names(for graph: Graph) throws -> Set<String> { Set(try graph.inputs.map { try name(of: $0, in: graph) }) }

  private func name(of port: Graph.Port, in graph: Graph) throws(RunError) -> String {
    let type = graph.type(of: port.value)
    var candidates = [port.name]
    if graph.inputs.count == 1 {
      candidates += ["input", "pixel_values"]
      let fitting = file.entries.filter { $0.shape.rank == type.rank }
      if fitting.count == 1 { candidates.append(fitting[0].name) }
    }
    guard let name = candidates.first(where: { file.contains($0) }) else {
      throw .noInput(path: file.path, wanted: port.name, type: type, found: file.names)
    }
    return name
  }
}
