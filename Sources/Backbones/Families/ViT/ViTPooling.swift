import Graph
import Tensors

/// How the tokens of an image become one vector.
enum ViTPooling: Hashable, Sendable {
  case classToken
  /// The mean of the patch tokens.
  case mean
  /// The class token, then the mean of the patch tokens.
  case classTokenAndMean
  /// Attention to the patch tokens.
  case attention
}

extension ViTBuilder {
  /// The last norm, the pooling, the head or heads.
  mutating func finish(_ x: ValueID) throws {
    let hasPooledNorm = weights.contains(names.pooledNorm + ".weight")
    // With a norm after pooling there is none before it, whatever else the checkpoint holds.
    let features = hasPooledNorm ? x : try names.norm.map { try norm(x, $0) } ?? x
    graph.addOutput("features", features)
    let head = names.heads.first { weights.contains($0 + ".weight") }
    var pooled = try pool(features, by: pooling(hasHead: head != nil), then: hasPooledNorm)
    pooled = try classified(pooled, head)
    if prefix.hasDistillation, names.poolsDistillation || weights.contains(names.distillationHead + ".weight") {
      let distilled = try classified(token(features, 1), names.distillationHead)
      let half = graph.addConstant(Constant(name: "half", Tensor([0.5 as Float], shape: [1])))
      pooled = try graph.add(Binary(.multiply), graph.add(Binary(.add), pooled, distilled), half)
    }
    graph.addOutput("logits", pooled)
  }

  /// What the configuration states, else what the layout always does, else what the tensors tell.
  private func pooling(hasHead: Bool) throws(BackboneError) -> ViTPooling {
    let pooling: ViTPooling
    if let stated = configuration.pooling {
      pooling = stated
    } else if let own = names.pooling {
      pooling = hasHead ? own : .classToken
    } else {
      let hasAttention = weights.contains(names.attentionPool?.query)
      let normsMean = configuration.normsMean && weights.contains(names.pooledNorm + ".weight")
      pooling = hasAttention ? .attention : !prefix.hasClass || normsMean ? .mean : .classToken
    }
    guard pooling != .attention || names.attentionPool != nil else {
      throw .configValue(key: "global_pool", expected: "token or avg, as no attention pools", found: "map")
    }
    guard prefix.hasClass || pooling == .mean || pooling == .attention else {
      throw .configValue(key: "global_pool", expected: "the mean, as there is no class token", found: "\(pooling)")
    }
    return pooling
  }

  private mutating func pool(_ x: ValueID, by pooling: ViTPooling, then hasNorm: Bool) throws -> ValueID {
    let pooled =
      switch pooling {
      case .classToken: try token(x, 0)
      case .mean: try mean(x)
      case .attention: try attention(x)
      case .classTokenAndMean: try graph.add(Concat(axis: 1), token(x, 0), mean(x))
      }
    return hasNorm ? try norm(pooled, names.pooledNorm) : pooled
  }

  private mutating func token(_ x: ValueID, _ index: Int) throws -> ValueID {
    let token = try graph.add(Slice(axis: 1, start: index, count: 1), x)
    return try graph.add(Reshape([batch, Dimension(width)]), token)
  }

  private mutating func patches(_ x: ValueID) throws -> ValueID {
    guard prefix.count > 0 else { return x }
    return try graph.add(Slice(axis: 1, start: prefix.count, count: patchCount), x)
  }

  private mutating func attention(_ x: ValueID) throws -> ValueID {
    guard let pool = names.attentionPool else { return x }
    return try attentionPooled(patches(x), pool)
  }

  private mutating func mean(_ x: ValueID) throws -> ValueID { try graph.add(Mean(axis: 1), patches(x)) }

  /// What a head makes of a vector; the vector itself where the checkpoint does not have the head.
  private mutating func classified(_ x: ValueID, _ head: String?) throws -> ValueID {
    guard let head, weights.contains(head + ".weight") else { return x }
    let classes = try weights.shape(head + ".weight", role: "classifier").extents.first ?? 0
    let inputs = graph.type(of: x).dimensions.last?.constant ?? width
    return try linear(x, head, inputs, classes)
  }
}
