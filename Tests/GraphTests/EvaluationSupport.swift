import Graph
import Tensors
import Testing

/// What an operator's own evaluation makes of tensors.
func evaluate(_ op: any Operator, _ operands: Tensor...) throws -> Tensor {
  let type = try #require(op.resultTypes(operands.map { TensorType($0.type, $0.shape) }).first)
  let shape = try #require(type.shape)
  return Tensor(type: type.element, shape: shape) { bytes in
    let views = operands.map { operand in
      TensorView(
        type: operand.type, shape: operand.shape,
        bytes: UnsafeRawBufferPointer(
          rebasing: operand.storage.bytes[operand.offset..<operand.offset + operand.byteCount]))
    }
    withExtendedLifetime(operands) {
      op.evaluate(views, into: [MutableTensorView(type: type.element, shape: shape, bytes: bytes)])
    }
  }
}

/// A vector.
func vector<Scalar: TensorScalar>(_ values: Scalar...) -> Tensor { Tensor(values, shape: [values.count]) }

func truths(_ values: Bool...) -> Tensor {
  Tensor(type: .bool, shape: Shape([values.count])) { bytes in
    for (place, value) in values.enumerated() { bytes[place] = value ? 1 : 0 }
  }
}

extension Tensor {
  /// The elements as integers; of truth values 0 and 1.
  var integers: [Int] { withView { view in (0..<shape.elementCount).map { view.integer(at: $0) } } }
  var numbers: [Double] { withView { view in (0..<shape.elementCount).map { view.number(at: $0) } } }
}

/// Why an operator refuses operands of these types.
func refusal(_ op: any Operator, _ types: TensorType...) -> String {
  do {
    return "accepted: \(try op.resultTypes(types))"
  } catch {
    return "\(error)"
  }
}
