import Glibc
import Kernels
import Testing

@Suite struct ElementTests {
  struct Function: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let kernel: @Sendable (KernelSet) -> KernelSet.Unary
    let formula: @Sendable (Double) -> Double
    let range: ClosedRange<Float>
    /// The documented bound: units of the last place of the exact value, and an absolute part.
    let ulps: Double
    var absolute: @Sendable (Double) -> Double = { _ in 0 }
  }

  static let functions: [Function] = [
    Function(
      testDescription: "gelu", kernel: { $0.gelu }, formula: Formula.gelu, range: -12...12, ulps: 0,
      absolute: { 4e-7 * max(1, abs($0)) }),
    Function(
      testDescription: "geluTanh", kernel: { $0.geluTanh }, formula: Formula.geluTanh,
      range: -12...12, ulps: 0,
      absolute: { 4e-7 * max(1, abs($0)) }),
    Function(
      testDescription: "quickGELU", kernel: { $0.quickGELU }, formula: Formula.quickGELU,
      range: -20...20,
      ulps: 0, absolute: { 4e-7 * max(1, abs($0)) }),
    Function(
      testDescription: "exp", kernel: { $0.exp }, formula: { exp($0) }, range: -87...88.7, ulps: 2),
    Function(
      testDescription: "erf", kernel: { $0.erf }, formula: { erf($0) }, range: -5...5, ulps: 2),
    Function(
      testDescription: "tanh", kernel: { $0.tanh }, formula: { tanh($0) }, range: -10...10, ulps: 3),
    Function(
      testDescription: "sigmoid", kernel: { $0.sigmoid }, formula: Formula.sigmoid, range: -80...30,
      ulps: 4),
    Function(
      testDescription: "relu", kernel: { $0.relu }, formula: { max($0, 0) }, range: -3...3, ulps: 0),
    Function(
      testDescription: "sqrt", kernel: { $0.sqrt }, formula: { $0.squareRoot() }, range: 0...1e6,
      ulps: 0.5),
  ]

  @Test(arguments: KernelSet.available, functions)
  func staysWithinItsBound(_ kernels: KernelSet, _ function: Function) {
    let n = 40_003
    let x = Floats(count: n)
    let y = Floats(count: n)
    let (low, high) = (function.range.lowerBound, function.range.upperBound)
    for i in 0..<n { x.pointer[i] = low + (high - low) * (Float(i) / Float(n - 1)) }
    // Small arguments, where a relative error would show.
    for i in 0..<60 { x.pointer[n / 2 + i] = Float(sign: .plus, exponent: -i, significand: 1.37) }
    function.kernel(kernels)(y.pointer, x.pointer, n)
    let expected = (0..<n).map { function.formula(x[$0]) }
    #expect(
      mismatch(y, expected) {
        function.ulps * Double(Float(expected[$0]).ulp) + function.absolute(x[$0])
      } == nil)
    // In place, and alone: the same bits.
    function.kernel(kernels)(x.pointer, x.pointer, n)
    #expect(bits(x.values) == bits(y.values))
  }

  @Test(arguments: KernelSet.available, [0, 1, 7, 8, 15, 16, 17, 49])
  func tailsEqualBodies(_ kernels: KernelSet, _ n: Int) {
    let long = Floats(random: 64, seed: 1, scale: 4)
    let short = Floats(Array(long.values.prefix(n)))
    for function in Self.functions {
      let all = Floats(count: 64)
      let some = Floats(count: n)
      function.kernel(kernels)(all.pointer, long.pointer, 64)
      function.kernel(kernels)(some.pointer, short.pointer, n)
      let same = zip(some.values, all.values).allSatisfy {
        $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN)
      }
      #expect(same && some.isIntact)
    }
  }

  @Test(arguments: KernelSet.available)
  func limitsAreThoseOfTheFunctions(_ kernels: KernelSet) {
    let infinity = Float.infinity
    func value(_ kernel: KernelSet.Unary, _ x: Float) -> Float {
      var result = Float.nan
      withUnsafePointer(to: x) { kernel(&result, $0, 1) }
      return result
    }
    #expect(value(kernels.exp, -infinity) == 0 && value(kernels.exp, infinity) == infinity)
    #expect(value(kernels.exp, -200) == 0 && value(kernels.exp, 200) == infinity)
    #expect(value(kernels.erf, -infinity) == -1 && value(kernels.erf, 30) == 1)
    #expect(value(kernels.tanh, -infinity) == -1 && value(kernels.tanh, 30) == 1)
    #expect(value(kernels.sigmoid, -infinity) == 0 && value(kernels.sigmoid, infinity) == 1)
    #expect(value(kernels.gelu, 30) == 30 && value(kernels.gelu, -30) == 0)
    #expect(value(kernels.geluTanh, 30) == 30 && value(kernels.quickGELU, 90) == 90)
    for kernel in [
      kernels.exp, kernels.erf, kernels.tanh, kernels.sigmoid, kernels.gelu, kernels.geluTanh,
      kernels.quickGELU, kernels.relu, kernels.sqrt,
    ] { #expect(value(kernel, .nan).isNaN) }
  }

  @Test(arguments: KernelSet.available, [0, 1, 15, 48, 197])
  func combinesElements(_ kernels: KernelSet, _ n: Int) {
    let a = Floats(random: n, seed: 1)
    let b = Floats(random: n, seed: 2)
    let sum = Floats(count: n)
    let product = a.copy
    let combined = b.copy
    kernels.add(sum.pointer, a.pointer, b.pointer, n)
    kernels.multiply(product.pointer, product.pointer, b.pointer, n)
    kernels.axpby(combined.pointer, 1.5, a.pointer, -0.3, combined.pointer, n)
    #expect(mismatch(sum, (0..<n).map { a[$0] + b[$0] }) { _ in 2 * roundoff } == nil)
    #expect(mismatch(product, (0..<n).map { a[$0] * b[$0] }) { _ in roundoff } == nil)
    let weight = Double(Float(-0.3))
    #expect(
      mismatch(combined, (0..<n).map { 1.5 * a[$0] + weight * b[$0] }) { _ in 4 * roundoff } == nil)
  }

  @Test(arguments: KernelSet.available, [1, 15, 64, 65, 197])
  func sumsWeightedMatrices(_ kernels: KernelSet, _ n: Int) {
    let experts = 12
    let stride = n + 3
    let weights = Floats(random: experts, seed: 1)
    let stack = Floats(random: experts * stride - 3, seed: 2)
    let whole = Floats(count: n)
    let parts = Floats(count: n)
    kernels.weightedSum(whole.pointer, weights.pointer, stack.pointer, stride, experts, 0, n)
    for (low, high) in [(0, n / 3), (n / 3, n / 2), (n / 2, n)] {
      kernels.weightedSum(parts.pointer, weights.pointer, stack.pointer, stride, experts, low, high)
    }
    let expected = (0..<n).map { i in
      (0..<experts).reduce(0) { $0 + weights[$1] * stack[$1 * stride + i] }
    }
    #expect(mismatch(whole, expected) { _ in 24 * 12 * roundoff } == nil)
    #expect(bits(whole.values) == bits(parts.values))
  }
}
