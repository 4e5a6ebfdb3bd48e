import Graph
import Tensors
import Testing

@Suite struct PassTests {
  func sample() throws -> Graph {
    var builder = Builder()
    let x = builder.input("x", [.symbol("N"), 4])
    return builder.output(try builder.add(Unary(.relu), x))
  }

  @Test func ruleNamesAreTheirOwn() {
    let names = [RewritePass].canonical.flatMap(\.rules).map(\.name)
    #expect(Set(names).count == names.count)
  }

  /// A rule that always fires is stopped by the bound on rounds, and the graph is still whole.
  @Test func roundsAreBounded() throws {
    let restless = RewriteRule("restless", anchor: Unary.self) { (node, op, graph) throws(TypeError) in
      var patch = Patch("restless", of: graph)
      try patch.replace(node.result, with: patch.add(op, node.operands[0]))
      return patch
    }
    var graph = try sample()
    #expect(try graph.rewrite([RewritePass("restless", [restless])], rounds: 3) == 3)
    #expect(listing(graph) == ["unary function=relu"])
  }

  @Test func whatDoesNotTypeDoesNotFit() throws {
    let wrong = RewriteRule("wrong", anchor: Unary.self) { (node, _, graph) throws(TypeError) in
      var patch = Patch("wrong", of: graph)
      try patch.replace(node.result, with: patch.add(Reshape([1, 2, 3]), node.operands[0]))
      return patch
    }
    #expect(try isLeftAlone(sample(), by: [wrong]))
  }

  /// A rule that feeds a value to its own producer is a defect, and found.
  @Test func cyclesAreFound() throws {
    let knot = RewriteRule("knot", anchor: Unary.self) { (node, op, graph) throws(TypeError) in
      guard op.function == .relu else { return nil }
      var patch = Patch("knot", of: graph)
      try patch.replace(node.operands[0], with: node.result)
      return patch
    }
    var graph = try sample()
    let expected = RewriteError.invariant(pass: "knots", .cycle(node: #"unary """#))
    #expect(throws: expected) { try graph.rewrite([RewritePass("knots", [knot])]) }
    #expect(expected.description == #"after pass knots: unary "" depends on its own result"#)
  }

  @Test func interfacesAreCompared() throws {
    var graph = try sample()
    let before = Interface(of: graph)
    #expect(graph.firstViolation(keeping: before) == nil)
    graph.addOutput("more", graph.inputs[0].value)
    #expect(graph.firstViolation(keeping: before) == .interface)
  }
}
