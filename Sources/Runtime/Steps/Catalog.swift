import Graph

/// Which operators have fast steps; one line each. A maker returns false where it does not fit the case at hand.
enum StepCatalog {
  static let makers: [String: @Sendable (Planner, Node) -> Bool] = [
    AdaptivePool.identifier: { $0.makeAdaptivePool($1) },
    Attention.identifier: { $0.makeAttention($1) },
    BatchNorm.identifier: { $0.makeBatchNorm($1) },
    Binary.identifier: { $0.makeBinary($1) },
    Concat.identifier: { $0.makeConcat($1) },
    Conv2d.identifier: { $0.makeConv2d($1) },
    ConvTranspose.identifier: { $0.makeConvTranspose($1) },
    Convolution.identifier: { $0.makeConvolution($1) },
    DepthwiseConv.identifier: { $0.makeDepthwise($1) },
    GELU.identifier: { $0.makeGELU($1) },
    GlobalResponseNorm.identifier: { $0.makeGlobalResponseNorm($1) },
    LayerNorm.identifier: { $0.makeLayerNorm($1) },
    Linear.identifier: { $0.makeLinear($1) },
    LinearPerImage.identifier: { $0.makeLinearPerImage($1) },
    LocalResponseNorm.identifier: { $0.makeLocalResponseNorm($1) },
    MaskedSoftmax.identifier: { $0.makeMaskedSoftmax($1) },
    MatMul.identifier: { $0.makeMatMul($1) },
    Mean.identifier: { $0.makeMean($1) },
    Mixture.identifier: { $0.makeMixture($1) },
    Normalize.identifier: { $0.makeNormalize($1) },
    GridSample.identifier: { $0.makeGridSample($1) },
    OwnMean.identifier: { $0.makeOwnMean($1) },
    OwnPart.identifier: { $0.makeOwnPart($1) },
    Pool.identifier: { $0.makePool($1) },
    Pad.identifier: { $0.makePad($1) },
    Reduce.identifier: { $0.makeReduce($1) },
    Resize.identifier: { $0.makeResize($1) },
    RoiAlign.identifier: { $0.makeRoiAlign($1) },
    Router.identifier: { $0.makeRouter($1) },
    Select.identifier: { $0.makeSelect($1) },
    Slice.identifier: { $0.makeSlice($1) },
    Softmax.identifier: { $0.makeSoftmax($1) },
    Transpose.identifier: { $0.makeTranspose($1) },
    Unary.identifier: { $0.makeUnary($1) },
    WindowMerge.identifier: { $0.makeWindowMerge($1) },
    WindowPartition.identifier: { $0.makeWindowPartition($1) },
  ]
}

/// Which nodes leave their work to their only reader; a rule returns true to defer.
enum FusionCatalog {
  static let deferring: [@Sendable (Planner, Node) -> Bool] = [
    { $0.defersLinear($1) },
    { $0.defersQueryKeyValue($1) },
    { $0.defersMixture($1) },
    { $0.defersDepthwise($1) },
    { $0.defersConv2d($1) },
    { $0.defersMapConvolution($1) },
    { $0.defersWindowedNorm($1) },
    { $0.defersWindowMerge($1) },
    { $0.defersColumn($1) },
    { $0.defersRows($1) },
  ]
}
