import Graph
import Tensors
import Testing

@Suite struct ViewRuleTests {
  let n = Dimension.symbol("N")

  func chain(_ extents: [Dimension], _ operators: [any Operator]) throws -> Graph {
    var builder = Builder()
    var value = builder.input("x", extents)
    for op in operators { value = try builder.add(op, value) }
    return builder.output(value)
  }

  @Test func chainsThatCancel() throws {
    let cases: [([Dimension], [any Operator], [String])] = [
      ([n, 2, 3], [Transpose([0, 2, 1]), Transpose([0, 2, 1])], []),
      ([n, 6], [Reshape([n, 2, 3]), Reshape([n, 6])], []),
      ([n, 6], [Reshape([n, 6])], []),
      ([n, 6], [Slice(axis: 1, start: 0, count: 6)], []),
      ([n, 6], [Reshape([n, 2, 3]), Reshape([n, 3, 2])], ["reshape dimensions=[N, 3, 2]"]),
      ([n, 2, 3], [Transpose([2, 0, 1]), Transpose([1, 0, 2])], ["transpose permutation=[0, 2, 1]"]),
      // Moving an axis of extent 1 moves nothing.
      ([n, 1, 6], [Transpose([1, 0, 2])], ["transpose permutation=[1, 0, 2]"]),
      ([n, 1, 6], [Transpose([1, 0, 2]), Reshape([n, 6])], ["reshape dimensions=[N, 6]"]),
      (
        [n, 8], [Slice(axis: 1, start: 1, count: 6), Slice(axis: 1, start: 2, count: 3)],
        ["slice axis=1 count=[3] start=3"]
      ),
      // Rows of a transposed map are its columns.
      (
        [n, 4, 6], [Transpose([0, 2, 1]), Slice(axis: 1, start: 2, count: 3), Transpose([0, 2, 1])],
        ["slice axis=2 count=[3] start=2"]
      ),
    ]
    for (extents, operators, expected) in cases {
      let graph = try chain(extents, operators)
      #expect(try rewritten(graph, [.simplifyViews]) == (expected.isEmpty ? [] : expected))
    }
  }

  @Test func chainsThatMoveElementsStay() throws {
    let cases: [([Dimension], [any Operator])] = [
      ([n, 2, 3], [Transpose([0, 2, 1]), Reshape([n, 6])]),
      ([n, 6], [Reshape([n, 2, 3]), Transpose([0, 2, 1])]),
      ([n, 4, 6], [Slice(axis: 1, start: 0, count: 1), Reshape([n, 6])]),
      ([n, 4, 6], [Slice(axis: 2, start: 0, count: 3), Reshape([n, 12])]),
      ([n, 4, 6], [Slice(axis: 1, start: 0, count: 2), Slice(axis: 2, start: 0, count: 2)]),
      ([n, 4, 4], [Transpose([0, 2, 1])]),
    ]
    for (extents, operators) in cases {
      #expect(try isLeftAlone(chain(extents, operators), by: [.simplifyViews]))
    }
  }

  /// Every chain of three small steps computes what it did before.
  @Test func anyChainKeepsItsMeaning() throws {
    let permutations = [[0, 2, 1], [1, 0, 2], [2, 1, 0], [1, 2, 0]]
    for first in permutations {
      for start in 0..<2 {
        for second in permutations {
          var builder = Builder()
          let x = builder.input("x", [n, 2, 6])
          let moved = try builder.add(Transpose(first), x)
          let axis = try #require(builder.graph.type(of: moved).dimensions.firstIndex(of: 6))
          let cut = try builder.add(Slice(axis: axis, start: start, count: 4), moved)
          let again = try builder.add(Transpose(second), cut)
          let split = builder.graph.type(of: again).dimensions.flatMap { $0 == 4 ? [2, 2] : [$0] }
          _ = try rewritten(builder.output(builder.add(Reshape(split), again)), [.simplifyViews])
        }
      }
    }
  }

  @Test func symbolicGridsRegroup() throws {
    let (h, w) = (Dimension.symbol("H"), Dimension.symbol("W"))
    let view = try #require(StridedView([n, 4, h, w]).after(Reshape([n, 4, h * w])))
    #expect(view.after(Reshape([n, 4, h, w])) == StridedView([n, 4, h, w]))
    let turned = try #require(view.after(Transpose([0, 2, 1])))
    #expect(turned.after(Reshape([n, h, w, 4]))?.strides == [4 * h * w, w, 1, h * w])
    #expect(turned.after(Reshape([n, h * w * 4])) == nil)
  }
}
