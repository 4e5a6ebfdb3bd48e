internal import CKernels

/// The windows of a convolution or a pooling over the spatial axes of a map, at most three.
///
/// Axes that a map lacks are put in front, with extents of 1.
public struct MapWindows: Sendable {
  private let geometry: ck_windows
  public let positions: Int
  public let taps: Int
  public let inputCount: Int

  public init(
    input: [Int], kernel: [Int], strides: [Int], dilations: [Int], before: [Int], output: [Int]
  ) {
    func three(_ values: [Int], _ filler: Int) -> (Int, Int, Int) {
      let all = [Int](repeating: filler, count: 3 - values.count) + values
      return (all[0], all[1], all[2])
    }
    // A window that covers its element alone sees the map as one row.
    let isPlain =
      kernel.allSatisfy { $0 == 1 } && strides.allSatisfy { $0 == 1 } && before.allSatisfy { $0 == 0 }
      && input == output
    let flat = isPlain ? [input.reduce(1, *)] : nil
    let ones = [1]
    geometry = ck_windows(
      in: three(flat ?? input, 1), kernel: three(isPlain ? ones : kernel, 1),
      stride: three(isPlain ? ones : strides, 1), dilation: three(isPlain ? ones : dilations, 1),
      before: three(isPlain ? [0] : before, 0), out: three(flat ?? output, 1))
    positions = output.reduce(1, *)
    taps = kernel.reduce(1, *)
    inputCount = input.reduce(1, *)
  }

  /// The windows of `channels` planes as the panels `range` of a product's right-hand side [channels · taps,
  /// positions]; `panels` receives the first of them.
  public func panels(
    _ panels: UnsafeMutablePointer<Float>, _ image: UnsafePointer<Float>, channels: Int, width: Int,
    range: Range<Int>
  ) {
    withUnsafePointer(to: geometry) {
      ck_window_panels_f32(panels, image, channels, $0, width, range.lowerBound, range.upperBound)
    }
  }

  // MARK: Planes, for maps with at most two spatial axes

  /// Floats of a padded plane; nil where they are too many to count.
  public var paddedCount: Int? {
    let rows = (geometry.out.1 - 1) * geometry.stride.1 + (geometry.kernel.1 - 1) * geometry.dilation.1 + 1
    let line = withUnsafePointer(to: geometry) { ck_phase_length($0) }
    let (row, first) = line.multipliedReportingOverflow(by: geometry.stride.2)
    let (count, second) = row.multipliedReportingOverflow(by: rows)
    return first || second || count > 1 << 40 ? nil : count
  }

  /// Copies a plane with `fill` around it to where ``KernelSet/windowSum(_:_:weights:bias:_:)`` reads it.
  public func pad(_ padded: UnsafeMutablePointer<Float>, _ plane: UnsafePointer<Float>, fill: Float) {
    withUnsafePointer(to: geometry) { ck_pad_plane_f32(padded, plane, $0, fill) }
  }

  func withGeometry(_ body: (UnsafePointer<ck_windows>) -> Void) { withUnsafePointer(to: geometry, body) }
}

extension KernelSet {
  /// y[window] = bias + Σ weights[tap] · (the padded plane's element under the tap).
  public func windowSum(
    _ y: MutablePointer, _ padded: Pointer, weights: Pointer, bias: Float, _ windows: MapWindows
  ) {
    windows.withGeometry { windowSum(y, padded, weights, bias, $0) }
  }

  /// y[window] = the largest element of the padded plane under its taps.
  public func windowMax(_ y: MutablePointer, _ padded: Pointer, _ windows: MapWindows) {
    windows.withGeometry { windowMax(y, padded, $0) }
  }
}
