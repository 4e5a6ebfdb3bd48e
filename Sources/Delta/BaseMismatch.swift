public import Tensors

/// Why a base tensor is not the one that a delta was made for.
public struct BaseMismatch: Hashable, Sendable {
  public enum Difference: Hashable, Sendable {
    case missing
    case type(expected: ElementType, found: ElementType)
    case shape(expected: Shape, found: Shape)
    case digest(expected: Digest, found: Digest)
  }

  public let name: String
  public let difference: Difference
}

extension BaseMismatch: CustomStringConvertible {
  public var description: String {
    switch difference {
    case .missing: "\(name) is missing"
    case .type(let expected, let found): "\(name) has type \(found), expected \(expected)"
    case .shape(let expected, let found): "\(name) has shape \(found), expected \(expected)"
    case .digest(let expected, let found):
      "\(name) has other values: SHA-256 \(found), expected \(expected)"
    }
  }
}

extension DeltaManifest {
  /// Every tensor of this delta's base that `base` lacks or holds differently, ascending by name.
  ///
  /// Tensors that only `base` has are no mismatch.
  public func mismatches(with base: [TensorFingerprint]) -> [BaseMismatch] {
    let found = Dictionary(base.map { ($0.name, $0) }) { first, _ in first }
    return baseTensors.compactMap { expected in
      difference(expected, found[expected.name]).map { BaseMismatch(name: expected.name, difference: $0) }
    }
  }

  private func difference(_ expected: TensorFingerprint, _ found: TensorFingerprint?) -> BaseMismatch.Difference? {
    guard let found else { return .missing }
    if found.type != expected.type { return .type(expected: expected.type, found: found.type) }
    if found.shape != expected.shape { return .shape(expected: expected.shape, found: found.shape) }
    if found.digest != expected.digest { return .digest(expected: expected.digest, found: found.digest) }
    return nil
  }
}
