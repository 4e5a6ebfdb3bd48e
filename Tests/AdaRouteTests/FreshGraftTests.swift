import Backbones
import Grafting
import Graph
import Runtime
import Safetensors
import Tensors
import Testing

@Suite struct FreshGraftTests {
  func graft(_ initialization: Initialization, seed: UInt64) throws -> Grafted {
    let base = try Fixture(name: "timm_vit").backbone().graph
    return try AdaRouteMethod(AdaRouteConfiguration(rank: 8, routerHidden: 4)).graft(
      base, .fresh(initialization, seed: seed))
  }

  func logits(_ graph: Graph) throws -> Tensor {
    let input = try Fixture(name: "timm_vit").references().tensor(named: "input")
    let outputs = try Session(graph).run(["input": input])
    return try #require(outputs["logits"])
  }

  @Test func identityLeavesTheOutputsAsTheyWere() throws {
    let before = try logits(Fixture(name: "timm_vit").backbone().graph)
    #expect(difference(try logits(graft(.identity, seed: 1).graph), before) <= 1e-6)
    // The authors' initial values do move them, so the comparison can fail.
    #expect(difference(try logits(graft(.paper, seed: 1).graph), before) > 1e-6)
  }

  @Test func seedsDecideTheValues() throws {
    func values(_ seed: UInt64) throws -> [Float]? {
      try graft(.paper, seed: seed).graph.constants["peft_params.projA_params"]?.tensor().scalars()
    }
    #expect(try values(1) == values(1))
    #expect(try values(1) != values(2))
    let drawn = try #require(try values(3))
    let mean = drawn.reduce(0, +) / Float(drawn.count)
    let deviation = (drawn.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Float(drawn.count)).squareRoot()
    #expect(abs(deviation - 0.02) < 0.002)
  }

  /// The authors' fixture counts 9306 trainable parameters at these settings.
  @Test func countsAreTheAuthors() throws {
    #expect(try graft(.identity, seed: 0).trainableParameters == 9306)
  }

  @Test func aSecondGraftIsRefused() throws {
    let grafted = try graft(.identity, seed: 0).graph
    let method = try AdaRouteMethod(AdaRouteConfiguration(rank: 8, routerHidden: 4))
    #expect(throws: GraftError.self) { try method.graft(grafted, .fresh(.identity, seed: 0)) }
  }

  @Test(arguments: [(0, [3], 4), (8, [4], 4), (8, [3, 3], 4), (8, [3], 0), (Int.max, [3], 4), (8, [-1], 4)])
  func settingsAreChecked(_ rank: Int, _ kernels: [Int], _ hidden: Int) {
    #expect(throws: GraftError.self) {
      try AdaRouteMethod(AdaRouteConfiguration(rank: rank, kernels: kernels, routerHidden: hidden))
    }
  }
}
