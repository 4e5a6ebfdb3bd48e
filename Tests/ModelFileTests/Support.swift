import Foundation
import Graph
import ModelFile
import Safetensors
import Tensors

/// A folder that is removed with this object.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// What `body` throws, in words, the folder's path left out.
  func failure(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)".replacing("\(path)/", with: "")
    }
  }
}

func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

let provenance = Provenance(
  sourceName: "tiny.safetensors", sourceFormat: "safetensors", producer: "by hand", version: "0.1",
  configuration: #"{"half":false}"#)

/// tokens [N, 5, 3] → linear → transpose and back → relu → y; every kind of attribute occurs.
func sampleGraph() throws -> Graph {
  var graph = Graph()
  let batch = Dimension.symbol("N")
  let x = graph.addInput("x", TensorType(.float32, [batch, 5, 3]))
  let weight = graph.addConstant(
    Constant(name: "head.weight", .transposed(.stored(floats([3, 3])), permutation: [1, 0])))
  let gamma = graph.addConstant(Constant(name: "norm.weight", floats([3])))
  let beta = graph.addConstant(Constant(name: "norm.bias", floats([3])))
  // Declared after the message by name and by order: a byte-wide tensor whose size is no multiple of 64.
  _ = graph.addConstant(Constant(name: "zz.table", Tensor([1, 2, 3] as [UInt8], shape: [3])))
  let normed = try graph.add(LayerNorm(epsilon: 1e-6), x, gamma, beta, name: "norm")
  let linear = try graph.add(Linear(), normed, weight, name: "head")
  let turned = try graph.add(Transpose([0, 2, 1]), linear)
  let flat = try graph.add(Reshape([batch, 15]), turned)
  let cut = try graph.add(Slice(axis: 1, start: 1, count: 14), flat)
  graph.addOutput("y", try graph.add(Unary(.relu), cut))
  graph.setTap("normed", normed)
  let grid = Dimension.symbol("H").floorDivided(by: 16)
  graph.addSite(Site(block: "blocks.0", layout: .tokens(prefix: 1, height: grid, width: 2), value: normed))
  graph.addSite(
    Site(block: "blocks.1", slot: 2, stage: 3, layout: .tokens(prefix: 1, height: 2, width: 2), value: linear))
  return graph
}

func sampleModel() throws -> ConvertedModel {
  ConvertedModel(
    graph: try sampleGraph(), preprocessing: #"{"size":32}"#, labels: ["cat", "chien", "猫"],
    provenance: provenance,
    graft: GraftRecipe(
      method: "sample", configuration: "{}", tensors: ["norm.weight", "norm.bias"],
      baseStructure: Digest(of: floats([1])),
      replaced: [
        TensorFingerprint(name: "stem.weight", floats([2, 3])), TensorFingerprint(name: "stem.bias", floats([2])),
      ]),
    imageSize: (60_000, 40_000))
}

/// Values that count up in quarters.
func floats(_ shape: Shape) -> Tensor {
  Tensor((0..<shape.elementCount).map { Float($0) / 4 }, shape: shape)
}
