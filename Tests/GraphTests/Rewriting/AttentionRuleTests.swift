import Graph
import Tensors
import Testing

@Suite struct AttentionRuleTests {
  let rules: [RewriteRule] = [.fuseAttention, .roundAttentionScale, .simplifyViews]
  let n = Dimension.symbol("N")

  enum Scale: CaseIterable { case onQuery, onKey, onBoth, onProduct, dividing, beforeSplitting, none }
  enum Heads: CaseIterable { case separate, joint, jointSlicedFirst, keyTransposedAtOnce }

  /// Two heads of four channels, five tokens; the scale stands where `scale` says.
  func attention(_ scale: Scale, _ heads: Heads, masked: Bool = false, factor: Double = 0.5) throws -> Graph {
    var builder = Builder()
    let times = Binary(.multiply)
    func scaled(_ value: ValueID, _ cases: [Scale], _ builder: inout Builder) throws -> ValueID {
      guard cases.contains(scale) else { return value }
      let number = scale == .onBoth ? factor.squareRoot() : factor
      return try builder.add(times, value, builder.scalar(number))
    }
    func split(_ value: ValueID, _ builder: inout Builder) throws -> ValueID {
      try builder.add(Transpose([0, 2, 1, 3]), builder.add(Reshape([n, 5, 2, 4]), value))
    }
    var parts: [ValueID] = []
    switch heads {
    case .separate, .keyTransposedAtOnce:
      for name in ["q", "k", "v"] { parts.append(builder.input(name, [n, 5, 8])) }
      if scale == .beforeSplitting { parts[0] = try builder.add(times, parts[0], builder.scalar(factor)) }
      let key = parts[1]
      parts = try parts.map { try split($0, &builder) }
      if heads == .keyTransposedAtOnce {
        parts[1] = try builder.add(Transpose([0, 2, 3, 1]), builder.add(Reshape([n, 5, 2, 4]), key))
      }
    case .joint:
      let joint = builder.input("x", [n, 5, 24])
      let apart = try builder.add(Transpose([2, 0, 3, 1, 4]), builder.add(Reshape([n, 5, 3, 2, 4]), joint))
      for index in 0..<3 {
        let one = try builder.add(Slice(axis: 0, start: index, count: 1), apart)
        parts.append(try builder.add(Reshape([n, 2, 5, 4]), one))
      }
    case .jointSlicedFirst:
      let joint = builder.input("x", [n, 5, 24])
      for index in 0..<3 {
        parts.append(try split(builder.add(Slice(axis: 2, start: index * 8, count: 8), joint), &builder))
      }
    }
    let q = try scaled(parts[0], [.onQuery, .onBoth], &builder)
    var k = parts[1]
    if heads != .keyTransposedAtOnce {
      k = try builder.add(Transpose([0, 1, 3, 2]), scaled(k, [.onKey], &builder))
    }
    k = try scaled(k, heads == .keyTransposedAtOnce ? [.onKey, .onBoth] : [.onBoth], &builder)
    var scores = try scaled(builder.add(MatMul(), q, k), [.onProduct], &builder)
    if scale == .dividing { scores = try builder.add(Binary(.divide), scores, builder.scalar(1 / factor)) }
    if masked { scores = try builder.add(Binary(.add), scores, builder.constant("mask", numbers([5, 5]))) }
    let mixed = try builder.add(MatMul(), builder.add(Softmax(), scores), parts[2])
    return builder.output(try builder.add(Reshape([n, 5, 8]), builder.add(Transpose([0, 2, 1, 3]), mixed)))
  }

  static let slices = [0, 8, 16].map { "slice axis=2 count=[8] start=\($0)" }

  @Test(arguments: Scale.allCases, Heads.allCases) func everyPlaceOfTheScale(_ scale: Scale, _ heads: Heads)
    throws
  {
    let isJoint = heads == .joint || heads == .jointSlicedFirst
    if scale == .beforeSplitting, isJoint { return }
    let expected = "attention heads=2 scale=\(scale == .none ? 1.0 : 0.5)"
    #expect(try rewritten(attention(scale, heads), rules) == (isJoint ? Self.slices : []) + [expected])
  }

  /// Two float32 factors whose product is 1/√d but for rounding; and a scale of its own.
  @Test func scalesAreRoundedOnlyWhereTheyAreMeant() throws {
    let usual = try rewritten(attention(.onBoth, .separate, factor: Double(Float(0.5000002))), rules)
    #expect(usual == ["attention heads=2 scale=0.5"])
    let own = try rewritten(attention(.onProduct, .separate, factor: 0.375), rules)
    #expect(own == ["attention heads=2 scale=0.375"])
  }

  @Test func masksAreNotForgotten() throws {
    let found = try rewritten(attention(.onQuery, .separate, masked: true), rules)
    #expect(found.contains("softmax") && !found.contains { $0.hasPrefix("attention") })
  }

  @Test func oneHeadNeedsNoSplitting() throws {
    var builder = Builder()
    let x = builder.input("x", [n, 5, 4])
    let product = try builder.add(MatMul(), x, builder.add(Transpose([0, 2, 1]), x))
    let scores = try builder.add(Binary(.multiply), product, builder.scalar(0.5))
    let graph = builder.output(try builder.add(MatMul(), builder.add(Softmax(), scores), x))
    #expect(try rewritten(graph, rules) == ["attention heads=1 scale=0.5"])
  }

  /// A number of columns of v that is not q's has no attention here.
  @Test func widerValuesStay() throws {
    var builder = Builder()
    let (q, k, v) = (
      builder.input("q", [n, 2, 5, 4]), builder.input("k", [n, 2, 4, 5]), builder.input("v", [n, 2, 5, 6])
    )
    let weights = try builder.add(Softmax(), builder.add(MatMul(), q, k))
    #expect(try isLeftAlone(builder.output(builder.add(MatMul(), weights, v)), by: rules))
  }
}
