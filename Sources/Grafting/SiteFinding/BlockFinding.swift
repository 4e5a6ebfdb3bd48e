import Graph

/// What a block adds to the stream.
enum Contribution: String {
  /// Positions exchange information by what they hold.
  case attention
  /// Every position for itself, through weights.
  case mlp = "a token-wise network"
  /// Positions exchange information with their neighbours, channels through weights: a whole block.
  case convolution = "a convolutional block"
  /// A convolution of each channel of its own, which tells positions where they are.
  case position = "a depthwise convolution"
  case other = "neither attention nor a token-wise network"

  init(_ sum: ResidualStream.Sum, in graph: Graph) {
    let attends = sum.nodes.contains { node in
      node.op is Attention || node.op is Softmax || node.op is MaskedSoftmax || node.op is MatMul
    }
    let kinds = sum.nodes.map { Mixing($0, in: graph) }
    let (neighbours, channels) = (kinds.contains { $0.overPositions }, kinds.contains { $0.overChannels })
    self =
      attends ? .attention : neighbours ? (channels ? .convolution : .position) : channels ? .mlp : .other
  }
}

/// What one node mixes through weights.
private struct Mixing {
  var overPositions = false
  var overChannels = false

  init(_ node: Node, in graph: Graph) {
    switch node.op {
    case is Linear: overChannels = true
    case is DepthwiseConv: overPositions = true
    case is Conv2d, is Convolution:
      let weight = graph.type(of: node.operands[1]).dimensions
      overPositions = weight.dropFirst(2).contains { $0 != 1 }
      overChannels = weight[1] != 1
    default: break
    }
  }
}

/// A block of the network: its sums, one after the other.
struct Block {
  /// Attention's and the token-wise network's, or a convolutional block's one.
  let sums: [ResidualStream.Sum]
  let attends: Bool

  var result: ValueID { sums[sums.count - 1].result }

  /// The sums of one stage by blocks: attention and then a token-wise network, or one convolutional block. `first` is
  /// the number of the stage's first sum.
  ///
  /// Attention that brings the stream to a stage's map may have no sum; then the stage begins with the token-wise
  /// network.
  static func blocks(
    of sums: [ResidualStream.Sum], first: Int, isLater: Bool, in graph: Graph
  ) throws(SiteFindingError) -> [Block] {
    var blocks: [Block] = []
    var open: ResidualStream.Sum?
    for (index, sum) in sums.enumerated() {
      let found = Contribution(sum, in: graph)
      switch (found, open) {
      case (.attention, nil): open = sum
      case (.mlp, let attention?), (.convolution, let attention?):
        blocks.append(Block(sums: [attention, sum], attends: true))
        open = nil
      case (.convolution, nil): blocks.append(Block(sums: [sum], attends: false))
      case (.mlp, nil) where isLater && blocks.isEmpty: blocks.append(Block(sums: [sum], attends: true))
      case (.position, _): continue
      default:
        let expected: Contribution = open == nil ? .attention : .mlp
        throw .irregularBlock(sum: first + index, expected: expected.rawValue, found: found.rawValue)
      }
    }
    guard open == nil else {
      throw .irregularBlock(
        sum: first + sums.count, expected: Contribution.mlp.rawValue, found: "the end of the stream")
    }
    return blocks
  }
}
