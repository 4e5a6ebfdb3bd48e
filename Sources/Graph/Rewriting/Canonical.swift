extension [RewritePass] {
  /// From what exporters write to the operators that networks are described with here.
  public static let canonical: [RewritePass] = [
    RewritePass("linears", [.fuseLinear]),
    RewritePass("biases", [.fuseBias]),
    RewritePass("norms", [.fuseLayerNorm]),
    RewritePass("activations", [.fuseExactGELU, .fuseTanhGELU, .fuseQuickGELU]),
    RewritePass("attention", [.fuseAttention]),
    RewritePass("scales", [.roundAttentionScale]),
    RewritePass("channels last", [.moveDepthwise]),
    RewritePass("views", [.simplifyViews]),
    RewritePass("operand order", [.orderOperands]),
  ]
}
