import Graph
import Tensors
import Testing

@Suite struct LinearRuleTests {
  let rules: [RewriteRule] = [.fuseLinear, .fuseBias]

  /// x · w + b, with the bias in this shape and on this side.
  func sum(_ bias: Shape, biasFirst: Bool = false, alsoRead: Bool = false) throws -> Graph {
    var builder = Builder()
    let x = builder.input("x", [.symbol("N"), 3, 4])
    let product = try builder.add(MatMul(), x, builder.constant("w", numbers([4, 5])))
    let b = builder.constant("b", numbers(bias, seed: 2))
    let y = try biasFirst ? builder.add(Binary(.add), b, product) : builder.add(Binary(.add), product, b)
    return alsoRead ? builder.output(y, product) : builder.output(y)
  }

  @Test(arguments: [true, false]) func biasOnEitherSide(_ biasFirst: Bool) throws {
    #expect(try rewritten(sum([5], biasFirst: biasFirst), rules) == ["linear"])
    #expect(try rewritten(sum([1, 1, 5], biasFirst: biasFirst), rules) == ["linear"])
  }

  @Test func otherSummandsStay() throws {
    let add = "binary function=add"
    #expect(try rewritten(sum([3, 5]), rules) == ["linear", add])
    #expect(try rewritten(sum([1]), rules) == ["linear", add])
    #expect(try rewritten(sum([3, 1]), rules) == ["linear", add])
    // The product itself is wanted too.
    #expect(try rewritten(sum([5], alsoRead: true), rules) == ["linear", add])
  }

  @Test func productsOfComputedMatricesStay() throws {
    var builder = Builder()
    let x = builder.input("x", [.symbol("N"), 4, 4])
    #expect(try isLeftAlone(builder.output(builder.add(MatMul(), x, x)), by: rules))
    var stacked = Builder()
    let y = stacked.input("x", [2, 3, 4])
    let product = try stacked.add(MatMul(), y, stacked.constant("w", numbers([2, 4, 5])))
    #expect(try isLeftAlone(stacked.output(product), by: rules))
  }

  /// The name that a derived constant would take belongs to another one.
  @Test func derivedConstantsTakeFreeNames() throws {
    var builder = Builder()
    let x = builder.input("x", [.symbol("N"), 4])
    let product = try builder.add(MatMul(), x, builder.constant("w", numbers([4, 4])))
    let sum = try builder.add(Binary(.multiply), product, builder.constant("w.transposed", numbers([4])))
    #expect(try rewritten(builder.output(sum), rules) == ["linear", "binary function=multiply"])
    var graph = builder.output(sum)
    try graph.rewrite([RewritePass("test", rules)])
    #expect(graph.constants.keys.sorted() == ["w.transposed", "w.transposed2"])
  }
}
