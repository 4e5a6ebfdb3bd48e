internal import CKernels

/// The kernels of one instruction-set tier, as plain C functions.
///
/// `CKernels.h` states what each function computes, the shape of every pointer and what may alias. Buffers
/// are row-major float32, strides count elements, any length and alignment is allowed. Within a tier a
/// result never depends on how the rows are split into calls.
public struct KernelSet: Sendable {
  public typealias Pointer = UnsafePointer<Float>
  public typealias MutablePointer = UnsafeMutablePointer<Float>

  /// (y, x, n): y[i] = f(x[i]). y may be x.
  public typealias Unary = @Sendable @convention(c) (MutablePointer, Pointer, Int) -> Void
  /// (out, outStride, q, qStride, k, kStride, v, vStride, lq, lk, d, dv, scale, bias, biasStride, scratch):
  /// out = softmax(scale * q kᵀ + bias) v for one image and head.
  public typealias Attention =
    @Sendable @convention(c) (
      MutablePointer, Int, Pointer, Int, Pointer, Int, Pointer, Int, Int, Int, Int, Int, Float, Pointer?, Int,
      MutablePointer
    ) -> Void
  /// (y, a, b, n): y[i] = f(a[i], b[i]). y may be a or b.
  public typealias Binary = @Sendable @convention(c) (MutablePointer, Pointer, Pointer, Int) -> Void
  /// (y, x, n)
  public typealias Widen =
    @Sendable @convention(c) (MutablePointer, UnsafePointer<UInt16>, Int) -> Void
  /// (y, x, n)
  public typealias Narrow =
    @Sendable @convention(c) (UnsafeMutablePointer<UInt16>, Pointer, Int) -> Void

  /// `scalar`, `avx2` or `avx512`.
  public let name: String
  /// Columns of one packed panel.
  public let panelWidth: Int

  /// Multiplications and additions of a round of ``multiplyAddLoop``.
  public let multiplyAddWidth: Int
  /// (rounds): products in registers, to measure what the machine allows.
  let multiplyAdd: @Sendable @convention(c) (Int) -> Float

  /// (packed, src, n, k, columnStride, depthStride): ``PackedPanels`` of src[j*columnStride + i*depthStride].
  public let pack: @Sendable @convention(c) (MutablePointer, Pointer, Int, Int, Int, Int) -> Void
  /// (c, ldc, a, lda, packed, p0, p1, m, n, k, epilogue)
  let matmulPanels: PanelProduct
  /// (c, ldc, m, n, epilogue)
  let epilogue: EpilogueRows

  /// (lq, lk, d, dv): floats of scratch that one ``attention`` call needs.
  public let attentionScratch: @Sendable @convention(c) (Int, Int, Int, Int) -> Int
  public let attention: Attention

  /// (y, x, gamma, beta, rows, cols, epsilon). y may be x.
  public let layerNorm: @Sendable @convention(c) (MutablePointer, Pointer, Pointer?, Pointer?, Int, Int, Float) -> Void
  /// (y, x, gamma, rows, cols, epsilon). y may be x.
  public let rmsNorm: @Sendable @convention(c) (MutablePointer, Pointer, Pointer?, Int, Int, Float) -> Void
  /// (y, x, rows, cols). y may be x.
  public let softmax: @Sendable @convention(c) (MutablePointer, Pointer, Int, Int) -> Void
  /// (y, x, scale, shift, rows, cols): y[r,c] = x[r,c]*scale[c] + shift[c]. y may be x.
  public let scaleShift: @Sendable @convention(c) (MutablePointer, Pointer, Pointer?, Pointer?, Int, Int) -> Void
  /// (y, x, weight, weightStride, rows, cols, accumulate): y[r,c] = weight[r*weightStride]*x[r,c], plus
  /// y[r,c] where accumulate is not 0. y may be x.
  public let scaleRows: @Sendable @convention(c) (MutablePointer, Pointer, Pointer, Int, Int, Int, Int32) -> Void
  /// (mean, x, xStride, rows, cols)
  public let columnMean: @Sendable @convention(c) (MutablePointer, Pointer, Int, Int, Int) -> Void

  public let gelu: Unary
  public let geluTanh: Unary
  public let quickGELU: Unary
  public let relu: Unary
  public let exp: Unary
  public let tanh: Unary
  public let sigmoid: Unary
  public let erf: Unary
  public let sqrt: Unary
  public let add: Binary
  public let multiply: Binary
  /// (y, a, x, b, z, n): y = a*x + b*z. y may be x or z.
  public let axpby: @Sendable @convention(c) (MutablePointer, Float, Pointer, Float, Pointer, Int) -> Void
  /// (out, weights, stack, stackStride, experts, n0, n1): out[i] = Σₑ weights[e]*stack[e*stackStride + i]
  /// for n0 <= i < n1. The weighted sum of packed matrices is the packed weighted sum.
  public let weightedSum: @Sendable @convention(c) (MutablePointer, Pointer, Pointer, Int, Int, Int, Int) -> Void

  public let float16ToFloat32: Widen
  public let float32ToFloat16: Narrow
  public let bfloat16ToFloat32: Widen
  public let float32ToBFloat16: Narrow

  /// (y, x, weights, bias, h, w, c, k, h0, h1, addInput): a depthwise convolution of [h,w,c] by [k*k,c].
  public let depthwise:
    @Sendable @convention(c) (
      MutablePointer, Pointer, Pointer, Pointer?, Int, Int, Int, Int, Int, Int, Int32
    ) -> Void
  /// (y, yStride, x, xStride, rows, cols): y[c*yStride + r] = x[r*xStride + c].
  public let transpose: @Sendable @convention(c) (MutablePointer, Int, Pointer, Int, Int, Int) -> Void
  /// (y, padded, weights, bias, windows)
  let windowSum: @Sendable @convention(c) (MutablePointer, Pointer, Pointer, Float, UnsafePointer<ck_windows>) -> Void
  /// (y, padded, windows)
  let windowMax: @Sendable @convention(c) (MutablePointer, Pointer, UnsafePointer<ck_windows>) -> Void
  /// (v, vStride, x, line, c, rows, cols)
  let winogradInput: @Sendable @convention(c) (MutablePointer, Int, Pointer, Int, Int, Int, Int) -> Void
  /// (y, line, p, pStride, bias, n, rows, cols)
  let winogradOutput: @Sendable @convention(c) (MutablePointer, Int, Pointer, Int, Pointer?, Int, Int, Int) -> Void
}

typealias PanelProduct =
  @Sendable @convention(c) (
    UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, Int,
    Int, Int, Int,
    UnsafePointer<ck_epilogue>?
  ) -> Void

typealias EpilogueRows =
  @Sendable @convention(c) (UnsafeMutablePointer<Float>, Int, Int, Int, UnsafePointer<ck_epilogue>)
  -> Void

extension KernelSet {
  /// Does `rounds` times ``multiplyAddWidth`` multiplications and additions in registers.
  public func multiplyAddLoop(_ rounds: Int) { _ = multiplyAdd(rounds) }
}
