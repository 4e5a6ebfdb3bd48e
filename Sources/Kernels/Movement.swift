internal import CKernels

/// The geometry of a convolution over the last two axes. Strides and dilations are at least 1.
public struct Window: Sendable {
  public var kernel: (h: Int, w: Int)
  public var stride: (h: Int, w: Int)
  public var dilation: (h: Int, w: Int)
  public var padding: (top: Int, left: Int)
  public var output: (h: Int, w: Int)

  public init(
    kernel: (h: Int, w: Int), stride: (h: Int, w: Int) = (1, 1),
    dilation: (h: Int, w: Int) = (1, 1),
    padding: (top: Int, left: Int) = (0, 0), output: (h: Int, w: Int)
  ) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
    self.output = output
  }
}

/// Kernels that move data only and are the same in every tier.
public enum Movement {
  /// dst[t, c] = src[c, t]: depthwise weights [c, 1, k, k] to the [k*k, c] of ``KernelSet/depthwise``.
  public static func repackDepthwise(
    _ dst: UnsafeMutablePointer<Float>, _ src: UnsafePointer<Float>, channels: Int, taps: Int
  ) {
    ck_repack_depthwise_f32(dst, src, channels, taps)
  }

  /// The p x q patches of an image [c, h, w] as rows [h/p * w/q, c*p*q], in the order of a convolution's
  /// weight.
  public static func patchify(
    _ rows: UnsafeMutablePointer<Float>, _ image: UnsafePointer<Float>, channels: Int, h: Int,
    w: Int, p: Int,
    q: Int
  ) {
    ck_patchify_f32(rows, image, channels, h, w, p, q)
  }

  /// The windows of an image [c, h, w] as rows [positions, c*kernel.h*kernel.w], zero outside the image.
  /// `rows` receives the first of `positions`, which count row-major through `window.output`.
  public static func im2col(
    _ rows: UnsafeMutablePointer<Float>, _ image: UnsafePointer<Float>, channels: Int, h: Int,
    w: Int,
    window: Window, positions: Range<Int>
  ) {
    var geometry = ck_window(
      kernel_h: window.kernel.h, kernel_w: window.kernel.w, stride_h: window.stride.h,
      stride_w: window.stride.w,
      dilation_h: window.dilation.h, dilation_w: window.dilation.w, pad_top: window.padding.top,
      pad_left: window.padding.left, out_h: window.output.h, out_w: window.output.w)
    ck_im2col_f32(
      rows, image, channels, h, w, &geometry, positions.lowerBound, positions.upperBound)
  }
}
