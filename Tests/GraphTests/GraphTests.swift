import Graph
import Tensors
import Testing

@Suite struct GraphTests {
  /// x → gelu → add x, with a site and a tap on the gelu.
  func sample() throws -> (Graph, x: ValueID, gelu: ValueID, sum: ValueID) {
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, [.symbol("N"), 4]))
    let gelu = try graph.add(GELU(), x)
    let sum = try graph.add(Binary(.add), gelu, x)
    graph.addOutput("y", sum)
    graph.setTap("inner", gelu)
    graph.addSite(Site(block: "blocks.0", layout: .nhwc, value: gelu))
    return (graph, x, gelu, sum)
  }

  @Test func patchReplacesReadersButNotItsOwn() throws {
    let (graph, _, gelu, sum) = try sample()
    var patch = Patch("double", of: graph)
    let doubled = try patch.add(Binary(.add), gelu, gelu)
    try patch.replace(gelu, with: doubled)
    let changed = patch.applied()
    #expect(changed.producer(of: sum)?.operands.first == doubled)
    #expect(changed.producer(of: doubled)?.operands == [gelu, gelu])
    #expect(changed.taps["inner"] == doubled)
    #expect(changed.sites.first?.value == doubled)
    #expect(changed.orderedNodes().map(\.op.identifier) == ["gelu", "binary", "binary"])
  }

  @Test func patchRefusesAnotherType() throws {
    let (graph, x, gelu, _) = try sample()
    var patch = Patch("narrow", of: graph)
    let narrow = try patch.add(Slice(axis: 1, start: 0, count: 2), x)
    #expect(throws: TypeError.self) { try patch.replace(gelu, with: narrow) }
  }

  @Test func pruneDropsWhatNoOutputNeeds() throws {
    var (graph, x, _, _) = try sample()
    let unused = graph.addConstant(Constant(name: "w", Tensor([1, 2, 3, 4] as [Float], shape: [4])))
    _ = try graph.add(Binary(.multiply), x, unused)
    #expect(graph.prune() == 1)
    #expect(graph.constants.isEmpty)
    #expect(graph.users(of: x).count == 2)
  }

  @Test func everyOperatorIsInTheCatalogOnce() {
    let identifiers = OperatorCatalog.all.map { $0.identifier }
    #expect(Set(identifiers).count == identifiers.count)
    #expect(identifiers == identifiers.sorted())
  }
}
