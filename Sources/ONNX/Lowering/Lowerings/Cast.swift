import Graph
import Tensors

extension Lowering {
  /// Cast between types, of values and within shape computations.
  /// https://onnx.ai/onnx/operators/onnx__Cast.html
  static let cast = Lowering("Cast", since: 6) { (node) throws(LoweringError) in
    guard let code = try node.int("to"),
      let target = Int32(exactly: code).flatMap({ ElementKind(rawValue: $0)?.elementType })
    else {
      throw .attribute(
        node.reference, name: "to", expected: "a type that can be computed with",
        found: node.node.attributes["to"]?.summary ?? "none")
    }
    return [try node.cast(to: target)]
  }

  /// Cast to the type of another operand. https://onnx.ai/onnx/operators/onnx__CastLike.html
  static let castLike = Lowering("CastLike", since: 15) { (node) throws(LoweringError) in
    [try node.cast(to: node.type(node.operand(1)).element)]
  }
}

extension NodeReader {
  fileprivate func cast(to target: ElementType) throws(LoweringError) -> Imported {
    let operand = try operand(0)
    ignore("saturate", "round_mode")  // concern float8 alone, which is refused
    if let integers = importer.integers(operand) {
      if !target.isFloatingPoint { return .integers(try cast(integers, to: target)) }
      guard let constants = integers.constants else { throw undecided("the number \(integers)") }
      let shape = Shape(integers.extents)
      return constant(
        Tensor(type: target, shape: shape) { bytes in
          let view = MutableTensorView(type: target, shape: shape, bytes: bytes)
          for (position, number) in constants.enumerated() { view.store(Double(number), at: position) }
        })
    }
    if case .constant(let known) = operand, !target.isFloatingPoint, let tensor = known.small,
      let integers = IntegerTensor(tensor.converted(to: target))
    {
      return .integers(integers)
    }
    if type(operand).element == target { return operand }
    return try apply(Convert(to: target), operand)
  }

  /// Integers in another type; numbers that it cannot hold are refused rather than wrapped.
  private func cast(_ integers: IntegerTensor, to target: ElementType) throws(LoweringError)
    -> IntegerTensor
  {
    var elements: [Dimension] = []
    for element in integers.elements {
      if target == .bool {
        guard element == 0 || element.isKnownPositive || (Dimension(0) - element).isKnownPositive else {
          throw undecided("whether \(element) is zero")
        }
        elements.append(element == 0 ? 0 : 1)
        continue
      }
      if let constant = element.constant {
        guard target.holds(constant) else {
          throw .operand(reference, index: 0, expected: "integers that \(target) holds", found: "\(constant)")
        }
      }
      elements.append(element)
    }
    return IntegerTensor(target, extents: integers.extents, elements)
  }
}

extension ElementType {
  /// Whether an integer is one of this type.
  fileprivate func holds(_ number: Int) -> Bool {
    func open<Scalar: FixedWidthInteger & TensorScalar>(_: Scalar.Type) -> Bool { Scalar(exactly: number) != nil }
    return integerScalar.map { open($0) } ?? true
  }
}
