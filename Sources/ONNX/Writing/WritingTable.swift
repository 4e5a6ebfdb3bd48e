/// How every operator of the graph is written; one line each.
enum WritingTable {
  static let all: [Writing] = [
    .attention,
    .binary,
    .broadcast,
    .concat,
    .conv2d,
    .convert,
    .depthwiseConv,
    .gelu,
    .globalResponseNorm,
    .layerNorm,
    .linear,
    .linearPerImage,
    .matMul,
    .mean,
    .mixture,
    .reshape,
    .router,
    .slice,
    .softmax,
    .transpose,
    .unary,
  ]

  static let byIdentifier = Dictionary(uniqueKeysWithValues: all.map { ($0.identifier, $0) })
}
