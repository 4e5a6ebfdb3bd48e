import Graph
import Tensors
import Testing

@Suite struct OrderRuleTests {
  @Test func streamsComeFirstAndConstantsSecond() throws {
    var builder = Builder()
    let x = builder.input("x", [.symbol("N"), 4])
    let constant = builder.constant("c", numbers([4]))
    let scaled = try builder.add(Binary(.multiply), constant, x)
    let branch = try builder.add(Unary(.relu), scaled)
    var graph = builder.output(try builder.add(Binary(.add), branch, scaled))
    #expect(try evaluate(graph) == evaluate(ordered(&graph)))
    let sum = try #require(graph.producer(of: graph.outputs[0].value))
    #expect(graph.producer(of: sum.operands[1])?.op is Unary)
    let product = try #require(graph.producer(of: sum.operands[0]))
    #expect(graph.constant(for: product.operands[1]) != nil)
  }

  func ordered(_ graph: inout Graph) throws -> Graph {
    #expect(try graph.rewrite([RewritePass("test", [.orderOperands])]) == 2)
    return graph
  }

  @Test func unrelatedOperandsAndDifferencesStay() throws {
    var builder = Builder()
    let (x, y) = (builder.input("x", [.symbol("N"), 4]), builder.input("y", [.symbol("N"), 4]))
    let sum = try builder.add(Binary(.add), y, x)
    let difference = try builder.add(Binary(.subtract), builder.constant("c", numbers([4])), sum)
    let twice = try builder.add(Binary(.add), difference, difference)
    #expect(try isLeftAlone(builder.output(twice), by: [.orderOperands]))
  }
}
