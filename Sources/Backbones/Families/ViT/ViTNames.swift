import Graph

/// Where a ViT checkpoint keeps its tensors, and what its layout always does.
///
/// Names of tensors that only some relatives have are nil in layouts that never have them.
struct ViTNames: Sendable {
  enum Projections: Hashable, Sendable {
    /// One matrix for q, k and v, in this order.
    case joint(String)
    case separate(q: String, k: String, v: String)

    var first: String {
      switch self {
      case .joint(let joint): joint
      case .separate(let q, _, _): q
      }
    }
  }

  /// Tensors of which every checkpoint of this layout has one; nil for the positions.
  var marks: [String]?
  var patch, classToken: String
  /// Nil where positions are only known relative to each other.
  var position: String?
  /// How the library resizes positions to another grid.
  var positionSampling = Sampling.torchBicubic
  /// How tables of relative positions are resized.
  var tableSampling = Sampling(.linear, .geometric)
  var distillationToken, registers, preNorm: String?
  /// Class token and positions are vector and table, without the axis for the batch.
  var hasTables = false

  var block: @Sendable (Int) -> String
  var norm1, norm2, attentionOutput, hidden, output: String
  var projections: Projections
  /// The biases of q and v, in a block, where a joint projection has none of its own; k has none then.
  var splitBiases: (q: String, v: String)?
  /// Tables of relative positions: one in a block, one for all blocks.
  var ownTable, sharedTable: String?
  /// Factors of attention and MLP, in a block.
  var scale1 = "ls1.gamma"
  var scale2 = "ls2.gamma"

  var norm: String?
  var pooledNorm: String
  /// The attention that pools the tokens.
  var attentionPool: AttentionPoolNames?
  /// The head's names; a checkpoint has at most one of them.
  var heads: [String]
  var distillationHead = "head_dist"
  /// The distillation token counts even where the checkpoint has no heads.
  var poolsDistillation = false
  /// How the layout pools for its head; nil where settings or tensors decide. Without a head it is the class token.
  var pooling: ViTPooling?

  /// Tensors that such checkpoints hold though inference does not read them.
  var unused: [(prefix: String, reason: String)]

  /// Why a tensor is known to be of no use; nil where it is not known.
  func reasonUnused(_ name: String) -> String? {
    if ownTable != nil, name.hasSuffix("relative_position_index") { return "follows from the grid" }
    return unused.first { name.hasPrefix($0.prefix) }?.reason
  }

  /// The layout that fits a checkpoint; nil where it is no ViT.
  static func matching(_ names: [String]) -> ViTNames? {
    let names = Set(names)
    return layouts.first { layout in
      (layout.marks ?? [layout.position].compactMap(\.self)).contains(where: names.contains)
        && names.contains(layout.block(0) + layout.projections.first + ".weight")
        && names.contains(layout.block(0) + layout.norm1 + ".weight")
    }
  }

  private static let layouts =
    [timmBEiT, timm, separate] + ["beit.", ""].map { transformersBEiT($0) }
    + ["vit.", "deit.", ""].map { transformers($0) }
    + ["dinov2.", "dinov2_with_registers.", ""].map { transformersDINOv2($0) }
    + ["vision_model.", ""].flatMap { [transformersCLIP($0), transformersSigLIP($0)] }
}
