/// Every operator that files hold, by the identifier that stands there: all but those of a ``PaddedNetwork``.
public enum OperatorCatalog {
  /// One line an operator.
  public static let all: [any Operator.Type] = [
    AdaptivePool.self,
    Attention.self,
    AttentionMask.self,
    BatchNorm.self,
    Binary.self,
    Broadcast.self,
    Concat.self,
    Conv2d.self,
    ConvTranspose.self,
    Convert.self,
    Convolution.self,
    Count.self,
    Cumulate.self,
    DepthwiseConv.self,
    Dequantize.self,
    Determinant.self,
    Gather.self,
    GatherElements.self,
    GELU.self,
    GlobalResponseNorm.self,
    GridSample.self,
    LayerNorm.self,
    LeadingRows.self,
    Linear.self,
    LinearPerImage.self,
    LocalResponseNorm.self,
    LogSoftmax.self,
    MaskedSoftmax.self,
    MatMul.self,
    Mean.self,
    Mixture.self,
    NegativeLogLikelihood.self,
    NonMaxSuppression.self,
    Normalize.self,
    Pad.self,
    Pool.self,
    QuantizationRange.self,
    Quantize.self,
    Reduce.self,
    RelativePositions.self,
    Reshape.self,
    Resize.self,
    RoiAlign.self,
    RotaryEmbedding.self,
    Router.self,
    ScatterElements.self,
    Select.self,
    Slice.self,
    Softmax.self,
    TopIndices.self,
    Transpose.self,
    Unary.self,
    WindowMask.self,
    WindowMerge.self,
    WindowPartition.self,
  ]

  private static let byIdentifier = Dictionary(uniqueKeysWithValues: all.map { ($0.identifier, $0) })

  /// The operator that a file describes; nil where no operator has that identifier.
  public static func decode(_ identifier: String, _ attributes: Attributes) throws(TypeError) -> (any Operator)? {
    guard let type = byIdentifier[identifier] else { return nil }
    return try type.init(attributes: attributes)
  }
}
