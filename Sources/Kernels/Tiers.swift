internal import CKernels

extension KernelSet: CustomStringConvertible {
  public var description: String { name }
}

extension KernelSet {
  /// The specification: portable C, and the tier of CPUs without AVX2.
  public static let scalar = KernelSet(
    name: "scalar", panelWidth: ck_panel_width_scalar(),
    multiplyAddWidth: ck_multiply_add_width_scalar(), multiplyAdd: ck_multiply_add_loop_scalar,
    pack: ck_pack_f32_scalar,
    matmulPanels: ck_matmul_f32_scalar,
    epilogue: ck_epilogue_f32_scalar, attentionScratch: ck_attention_scratch_f32_scalar,
    attention: ck_attention_f32_scalar, layerNorm: ck_layernorm_f32_scalar,
    rmsNorm: ck_rmsnorm_f32_scalar, softmax: ck_softmax_f32_scalar,
    scaleShift: ck_scale_shift_f32_scalar, scaleRows: ck_scale_rows_f32_scalar,
    columnMean: ck_column_mean_f32_scalar, gelu: ck_gelu_f32_scalar,
    geluTanh: ck_gelu_tanh_f32_scalar,
    quickGELU: ck_quick_gelu_f32_scalar, relu: ck_relu_f32_scalar, exp: ck_exp_f32_scalar,
    tanh: ck_tanh_f32_scalar, sigmoid: ck_sigmoid_f32_scalar, erf: ck_erf_f32_scalar,
    sqrt: ck_sqrt_f32_scalar, add: ck_add_f32_scalar, multiply: ck_multiply_f32_scalar,
    axpby: ck_axpby_f32_scalar, weightedSum: ck_weighted_sum_f32_scalar,
    float16ToFloat32: ck_f16_to_f32_scalar, float32ToFloat16: ck_f32_to_f16_scalar,
    bfloat16ToFloat32: ck_bf16_to_f32_scalar, float32ToBFloat16: ck_f32_to_bf16_scalar,
    depthwise: ck_depthwise_f32_scalar, transpose: ck_transpose_f32_scalar, windowSum: ck_window_sum_f32_scalar,
    windowMax: ck_window_max_f32_scalar,
    winogradInput: ck_winograd_input_f32_scalar, winogradOutput: ck_winograd_output_f32_scalar)

  /// The tiers that this machine runs, slowest first.
  public static let available: [KernelSet] = Array(all.prefix(Int(ck_best_tier()) + 1))

  /// The fastest tier that this machine runs.
  public static var best: KernelSet { available[available.count - 1] }

  #if arch(x86_64)
    private static let all = [scalar, avx2, avx512]
  #else
    private static let all = [scalar]
  #endif
}

#if arch(x86_64)
  extension KernelSet {
    /// AVX2, FMA and F16C. Running it elsewhere is a defect of the caller: see ``available``.
    public static let avx2 = KernelSet(
      name: "avx2", panelWidth: ck_panel_width_avx2(),
      multiplyAddWidth: ck_multiply_add_width_avx2(), multiplyAdd: ck_multiply_add_loop_avx2, pack: ck_pack_f32_avx2,
      matmulPanels: ck_matmul_f32_avx2,
      epilogue: ck_epilogue_f32_avx2, attentionScratch: ck_attention_scratch_f32_avx2,
      attention: ck_attention_f32_avx2, layerNorm: ck_layernorm_f32_avx2,
      rmsNorm: ck_rmsnorm_f32_avx2, softmax: ck_softmax_f32_avx2,
      scaleShift: ck_scale_shift_f32_avx2, scaleRows: ck_scale_rows_f32_avx2,
      columnMean: ck_column_mean_f32_avx2, gelu: ck_gelu_f32_avx2, geluTanh: ck_gelu_tanh_f32_avx2,
      quickGELU: ck_quick_gelu_f32_avx2, relu: ck_relu_f32_avx2, exp: ck_exp_f32_avx2,
      tanh: ck_tanh_f32_avx2, sigmoid: ck_sigmoid_f32_avx2, erf: ck_erf_f32_avx2,
      sqrt: ck_sqrt_f32_avx2, add: ck_add_f32_avx2, multiply: ck_multiply_f32_avx2,
      axpby: ck_axpby_f32_avx2, weightedSum: ck_weighted_sum_f32_avx2,
      float16ToFloat32: ck_f16_to_f32_avx2, float32ToFloat16: ck_f32_to_f16_avx2,
      bfloat16ToFloat32: ck_bf16_to_f32_avx2, float32ToBFloat16: ck_f32_to_bf16_avx2,
      depthwise: ck_depthwise_f32_avx2, transpose: ck_transpose_f32_avx2, windowSum: ck_window_sum_f32_avx2,
      windowMax: ck_window_max_f32_avx2,
      winogradInput: ck_winograd_input_f32_avx2, winogradOutput: ck_winograd_output_f32_avx2)

    /// AVX-512 F, BW, DQ and VL besides AVX2. Running it elsewhere is a defect of the caller: see
    /// ``available``.
    public static let avx512 = KernelSet(
      name: "avx512", panelWidth: ck_panel_width_avx512(),
      multiplyAddWidth: ck_multiply_add_width_avx512(), multiplyAdd: ck_multiply_add_loop_avx512,
      pack: ck_pack_f32_avx512,
      matmulPanels: ck_matmul_f32_avx512,
      epilogue: ck_epilogue_f32_avx512, attentionScratch: ck_attention_scratch_f32_avx512,
      attention: ck_attention_f32_avx512, layerNorm: ck_layernorm_f32_avx512,
      rmsNorm: ck_rmsnorm_f32_avx512, softmax: ck_softmax_f32_avx512,
      scaleShift: ck_scale_shift_f32_avx512, scaleRows: ck_scale_rows_f32_avx512,
      columnMean: ck_column_mean_f32_avx512, gelu: ck_gelu_f32_avx512,
      geluTanh: ck_gelu_tanh_f32_avx512,
      quickGELU: ck_quick_gelu_f32_avx512, relu: ck_relu_f32_avx512, exp: ck_exp_f32_avx512,
      tanh: ck_tanh_f32_avx512, sigmoid: ck_sigmoid_f32_avx512, erf: ck_erf_f32_avx512,
      sqrt: ck_sqrt_f32_avx512, add: ck_add_f32_avx512, multiply: ck_multiply_f32_avx512,
      axpby: ck_axpby_f32_avx512, weightedSum: ck_weighted_sum_f32_avx512,
      float16ToFloat32: ck_f16_to_f32_avx512, float32ToFloat16: ck_f32_to_f16_avx512,
      bfloat16ToFloat32: ck_bf16_to_f32_avx512, float32ToBFloat16: ck_f32_to_bf16_avx512,
      depthwise: ck_depthwise_f32_avx512, transpose: ck_transpose_f32_avx512, windowSum: ck_window_sum_f32_avx512,
      windowMax: ck_window_max_f32_avx512,
      winogradInput: ck_winograd_input_f32_avx512, winogradOutput: ck_winograd_output_f32_avx512)
  }
#endif
