import Grafting
import Graph
import Tensors
import Testing

/// A small transformer without names for anything, in the variants that sites are found in, or not.
struct Transformer {
  enum Part { case attention, mlp, gate }

  var image: [Dimension] = [16, 24]
  var parts: [Part] = [.attention, .mlp, .attention, .mlp]
  var prefix = 1
  var prefixLast = false
  var contributionFirst = false
  var convolutions = 1
  var patches = true

  private let width = 8

  func graph() throws -> Graph {
    var graph = Graph()
    var names = 0
    func weight(_ extents: Int...) -> ValueID {
      names += 1
      let tensor = Tensor([Float](repeating: 0.1, count: extents.reduce(1, *)), shape: Shape(extents))
      return graph.addConstant(Constant(name: "\(names)", tensor))
    }
    let n = Dimension.symbol("N")
    var x: ValueID
    if patches {
      x = graph.addInput("x", TensorType(.float32, [n, 3] + image))
      for index in 0..<convolutions {
        let side = index == 0 ? 8 : 1
        x = try graph.add(
          Conv2d(strides: [side, side]), x, weight(width, index == 0 ? 3 : width, side, side))
      }
      let map = graph.type(of: x).dimensions
      let flat = try graph.add(Reshape([n, Dimension(width), map[2] * map[3]]), x)
      x = try graph.add(Transpose([0, 2, 1]), flat)
    } else {
      x = graph.addInput("x", TensorType(.float32, [n, 6, Dimension(width)]))
    }
    if prefix > 0 {
      let tokens = try graph.add(
        Broadcast([n, Dimension(prefix), Dimension(width)]), weight(1, prefix, width))
      x = try graph.append(Concat(axis: 1), prefixLast ? [x, tokens] : [tokens, x])[0]
    }
    for part in parts {
      let normed = try graph.add(LayerNorm(epsilon: 1e-6), x, weight(width), weight(width))
      var y: ValueID
      switch part {
      case .attention:
        let mixed = try graph.add(Attention(heads: 2, scale: 0.5), normed, normed, normed)
        y = try graph.add(Linear(), mixed, weight(width, width))
      case .mlp:
        let hidden = try graph.add(GELU(), graph.add(Linear(), normed, weight(4 * width, width)))
        y = try graph.add(Linear(), hidden, weight(width, 4 * width))
      case .gate: y = try graph.add(Unary(.sigmoid), normed)
      }
      y = try graph.add(Binary(.multiply), y, weight(width))
      x = try contributionFirst ? graph.add(Binary(.add), y, x) : graph.add(Binary(.add), x, y)
    }
    graph.addOutput("y", try graph.add(Mean(axis: 1), x))
    return graph
  }
}

@Suite struct SiteFindingTests {
  @Test func oneSiteAfterEachBlock() throws {
    let graph = try Transformer().graph()
    let sites = try graph.foundSites()
    #expect(sites.map(\.block) == ["blocks.0", "blocks.1"])
    #expect(sites.allSatisfy { $0.layout == .tokens(prefix: 1, height: 2, width: 3) })
    #expect(sites.allSatisfy { $0.stage == nil && $0.slot == 0 })
    // The last one is what the head reads.
    let head = try #require(graph.producer(of: graph.outputs[0].value))
    #expect(sites[1].value == head.operands[0])
    #expect(graph.depends(sites[1].value, on: sites[0].value))
    #expect(try graph.findingSites().sites == sites)
  }

  @Test func theOrderOfASumDoesNotMatter() throws {
    let sites = try Transformer(contributionFirst: true).graph().foundSites()
    #expect(
      sites.map(\.layout) == [Site.Layout](repeating: .tokens(prefix: 1, height: 2, width: 3), count: 2))
  }

  @Test func prefixesOfAnyLength() throws {
    let none = try Transformer(prefix: 0).graph().foundSites()
    #expect(none.first?.layout == .tokens(prefix: 0, height: 2, width: 3))
    let five = try Transformer(prefix: 5, convolutions: 3).graph().foundSites()
    #expect(five.first?.layout == .tokens(prefix: 5, height: 2, width: 3))
  }

  @Test func gridsOfOpenImages() throws {
    let (h, w) = (Dimension.symbol("H"), Dimension.symbol("W"))
    let sites = try Transformer(image: [h, w]).graph().foundSites()
    let expected = Site.Layout.tokens(prefix: 1, height: h.floorDivided(by: 8), width: w.floorDivided(by: 8))
    #expect(sites.first?.layout == expected)
  }

  @Test func namedSitesAreKept() throws {
    var graph = try Transformer().graph()
    let site = Site(block: "mine", layout: .nchw, value: graph.outputs[0].value)
    graph.addSite(site)
    #expect(try graph.findingSites().sites == [site])
  }

  static let refusals: [(Transformer, String)] = [
    (
      Transformer(parts: []),
      "the network has no residual stream: no value to which blocks add what they compute from it"
    ),
    (
      Transformer(parts: [.mlp, .attention]),
      "sum 0 of the residual stream: attention expected, a token-wise network found"
    ),
    (
      Transformer(parts: [.attention, .attention]),
      "sum 1 of the residual stream: a token-wise network expected, attention found"
    ),
    (
      Transformer(parts: [.attention, .gate]),
      """
      sum 1 of the residual stream: a token-wise network expected, neither attention nor a token-wise \
      network found
      """
    ),
    (
      Transformer(parts: [.attention, .mlp, .attention]),
      "sum 3 of the residual stream: a token-wise network expected, the end of the stream found"
    ),
    (
      Transformer(patches: false),
      "no convolution leads to the residual stream f32 [N, 7, 8], so the grid of its tokens is unknown"
    ),
    (
      Transformer(prefixLast: true),
      "the tokens of the grid are not the last ones of the residual stream f32 [N, 7, 8]"
    ),
  ]

  @Test(arguments: refusals.indices) func whatHasNoSitesSaysWhy(_ index: Int) throws {
    let (transformer, text) = Self.refusals[index]
    do {
      Issue.record("found \(try transformer.graph().foundSites())")
    } catch let error as SiteFindingError {
      #expect(error.description == text)
    }
  }
}
