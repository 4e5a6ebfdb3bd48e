import Graph
import Tensors
import Testing

@Suite struct OperatorTests {
  @Test(
    arguments: [
      ([3, 4], [4, 2], "f32 [3, 2]"), ([5, 3, 4], [4, 2], "f32 [5, 3, 2]"),
      ([5, 1, 3, 4], [6, 4, 2], "f32 [5, 6, 3, 2]"),
    ] as [([Dimension], [Dimension], String)])
  func productsOfStacks(_ a: [Dimension], _ b: [Dimension], _ expected: String) throws {
    let types = try MatMul().resultTypes([TensorType(.float32, a), TensorType(.float32, b)])
    #expect(types.map(\.description) == [expected])
  }

  @Test func productsThatDoNotFit() {
    func refusal(_ a: [Dimension], _ b: [Dimension]) -> String {
      do {
        return "\(try MatMul().resultTypes([TensorType(.float32, a), TensorType(.float32, b)]))"
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal([3, 4], [3, 2]) == "matMul: axis 0 of b must be 4, but b is f32 [3, 2]")
    #expect(refusal([4], [4, 2]) == "matMul: a must have rank 2 or more, but is f32 [4]")
    #expect(refusal([2, 3, 4], [5, 4, 2]) == "matMul: axis 0 of b must be 2 or 1, but b is f32 [5, 4, 2]")
  }

  @Test(
    arguments: [
      ([2, 3, 4], [6, 4], true), ([2, 3], [7], false), ([0, 5], [7, 0], true), ([0, 5], [7], false), ([], [1], true),
      ([.symbol("N"), .symbol("H") * .symbol("W"), 8], [.symbol("N"), .symbol("H"), .symbol("W"), 8], true),
      ([.symbol("N"), .symbol("H")], [.symbol("N"), .symbol("W")], false),
      ([.symbol("N"), 6, .symbol("H")], [.symbol("H"), 2, 3, .symbol("N")], true),
    ] as [([Dimension], [Dimension], Bool)])
  func reshapesKeepTheElements(_ from: [Dimension], _ to: [Dimension], _ fits: Bool) {
    #expect(((try? Reshape(to).resultTypes([TensorType(.float32, from)])) != nil) == fits)
  }

  /// A file states attributes; what a terminal obeys is spelt out.
  @Test func controlCharactersAreSpeltOut() {
    do {
      _ = try OperatorCatalog.decode("unary", Attributes(["function": .text("\u{1B}[2J")]))
      Issue.record("there is no such function")
    } catch {
      #expect("\(error)".hasSuffix(", but is \\u{1B}[2J"))
    }
  }

  @Test func conversions() throws {
    #expect(
      try Convert(to: .float16).resultTypes([TensorType(.float32, [2])]).first?.description == "f16 [2]")
    #expect(try Convert(attributes: Convert(to: .bfloat16).attributes).element == .bfloat16)
    #expect(throws: TypeError.self) { try Convert(attributes: Attributes(["to": .text("f7")])) }
  }
}
