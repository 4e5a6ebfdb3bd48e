/// How every operator of the graph is written; one line each.
enum WritingTable {
  static let all: [Writing] = [
    .attention,
    .binary,
    .broadcast,
    .concat,
    .conv2d,
    .convert,
    .cumulate,
    .depthwiseConv,
    .determinant,
    .gather,
    .gatherElements,
    .gelu,
    .globalResponseNorm,
    .layerNorm,
    .linear,
    .linearPerImage,
    .matMul,
    .mean,
    .mixture,
    .reduce,
    .reshape,
    .router,
    .scatterElements,
    .select,
    .slice,
    .softmax,
    .topIndices,
    .transpose,
    .unary,
  ]

  static let byIdentifier = Dictionary(uniqueKeysWithValues: all.map { ($0.identifier, $0) })
}
