import Graph
import Tensors

extension Lowering {
  /// LayerNormalization over the last axis. https://onnx.ai/onnx/operators/onnx__LayerNormalization.html
  static let layerNormalization = Lowering("LayerNormalization", since: 17) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let type = node.type(x)
    let axis = try node.axis(node.int("axis", default: -1), rank: type.rank)
    guard axis == type.rank - 1 else {
      throw .attribute(
        node.reference, name: "axis", expected: "the last axis, \(type.rank - 1)", found: "\(axis)")
    }
    try node.require("stash_type", 1, default: 1)
    let epsilon = Double(writtenAs: try node.float("epsilon") ?? 1e-5)
    let gamma = try node.operand(1)
    let beta: Imported
    if let given = node.optional(2) {
      beta = given
    } else {
      guard let shape = node.type(gamma).shape else {
        throw .operand(node.reference, index: 1, expected: "a known shape", found: "\(node.type(gamma))")
      }
      let zeros = Tensor(type: node.type(gamma).element, shape: shape) {
        $0.initializeMemory(as: UInt8.self, repeating: 0)
      }
      beta = .constant(KnownTensor(name: "\(node.name).zeros", .stored(zeros)))
    }
    return [try node.apply(LayerNorm(epsilon: epsilon), x, gamma, beta)]
  }
}
