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
  /// The element type in files: narrower than the graph's where half-precision numbers are read widened.
  public let storedType: ElementType

  public init(name: String, _ content: Content) {
    var storedType = content.elementType
    if case .converted(let source, .float32) = content, source.elementType.isHalfPrecision {
      storedType = source.elementType
    }
    self.init(name: name, content, storedType: storedType)
  }

  private init(name: String, _ content: Content, storedType: ElementType) {
    self.name = name
    self.content = content
    self.storedType = storedType
  }

  public init(name: String, _ tensor: Tensor) { self.init(name: name, .stored(tensor)) }

  public var type: TensorType { TensorType(content.elementType, content.shape) }
  public var shape: Shape { content.shape }

  /// The tensor: the stored one itself, or a new one made by the recipe.
  public func tensor() -> Tensor { content.tensor() }

  /// The content as files hold it.
  public var storedContent: Content {
    guard storedType != content.elementType else { return content }
    if case .converted(let source, _) = content, source.elementType == storedType { return source }
    return .converted(content, storedType)
  }

  func renamed(_ name: String) -> Constant { Constant(name: name, content, storedType: storedType) }

  /// The same constant as files are to hold it: float32 numbers rounded to half precision, or kept wide.
  ///
  /// Vectors stay as they are: they take little room, and norms and biases need their digits.
  public func stored(as type: ElementType) -> Constant {
    guard self.type.element == .float32, shape.rank > 1, type != storedType else { return self }
    if type == .float32 { return Constant(name: name, content, storedType: type) }
    guard type.isHalfPrecision else { return self }
    return Constant(name: name, .converted(.converted(content, type), .float32), storedType: type)
  }
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

  /// Whether ``tensor()`` copies nothing.
  public var isView: Bool {
    switch self {
    case .stored: true
    case .reshaped(let source, _): source.isView
    case .transposed, .converted: false
    }
  }

  /// How many steps the recipe has.
  public var depth: Int {
    switch self {
    case .stored: 0
    case .transposed(let source, _), .reshaped(let source, _), .converted(let source, _): source.depth + 1
    }
  }

  /// The stored tensor at the bottom of the recipe.
  public var source: Tensor {
    switch self {
    case .stored(let tensor): tensor
    case .transposed(let source, _), .reshaped(let source, _), .converted(let source, _): source.source
    }
  }

  /// Whether this is the same recipe on the same bytes.
  public func isSame(as other: Constant.Content) -> Bool { identity == other.identity }

  /// Equal for the same recipe on the same bytes, for as long as those are kept.
  public var identity: Identity {
    switch self {
    case .stored(let tensor):
      Identity(storage: ObjectIdentifier(tensor.storage), offset: tensor.offset, type: tensor.type, shape: tensor.shape)
    case .transposed(let source, let permutation): source.identity.after(.transposed(permutation))
    case .reshaped(let source, let shape): source.identity.after(.reshaped(shape))
    case .converted(let source, let type): source.identity.after(.converted(type))
    }
  }

  /// Which bytes a content is made of, and how.
  public struct Identity: Hashable, Sendable {
    fileprivate enum Step: Hashable {
      case transposed([Int])
      case reshaped(Shape)
      case converted(ElementType)
    }

    public let storage: ObjectIdentifier
    fileprivate let offset: Int
    fileprivate let type: ElementType
    fileprivate let shape: Shape
    fileprivate var steps: [Step] = []

    fileprivate func after(_ step: Step) -> Identity {
      var longer = self
      longer.steps.append(step)
      return longer
    }
  }

  /// The content under another shape of equal element count; only the last of several reshapes matters.
  public func reshaped(_ shape: Shape) -> Constant.Content {
    guard case .reshaped(let source, _) = self else { return shape == self.shape ? self : .reshaped(self, shape) }
    return source.reshaped(shape)
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
