import Graph
import Tensors

extension Lowering {
  /// Constant in the forms that hold numbers. https://onnx.ai/onnx/operators/onnx__Constant.html
  static let constant = Lowering("Constant", since: 1) { (node) throws(LoweringError) in
    if let tensor = try node.tensor("value") { return [node.constant(tensor)] }
    if let number = try node.float("value_float") { return [node.constant(Tensor([number], shape: []))] }
    if let numbers = try node.floats("value_floats") {
      return [node.constant(Tensor(numbers, shape: Shape([numbers.count])))]
    }
    if let number = try node.int("value_int") {
      return [.integers(IntegerTensor(extents: [], [Dimension(number)]))]
    }
    if let numbers = try node.ints("value_ints") {
      return [node.constant(Tensor(numbers.map { Int64($0) }, shape: Shape([numbers.count])))]
    }
    throw .attribute(
      node.reference, name: "value", expected: "a tensor",
      found: node.node.attributes.keys.sorted().first ?? "none")
  }

  /// ConstantOfShape. https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html
  static let constantOfShape = Lowering("ConstantOfShape", since: 9) { (node) throws(LoweringError) in
    let target = try node.knownIntegers(0)
    let value = try node.tensor("value") ?? Tensor([0] as [Float], shape: [1])
    guard value.shape.elementCount == 1, let scalar = value.reshaped([]) else {
      throw .attribute(
        node.reference, name: "value", expected: "one element", found: "\(value.type) \(value.shape)")
    }
    guard let integers = IntegerTensor(scalar), !scalar.type.isFloatingPoint else {
      try node.importer.check(target.elements, node.reference)
      let number = node.constant(scalar.withView { $0.number(at: 0) }, scalar.type, "value")
      return [target.elements.isEmpty ? number : try node.apply(Broadcast(target.elements), number)]
    }
    guard let extents = target.constants, let result = integers.broadcast(to: extents) else {
      throw .operand(
        node.reference, index: 0, expected: "at most \(IntegerTensor.limit) elements",
        found: "a shape of \(target)")
    }
    return [.integers(result)]
  }
}
