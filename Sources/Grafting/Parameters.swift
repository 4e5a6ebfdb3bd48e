import Graph
public import Tensors

/// Where a graft's tensors come from.
public enum ParameterSource: Sendable {
  /// Trained elsewhere, under the authors' names.
  case given(any TensorCollection)
  /// Fresh, the same for the same seed.
  case fresh(Initialization, seed: UInt64)
}

public enum Initialization: String, CaseIterable, Sendable {
  /// The grafted network answers as its base does, until it is trained.
  case identity
  /// The authors' initial values.
  case paper
}

/// What a fresh parameter starts from.
enum Start: Sendable {
  case constant(Float)
  case truncatedNormal(deviation: Double)
  /// Uniform within 1/√fanIn of zero: Kaiming's bound for a = √5.
  case kaimingUniform(fanIn: Int)
}

/// Hands a graft its tensors and remembers which it took.
struct ParameterPool {
  /// Elements of one fresh tensor, a gibibyte of float32: far more than a module that is small takes.
  private static let freshLimit = 1 << 28

  private let source: ParameterSource
  private(set) var names: Set<String> = []

  init(_ source: ParameterSource) { self.source = source }

  func has(_ name: String) -> Bool {
    if case .given(let tensors) = source { tensors.contains(name) } else { true }
  }

  var initialization: Initialization? {
    if case .fresh(let initialization, _) = source { initialization } else { nil }
  }

  /// A parameter of this shape as a constant of the patched graph; the same constant where it is asked for again.
  mutating func constant(
    _ name: String, _ extents: [Int], _ start: Start, in patch: inout Patch
  ) throws(GraftError) -> ValueID {
    // Centers are asked for by every module of a stage, and decoded or drawn once.
    if names.contains(name), let known = patch.constant(named: name), known.shape == Shape(extents) {
      return patch.addConstant(known)
    }
    names.insert(name)
    return patch.addConstant(Constant(name: name, try content(name, Shape(extents), start)))
  }

  private func content(_ name: String, _ shape: Shape, _ start: Start) throws(GraftError) -> Constant.Content {
    switch source {
    case .fresh(_, let seed):
      guard shape.elementCount <= ParameterPool.freshLimit else {
        throw .setting(
          name: name, expected: "at most \(ParameterPool.freshLimit) elements", found: "\(shape)")
      }
      return .stored(start.tensor(shape, seed: seed, name: name))
    case .given(let tensors):
      guard tensors.contains(name) else { throw .missingTensor(name: name) }
      let tensor: Tensor
      do {
        tensor = try tensors.tensor(named: name)
      } catch {
        throw .unreadable(tensor: name, reason: "\(error)")
      }
      guard tensor.shape == shape else { throw .shape(tensor: name, expected: shape, found: tensor.shape) }
      guard tensor.type.isFloatingPoint else { throw .elementType(tensor: name, found: tensor.type) }
      return tensor.type == .float32 ? .stored(tensor) : .converted(.stored(tensor), .float32)
    }
  }
}

extension Start {
  /// The values depend on seed and name alone, not on what was drawn before.
  func tensor(_ shape: Shape, seed: UInt64, name: String) -> Tensor {
    var random = SplitMix64(seed: seed, name: name)
    let values = (0..<shape.elementCount).map { _ in
      switch self {
      case .constant(let value): value
      case .truncatedNormal(let deviation): Float(random.normal() * deviation)
      case .kaimingUniform(let fanIn): Float((2 * random.uniform() - 1) / Double(max(fanIn, 1)).squareRoot())
      }
    }
    return Tensor(values, shape: shape)
  }
}
