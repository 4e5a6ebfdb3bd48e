import Graph
import Tensors

extension Writing {
  static let binary = Writing(Binary.self) { (op, node) throws(ExportError) in
    let isTruth = node.type(0).element == .bool
    let name =
      switch op.function {
      case .add: "Add"
      case .subtract: "Sub"
      case .multiply: "Mul"
      case .divide: "Div"
      case .power: "Pow"
      case .modulo, .remainder: "Mod"
      case .maximum: "Max"
      case .minimum: "Min"
      case .and: isTruth ? "And" : "BitwiseAnd"
      case .or: isTruth ? "Or" : "BitwiseOr"
      case .xor: isTruth ? "Xor" : "BitwiseXor"
      case .shiftLeft, .shiftRight: "BitShift"
      case .equal: "Equal"
      case .less: "Less"
      case .lessOrEqual: "LessOrEqual"
      }
    var attributes: [String: ONNXAttribute] = [:]
    switch op.function {
    case .shiftLeft: attributes["direction"] = .string("LEFT")
    case .shiftRight: attributes["direction"] = .string("RIGHT")
    case .remainder: attributes["fmod"] = .int(1)
    case .modulo where node.type(0).element.isFloatingPoint:
      throw .setting(node: node.label, expected: "integers", found: "\(node.type(0).element)")
    default: break
    }
    return node.emit(name, try node.operands(), attributes)
  }

  static let unary = Writing(Unary.self) { (op, node) throws(ExportError) in
    let name =
      switch op.function {
      case .erf: "Erf"
      case .exp: "Exp"
      case .relu: "Relu"
      case .sigmoid: "Sigmoid"
      case .sqrt: "Sqrt"
      case .tanh: "Tanh"
      case .log: "Log"
      case .sin: "Sin"
      case .cos: "Cos"
      case .tan: "Tan"
      case .asin: "Asin"
      case .acos: "Acos"
      case .atan: "Atan"
      case .sinh: "Sinh"
      case .cosh: "Cosh"
      case .asinh: "Asinh"
      case .acosh: "Acosh"
      case .atanh: "Atanh"
      case .floor: "Floor"
      case .ceil: "Ceil"
      case .round: "Round"
      case .reciprocal: "Reciprocal"
      case .abs: "Abs"
      case .negate: "Neg"
      case .sign: "Sign"
      case .not: node.type(0).element == .bool ? "Not" : "BitwiseNot"
      }
    return node.emit(name, try node.operands())
  }

  static let gelu = Writing(GELU.self) { (op, node) throws(ExportError) in node.gelu(try node.operand(0), op.form) }

  static let softmax = Writing(Softmax.self) { (_, node) throws(ExportError) in
    node.emit("Softmax", try node.operands(), ["axis": .int(-1)])
  }

  static let convert = Writing(Convert.self) { (op, node) throws(ExportError) in
    guard let kind = ElementKind(op.element) else {
      throw .elementType(value: node.label, found: op.element)
    }
    return node.emit("Cast", try node.operands(), ["to": .int(Int64(kind.rawValue))])
  }
}

extension NodeWriter {
  /// In the form that exporters write and optimisers know; from operator set 20 on there is an operator.
  func gelu(_ x: String, _ form: GELU.Form) -> String {
    switch form {
    case .exact where opset >= 20: return emit("Gelu", [x])
    case .tanh where opset >= 20: return emit("Gelu", [x], ["approximate": .string("tanh")])
    case .exact:
      let gate = emit("Add", [emit("Erf", [emit("Div", [x, number(2.0.squareRoot())])]), number(1)])
      return emit("Mul", [emit("Mul", [x, gate]), number(0.5)])
    case .tanh:
      let cube = emit("Mul", [emit("Mul", [emit("Mul", [x, x]), x]), number(0.044715)])
      let inner = emit("Mul", [emit("Add", [x, cube]), number((2 / Double.pi).squareRoot())])
      let gate = emit("Add", [emit("Tanh", [inner]), number(1)])
      return emit("Mul", [emit("Mul", [x, number(0.5)]), gate])
    case .quick: return emit("Mul", [x, emit("Sigmoid", [emit("Mul", [x, number(1.702)])])])
    }
  }
}

extension ElementKind {
  init?(_ type: ElementType) {
    let kinds: [ElementKind] = [
      .float, .double, .float16, .bfloat16, .int64, .int32, .int16, .int8, .uint8, .bool, .uint64, .uint32,
      .uint16,
    ]
    guard let kind = kinds.first(where: { $0.elementType == type }) else { return nil }
    self = kind
  }
}
