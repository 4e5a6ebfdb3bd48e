/// Which operators are lowered, and how; one line each.
enum LoweringTable {
  static let all: [Lowering] = [
    .add,
    .attention,
    .cast,
    .concat,
    .constant,
    .constantOfShape,
    .conv,
    .divide,
    .dropout,
    .dropoutWithMode,
    .equal,
    .erf,
    .exp,
    .expand,
    .flatten,
    .gather,
    .gelu,
    .geluOfMicrosoft,
    .gemm,
    .globalAveragePool,
    .identity,
    .layerNormalization,
    .matMul,
    .maximum,
    .minimum,
    .multiply,
    .power,
    .range,
    .reduceMean,
    .reduceMeanWithAxes,
    .reduceProd,
    .reduceProdWithAxes,
    .relu,
    .reshape,
    .shape,
    .sigmoid,
    .size,
    .slice,
    .sliceByAttributes,
    .softmax,
    .softmaxOfRows,
    .split,
    .splitByAttribute,
    .sqrt,
    .squeeze,
    .squeezeByAttribute,
    .subtract,
    .tanh,
    .transpose,
    .unsqueeze,
    .unsqueezeByAttribute,
    .where,
  ]

  private static let byName = Dictionary(grouping: all) { "\($0.domain).\($0.op)" }

  /// The newest lowering that is not above the node's operator set; nil where there is none.
  static func lowering(of node: ONNXNode, opsets: [String: Int]) -> Lowering? {
    guard let opset = opsets[node.domain] else { return nil }
    return byName["\(node.domain).\(node.op)"]?
      .filter { $0.opsets.contains(opset) }
      .max { $0.opsets.lowerBound < $1.opsets.lowerBound }
  }
}
