import Graph
import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Planner {
  /// Functions of one number: by kernels where there are some.
  func makeUnary(_ node: Node) -> Bool {
    guard let op = node.op as? Unary, graph.type(of: node.result).element == .float32 else { return false }
    if let made = makeAfterConvolution(node) { return made }
    let kernel: KernelSet.Unary? =
      switch op.function {
      case .erf: kernels.erf
      case .exp: kernels.exp
      case .relu: kernels.relu
      case .sigmoid: kernels.sigmoid
      case .sqrt: kernels.sqrt
      case .tanh: kernels.tanh
      default: nil
      }
    if let kernel {
      return emitElements(op.function.rawValue, node.operands[0], node.result) { kernel($0, $1, $2) }
    }
    guard let function = singleFunction(op.function) else { return false }
    return emitElements(op.function.rawValue, node.operands[0], node.result) { y, x, count in
      for i in 0..<count { y[i] = function(x[i]) }
    }
  }
}

private func singleFunction(_ function: Unary.Function) -> (@Sendable (Float) -> Float)? {
  switch function {
  case .log: { logf($0) }
  case .sin: { sinf($0) }
  case .cos: { cosf($0) }
  case .tan: { tanf($0) }
  case .asin: { asinf($0) }
  case .acos: { acosf($0) }
  case .atan: { atanf($0) }
  case .sinh: { sinhf($0) }
  case .cosh: { coshf($0) }
  case .asinh: { asinhf($0) }
  case .acosh: { acoshf($0) }
  case .atanh: { atanhf($0) }
  case .floor: { $0.rounded(.down) }
  case .ceil: { $0.rounded(.up) }
  case .round: { $0.rounded(.toNearestOrEven) }
  case .reciprocal: { 1 / $0 }
  case .abs: { abs($0) }
  case .negate: { -$0 }
  case .sign: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
  default: nil
  }
}
