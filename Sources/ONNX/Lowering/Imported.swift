import Graph
import Tensors

/// What a name of an ONNX file stands for while it is lowered.
enum Imported {
  /// Made by the graph.
  case value(ValueID)
  /// A tensor of the file, or one that was computed from such tensors. Enters the graph when a node reads it.
  case constant(KnownTensor)
  /// Part of a shape computation.
  case integers(IntegerTensor)
  /// Part of one, of open extents.
  case indices(AffineIndices)
}

/// A tensor that is known when the file is converted.
final class KnownTensor {
  let name: String
  let content: Constant.Content
  /// Its value in the graph, once something there reads it.
  var value: ValueID?

  init(name: String, _ content: Constant.Content) {
    self.name = name
    self.content = content
  }

  var type: TensorType { TensorType(content.elementType, content.shape) }

  /// The tensor, where it is small enough to be computed with at conversion.
  var small: Tensor? { content.shape.elementCount <= KnownTensor.smallLimit ? content.tensor() : nil }

  /// Elements up to which constants are computed with at conversion: scalars, scales, short lists; not
  /// weights.
  static let smallLimit = 4096
}
