/// Where a ConvNeXt checkpoint keeps its tensors.
struct ConvNeXtNames: Sendable {
  /// The stem's convolution and norm.
  let stem: (convolution: String, norm: String)
  /// The layers before a stage, from the second stage on: `.0` is a norm, `.1` a convolution.
  let downsample: @Sendable (_ stage: Int) -> String
  let block: @Sendable (_ stage: Int, _ index: Int) -> String
  let depthwise, blockNorm, expansion, contraction, scale: String
  let response: (gamma: String, beta: String)
  /// The norm of the pooled features, the layer between it and the head in some of timm's, the head.
  let norm, hidden, head: String
  /// The norms that end the stages of backbones for dense tasks.
  let stageNorm: @Sendable (_ stage: Int) -> String

  /// Meta; the AdaRoute authors use the same names.
  static let meta = ConvNeXtNames(
    stem: ("downsample_layers.0.0", "downsample_layers.0.1"), downsample: { "downsample_layers.\($0)." },
    block: { "stages.\($0).\($1)." }, depthwise: "dwconv", blockNorm: "norm", expansion: "pwconv1",
    contraction: "pwconv2", scale: "gamma", response: ("grn.gamma", "grn.beta"), norm: "norm",
    hidden: "head.pre_logits.fc", head: "head", stageNorm: { "extra_norm.\($0)" })

  static let timm = ConvNeXtNames(
    stem: ("stem.0", "stem.1"), downsample: { "stages.\($0).downsample." },
    block: { "stages.\($0).blocks.\($1)." }, depthwise: "conv_dw", blockNorm: "norm", expansion: "mlp.fc1",
    contraction: "mlp.fc2", scale: "gamma", response: ("mlp.grn.weight", "mlp.grn.bias"), norm: "head.norm",
    hidden: "head.pre_logits.fc", head: "head.fc", stageNorm: { "extra_norm.\($0)" })

  /// `prefix` is the model's name and a dot in a model with a head, and empty in a bare one.
  static func transformers(_ prefix: String) -> ConvNeXtNames {
    ConvNeXtNames(
      stem: (prefix + "embeddings.patch_embeddings", prefix + "embeddings.layernorm"),
      downsample: { prefix + "encoder.stages.\($0).downsampling_layer." },
      block: { prefix + "encoder.stages.\($0).layers.\($1)." }, depthwise: "dwconv", blockNorm: "layernorm",
      expansion: "pwconv1", contraction: "pwconv2", scale: "layer_scale_parameter",
      response: ("grn.weight", "grn.bias"), norm: prefix + "layernorm", hidden: prefix + "head.pre_logits.fc",
      head: "classifier", stageNorm: { prefix + "extra_norm.\($0)" })
  }

  /// The names that fit a checkpoint; nil where it is no ConvNeXt.
  static func matching(_ names: [String]) -> ConvNeXtNames? {
    let names = Set(names)
    let candidates = [
      meta, timm, transformers("convnext."), transformers("convnextv2."), transformers(""),
    ]
    return candidates.first { candidate in
      names.contains(candidate.stem.convolution + ".weight")
        && names.contains(candidate.block(0, 0) + candidate.depthwise + ".weight")
    }
  }
}
