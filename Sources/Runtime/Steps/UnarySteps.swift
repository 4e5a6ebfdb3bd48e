import Graph
import Kernels
import Tensors

extension Planner {
  /// Functions of one number that have kernels.
  func makeUnary(_ node: Node) -> Bool {
    guard let op = node.op as? Unary, graph.type(of: node.result).element == .float32 else { return false }
    let kernel =
      switch op.function {
      case .erf: kernels.erf
      case .exp: kernels.exp
      case .relu: kernels.relu
      case .sigmoid: kernels.sigmoid
      case .sqrt: kernels.sqrt
      case .tanh: kernels.tanh
      }
    return emitElements(op.function.rawValue, node.operands[0], node.result) { kernel($0, $1, $2) }
  }
}
