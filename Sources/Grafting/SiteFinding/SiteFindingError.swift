public import Graph

/// Why no sites are found in a graph.
public enum SiteFindingError: Error, Hashable, Sendable {
  /// No sum of a value with something computed from it.
  case noStream
  /// A block is a sum with attention, then a sum with a token-wise network. `sum` counts the stream's sums
  /// from 0.
  case irregularBlock(sum: Int, expected: String, found: String)
  /// No convolution leads to the stream, so that nothing tells the grid of its tokens.
  case noPatchEmbedding(stream: TensorType)
  /// No convolution's map has at most as many positions as the stream has tokens.
  case gridMismatch(stream: TensorType, maps: [TensorType])
  /// No norm, linear or convolution reads the stream, a map, so that nothing tells where its channels stand.
  case unknownLayout(stream: TensorType)
  /// Other tokens come after those of the grid.
  case gridNotLast(stream: TensorType)
}

extension SiteFindingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noStream:
      "the network has no residual stream: no value to which blocks add what they compute from it"
    case .irregularBlock(let sum, let expected, let found):
      "sum \(sum) of the residual stream: \(expected) expected, \(found) found"
    case .noPatchEmbedding(let stream):
      "no convolution leads to the residual stream \(stream), so the grid of its tokens is unknown"
    case .gridMismatch(let stream, let maps):
      "the residual stream \(stream) has no fixed number of tokens beside a grid of "
        + maps.map(\.description).joined(separator: " or ")
    case .unknownLayout(let stream):
      "nothing tells which axis of the residual stream \(stream) holds channels"
    case .gridNotLast(let stream):
      "the tokens of the grid are not the last ones of the residual stream \(stream)"
    }
  }
}
