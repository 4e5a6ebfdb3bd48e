public import Tensors

/// A named tensor that the graph carries: a weight, a table, an index list.
///
/// What an importer derives from a stored tensor (a transposed weight) is kept as a recipe and computed when it is
/// asked for, so that a graph never holds a second copy of the weights.
public struct Constant: Sendable {
  public indirect enum Content: Sendable {
    case stored(Tensor)
    /// Axis i of the result is axis `permutation[i]` of the source.
    case transposed(Content, permutation: [Int])
    case reshaped(Content, Shape)
    case converted(Content, ElementType)
  }

  public let name: String
  public let content: Content

  public init(name: String, _ content: Content) {
    self.name = name
    self.content = content
  }

  public init(name: String, _ tensor: Tensor) { self.init(name: name, .stored(tensor)) }

  public var type: TensorType { TensorType(content.elementType, content.shape) }
  public var shape: Shape { content.shape }

  /// The tensor: the stored one itself, or a new one made by the recipe.
  public func tensor() -> Tensor { content.tensor() }
}

extension Constant.Content {
  public var elementType: ElementType {
    switch self {
    case .stored(let tensor): tensor.type
    case .transposed(let source, _), .reshaped(let source, _): source.elementType
    case .converted(_, let type): type
    }
  }

  public var shape: Shape {
    switch self {
    case .stored(let tensor): tensor.shape
    case .transposed(let source, let permutation): Shape(permutation.map { source.shape[$0] })
    case .reshaped(_, let shape): shape
    case .converted(let source, _): source.shape
    }
  }

  public func tensor() -> Tensor {
    switch self {
    case .stored(let tensor): tensor
    case .transposed(let source, let permutation): source.tensor().transposed(permutation)
    case .reshaped(let source, let shape):
      // The content's invariant is that the element counts agree.
      source.tensor().reshaped(shape) ?? source.tensor()
    case .converted(let source, let type): source.tensor().converted(to: type)
    }
  }

  /// The tensor that the recipe starts from.
  public var source: Tensor {
    switch self {
    case .stored(let tensor): tensor
    case .transposed(let content, _), .reshaped(let content, _), .converted(let content, _): content.source
    }
  }

  /// The content with its axes permuted; a permutation of a permutation is one permutation.
  public func transposed(_ permutation: [Int]) -> Constant.Content {
    if case .transposed(let source, let inner) = self {
      let combined = permutation.map { inner[$0] }
      return combined == Array(combined.indices) ? source : .transposed(source, permutation: combined)
    }
    return permutation == Array(permutation.indices) ? self : .transposed(self, permutation: permutation)
  }
}
