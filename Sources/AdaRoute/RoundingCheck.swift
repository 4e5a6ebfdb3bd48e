import Delta
import Graph
import ModelFile
import Tensors

/// A golden file that a model must still agree with after its trained tensors are rounded.
public struct RoundingCheck: Sendable {
  public let golden: String
  /// The difference allowed, relative to a value's largest number where that exceeds 1.
  public let limit: Double

  public init(golden: String, limit: Double) {
    self.golden = golden
    self.limit = limit
  }

  /// Throws where a value differs by more than the limit, naming the first.
  func require(of model: Model, rounding names: Set<String>, to type: ElementType?) throws {
    var rounded = model
    rounded.content.graph.mapConstants { constant in
      guard names.contains(constant.name) else { return constant }
      // As the delta is applied: what is stored is rounded, then read in the type that the graph computes with.
      let stored = RoundedTensor(constant.storedContent.tensor(), as: type).restored
      return Constant(name: constant.name, stored.converted(to: constant.type.element))
    }
    try GoldenReport(rounded, golden: golden, tolerance: limit).requireAgreement()
  }
}
