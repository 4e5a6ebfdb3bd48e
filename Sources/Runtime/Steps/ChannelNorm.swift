/// A norm by gathered statistics as a scale and a summand for each channel, in the digits of ``Planner/makeBatchNorm``.
struct ChannelNorm: Sendable {
  let scales: [Float]
  let summands: [Float]

  /// `parts` are gamma, beta, mean and variance, [count] each.
  init(_ parts: [UnsafePointer<Float>], count: Int, epsilon: Double) {
    let factors = (0..<count).map { Double(parts[0][$0]) / (Double(parts[3][$0]) + epsilon).squareRoot() }
    scales = factors.map { Float($0) }
    summands = (0..<count).map { Float(Double(parts[1][$0]) - Double(parts[2][$0]) * factors[$0]) }
  }

  func withFactors(from first: Int, _ body: (UnsafePointer<Float>?, UnsafePointer<Float>?) -> Void) {
    scales.withUnsafeBufferPointer { scales in
      summands.withUnsafeBufferPointer { summands in
        body(scales.baseAddress.map { $0 + first }, summands.baseAddress.map { $0 + first })
      }
    }
  }
}
