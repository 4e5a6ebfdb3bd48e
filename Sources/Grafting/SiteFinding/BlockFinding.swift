import Graph

/// What a block adds to the stream.
enum Contribution: String {
  /// Tokens exchange information.
  case attention
  /// Every token for itself, through weights.
  case mlp = "a token-wise network"
  case other = "neither attention nor a token-wise network"

  init(_ sum: ResidualStream.Sum, in graph: Graph) {
    let operators = graph.nodes(from: sum.stream, to: sum.contribution).map(\.op)
    if operators.contains(where: { $0 is Attention || $0 is Softmax || $0 is MatMul }) {
      self = .attention
    } else {
      self = operators.contains { $0 is Linear } ? .mlp : .other
    }
  }
}

extension ResidualStream {
  /// The value after each block, a block being a sum with attention and a sum with a token-wise network.
  func blockResults(in graph: Graph) throws(SiteFindingError) -> [ValueID] {
    let pattern: [Contribution] = [.attention, .mlp]
    for (index, sum) in sums.enumerated() {
      let (expected, found) = (pattern[index % 2], Contribution(sum, in: graph))
      guard found == expected else {
        throw .irregularBlock(sum: index, expected: expected.rawValue, found: found.rawValue)
      }
    }
    guard sums.count % 2 == 0 else {
      throw .irregularBlock(
        sum: sums.count, expected: Contribution.mlp.rawValue, found: "the end of the stream")
    }
    return stride(from: 1, to: sums.count, by: 2).map { sums[$0].result }
  }
}
