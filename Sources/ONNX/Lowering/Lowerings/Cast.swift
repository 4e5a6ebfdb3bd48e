import Graph
import Tensors

extension Lowering {
  /// Cast between floating-point types, within shape computations, and from one to the other.
  /// https://onnx.ai/onnx/operators/onnx__Cast.html
  static let cast = Lowering("Cast", since: 6) { (node) throws(LoweringError) in
    let operand = try node.operand(0)
    node.ignore("saturate")  // concerns float8 alone, which is refused below
    guard let code = try node.int("to"), let target = element(code) else {
      throw .attribute(
        node.reference, name: "to", expected: "a type that can be computed with",
        found: node.node.attributes["to"]?.summary ?? "none")
    }
    if let integers = node.importer.integers(operand) {
      if !target.isFloatingPoint { return [.integers(try node.cast(integers, to: target))] }
      guard let constants = integers.constants else { throw node.undecided("the number \(integers)") }
      let shape = Shape(integers.extents)
      return [
        node.constant(
          Tensor(type: target, shape: shape) { bytes in
            let view = MutableTensorView(type: target, shape: shape, bytes: bytes)
            for (position, number) in constants.enumerated() { view.store(Double(number), at: position) }
          })
      ]
    }
    if case .constant(let known) = operand, !target.isFloatingPoint, let tensor = known.small,
      let integers = IntegerTensor(tensor.converted(to: target))
    {
      return [.integers(integers)]
    }
    if node.type(operand).element == target { return [operand] }
    return [try node.apply(Convert(to: target), operand)]
  }

  /// The element type that a code of TensorProto.DataType stands for.
  private static func element(_ code: Int) -> ElementType? {
    [
      1: .float32, 2: .uint8, 3: .int8, 5: .int16, 6: .int32, 7: .int64, 9: .bool, 10: .float16, 11: .float64,
      16: .bfloat16,
    ][code]
  }
}

extension NodeReader {
  /// Integers in another type; numbers that it cannot hold are refused rather than wrapped.
  fileprivate func cast(_ integers: IntegerTensor, to target: ElementType) throws(LoweringError)
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
        let range: ClosedRange<Int> =
          switch target {
          case .int8: -128...127
          case .uint8: 0...255
          case .int16: -32768...32767
          case .int32: Int(Int32.min)...Int(Int32.max)
          default: Int.min...Int.max
          }
        guard range.contains(constant) else {
          throw .operand(reference, index: 0, expected: "integers that \(target) holds", found: "\(constant)")
        }
      }
      elements.append(element)
    }
    return IntegerTensor(target, extents: integers.extents, elements)
  }
}
