import Graph
import Tensors

/// A norm of maps with channels first, as `norm_cfg` states it.
enum MapNorm: Hashable, Sendable {
  case batch(epsilon: Double)
  case group(Int, epsilon: Double)

  /// Nil where `norm_cfg` is absent.
  init?(_ json: JSONValue, in owner: String) throws(BackboneError) {
    guard let settings = json["norm_cfg"] else { return nil }
    try settings.requireKnown(["type", "requires_grad", "eps", "num_groups", "momentum"], in: owner + ".norm_cfg")
    let epsilon = try settings.epsilon("eps") ?? 1e-5
    switch try settings.text("type") ?? "" {
    case "BN", "BN2d", "SyncBN": self = .batch(epsilon: epsilon)
    case "GN":
      let groups = try settings.count("num_groups", in: owner + ".norm_cfg", meaning: "the groups of a group norm")
      self = .group(groups, epsilon: epsilon)
    case let found:
      throw .configValue(key: owner + ".norm_cfg.type", expected: "BN, SyncBN or GN", found: "\"\(found)\"")
    }
  }

  /// What the norm's tensors are called within a ConvModule.
  var name: String {
    switch self {
    case .batch: "bn"
    case .group: "gn"
    }
  }
}

extension Weights {
  /// mmcv's ConvModule: a convolution that keeps the map's extents, a norm, and ReLU.
  mutating func convolutionModule(
    _ x: ValueID, _ name: String, _ outputs: Int, kernel: Int, norm: MapNorm?, activates: Bool = true,
    in graph: inout Graph
  ) throws -> ValueID {
    var y = try sameConvolution(x, name + ".conv", outputs, kernel: kernel, in: &graph)
    if let norm { y = try mapNorm(y, "\(name).\(norm.name)", norm, in: &graph) }
    return activates ? try graph.add(Unary(.relu), y) : y
  }

  /// A convolution with an odd kernel that keeps the map's extents, with a bias where the checkpoint has one.
  mutating func sameConvolution(
    _ x: ValueID, _ name: String, _ outputs: Int, kernel: Int, in graph: inout Graph
  ) throws -> ValueID {
    let inputs = graph.type(of: x).dimensions[1].constant ?? 0
    let weight = try load(name + ".weight", [outputs, inputs, kernel, kernel], role: "convolution", into: &graph)
    let op = Conv2d(strides: [1, 1], padding: [kernel / 2, kernel / 2])
    guard contains(name + ".bias") else { return try graph.add(op, x, weight) }
    return try graph.add(op, x, weight, load(name + ".bias", [outputs], role: "convolution", into: &graph))
  }

  private mutating func mapNorm(
    _ x: ValueID, _ name: String, _ norm: MapNorm, in graph: inout Graph
  ) throws -> ValueID {
    let type = graph.type(of: x)
    let c = type.dimensions[1].constant ?? 0
    let gamma = try load(name + ".weight", [c], role: "norm", into: &graph)
    let beta = try load(name + ".bias", [c], role: "norm", into: &graph)
    switch norm {
    case .batch(let epsilon):
      let mean = try load(name + ".running_mean", [c], role: "norm's mean", into: &graph)
      let variance = try load(name + ".running_var", [c], role: "norm's variance", into: &graph)
      return try graph.add(BatchNorm(epsilon: epsilon), x, gamma, beta, mean, variance)
    case .group(let groups, let epsilon):
      guard c % groups == 0 else {
        throw BackboneError.configValue(
          key: "norm_cfg.num_groups", expected: "a divisor of \(c) channels", found: "\(groups)")
      }
      let area = type.dimensions[2] * type.dimensions[3]
      let grouped = try graph.add(
        Reshape([type.dimensions[0], Dimension(groups), Dimension(c / groups) * area]), x)
      let normed = try graph.add(Reshape(type.dimensions), graph.add(Normalize(.standard, epsilon: epsilon), grouped))
      let column: [Dimension] = [Dimension(c), 1, 1]
      let scaled = try graph.add(Binary(.multiply), normed, graph.add(Reshape(column), gamma))
      return try graph.add(Binary(.add), scaled, graph.add(Reshape(column), beta))
    }
  }
}

extension Graph {
  /// A map of other extents, bilinear as torch.nn.functional.interpolate without `align_corners`.
  mutating func resized(_ map: ValueID, toSizeOf other: ValueID, _ filter: Sampling.Filter = .linear) throws -> ValueID
  {
    let (own, wanted) = (type(of: map).dimensions, type(of: other).dimensions)
    guard own[2...] != wanted[2...] else { return map }
    // Nearest takes the element at ⌊i · in / out⌋.
    let sampling = filter == .nearest ? Sampling(.nearest, .asymmetric, rounding: .down) : Sampling(filter)
    return try add(Resize(sizes: Array(own[..<2]) + wanted[2...], sampling: sampling), map)
  }
}
