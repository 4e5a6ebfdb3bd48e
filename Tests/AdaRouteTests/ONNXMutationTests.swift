import Graph
import ONNX
import Runtime
import Safetensors
import Tensors
import Testing

/// Real files with one thing changed: lowered and run, or refused; never a trap.
@Suite struct ONNXMutationTests {
  static let mutations = 150

  @Test(arguments: ["onnx_timm_vit_op12", "onnx_timm_vit_dynamo23", "onnx_hf_vit_op17"].map { Fixture(name: $0) })
  func oneChangeAtATime(_ fixture: Fixture) throws {
    let model = try ONNXModel(path: fixture.path("model.onnx"))
    let input = try fixture.references().tensor(named: "input")
    var outcomes: Set<Bool> = []
    for seed in 0..<Self.mutations {
      var mutation = Mutation(seed: UInt64(seed))
      do {
        let graph = try LoweredModel(mutation.applied(to: model)).graph
        outcomes.insert(true)
        // Extents may have grown beyond what a test should hold in memory.
        let sizes = graph.orderedNodes().map { graph.type(of: $0.result).shape(["N": 2])?.elementCount ?? .max }
        guard sizes.allSatisfy({ $0 < 1 << 20 }) else { continue }
        _ = try Session(graph, threads: 1).run(["input": input])
      } catch is LoweringError {
        outcomes.insert(false)
      } catch is RuntimeError {}
    }
    #expect(outcomes == [true, false])
  }
}

/// A change of one node, drawn from a seed.
private struct Mutation {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  private mutating func below(_ count: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return count > 0 ? Int((state >> 33) % UInt64(count)) : 0
  }

  private mutating func integer() -> Int64 {
    [.min, -(1 << 40), -2, -1, 0, 1, 2, 3, 7, 25, 48, 1 << 31, 1 << 56, .max][below(14)]
  }

  mutating func applied(to model: ONNXModel) -> ONNXModel {
    var model = model
    let index = below(model.graph.nodes.count)
    var node = model.graph.nodes[index]
    let names = model.graph.nodes[..<index].flatMap(\.outputs) + model.graph.initializers.keys.sorted() + ["input"]
    switch below(7) {
    case 0 where !node.inputs.isEmpty: node.inputs[below(node.inputs.count)] = names[below(names.count)]
    case 1: node.op = model.graph.nodes[below(model.graph.nodes.count)].op
    case 2: node.attributes = [:]
    case 3 where !node.inputs.isEmpty: node.inputs.removeLast()
    case 4:
      let integers = model.graph.initializers.filter { $0.value.type == .int64 }.keys.sorted()
      guard !integers.isEmpty else { fallthrough }
      let name = integers[below(integers.count)]
      let shape = model.graph.initializers[name]?.shape ?? []
      model.graph.initializers[name] = Tensor((0..<shape.elementCount).map { _ in integer() }, shape: shape)
    default: node.attributes = node.attributes.mapValues { changed($0) }
    }
    model.graph.nodes[index] = node
    return model
  }

  private mutating func changed(_ attribute: ONNXAttribute) -> ONNXAttribute {
    switch attribute {
    case .int: return .int(integer())
    case .ints(let values): return .ints(values.map { below(2) == 0 ? $0 : integer() })
    case .float: return .float([0, -1, .infinity, .nan, 1e-30][below(5)])
    case .tensor(let tensor) where tensor.type == .int64:
      return .tensor(Tensor((0..<tensor.shape.elementCount).map { _ in integer() }, shape: tensor.shape))
    default: return attribute
    }
  }
}
