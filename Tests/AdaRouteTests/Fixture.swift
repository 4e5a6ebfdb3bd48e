import Backbones
import Foundation
import Grafting
import Graph
import Safetensors
import Tensors

/// A folder of `fixtures/`: a checkpoint or a graft, with reference outputs.
struct Fixture: CustomStringConvertible, Sendable {
  let name: String
  var description: String { name }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures")

  func path(_ file: String) -> String { Fixture.root.appending(path: name).appending(path: file).path }

  func json(_ file: String) throws -> JSONValue {
    try JSONValue(object: [UInt8](Data(contentsOf: URL(filePath: path(file)))))
  }

  func references() throws -> SafetensorsFile { try SafetensorsFile(path: path("io.safetensors")) }

  func backbone() throws -> Backbone {
    let index = path("model.safetensors.index.json")
    let source = FileManager.default.fileExists(atPath: index) ? index : path("model.safetensors")
    let configuration = FileManager.default.fileExists(atPath: path("config.json")) ? "config.json" : "case.json"
    return try buildBackbone(
      openSafetensors(path: source), configuration: json(configuration), setAside: AdaRouteMethod.ownsTensor)
  }

  /// The fixture's network: for `graft_*` the graft on its base, for `parax_*` the grafted model in one file.
  func network() throws -> Graph {
    if name.hasPrefix("graft_") {
      guard case .string(let base)? = try json("case.json")["base"] else { throw FixtureError() }
      return try grafted(Fixture(name: base).backbone().graph, SafetensorsFile(path: path("graft.safetensors")))
    }
    let graph = try backbone().graph
    return name.hasPrefix("parax_") ? try grafted(graph, SafetensorsFile(path: path("model.safetensors"))) : graph
  }

  /// The network for images of the references' size, where it takes others by resizing positions: as ONNX is written.
  func fixedNetwork() throws -> Graph {
    let graph = try network()
    guard graph.orderedNodes().contains(where: { $0.op is Resize }) else { return graph }
    let shape = try references().tensor(named: "input").shape
    return try graph.fixing(["H": shape[2], "W": shape[3]])
  }

  private func grafted(_ graph: Graph, _ tensors: SafetensorsFile) throws -> Graph {
    let configuration = try AdaRouteConfiguration(readingFrom: tensors)
    return try AdaRouteMethod(configuration).graft(graph, .given(tensors)).graph
  }
}

struct FixtureError: Error {}

/// The largest absolute difference of two tensors; infinite where shapes or types differ or a number is no number.
func difference(_ a: Tensor?, _ b: Tensor) -> Float {
  guard let a, a.shape == b.shape, let x: [Float] = a.scalars(), let y: [Float] = b.scalars() else { return .infinity }
  return zip(x, y).reduce(0) { $1.0.isNaN || $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}

/// The largest absolute value.
func magnitude(_ tensor: Tensor) -> Float {
  let values: [Float] = tensor.scalars() ?? []
  return values.reduce(0) { max($0, abs($1)) }
}
