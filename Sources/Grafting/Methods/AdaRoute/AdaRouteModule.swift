import Graph
import Tensors

/// Writes one module at one site: the forward pass of the method's specification, step by step.
struct AdaRouteModule {
  private var pool: ParameterPool
  private var patch: Patch
  private let site: Site
  private let settings: AdaRouteConfiguration
  private let name: String
  private let center: String
  private let experts: Int
  private let width: Int
  private let height: Dimension
  private let columns: Dimension
  /// Their product.
  private let count: Dimension
  private let batch: Dimension

  /// More channels than any backbone has; a file can state any number without holding a byte for it.
  private static let widthLimit = 1 << 16

  init(
    _ site: Site, _ settings: AdaRouteConfiguration, experts: Int, pool: ParameterPool, patch: Patch
  ) throws(GraftError) {
    let type = patch.type(of: site.value)
    let channelAxis: Int
    switch site.layout {
    case .tokens(_, let height, let width):
      (self.height, columns, channelAxis) = (height, width, 2)
    case .nhwc: (height, columns, channelAxis) = (type.dimensions[1], type.dimensions[2], 3)
    case .nchw: (height, columns, channelAxis) = (type.dimensions[2], type.dimensions[3], 1)
    }
    guard let width = type.dimensions[channelAxis].constant, (1...Self.widthLimit).contains(width) else {
      throw .setting(
        name: site.block, expected: "a known number of channels, at most \(Self.widthLimit)", found: "\(type)")
    }
    self.width = width
    count = height * columns
    batch = type.dimensions[0]
    name = site.block + ".adapter" + (site.slot == 0 ? "" : "\(site.slot)")
    center = "peft_params." + (site.stage.map { "\($0)." } ?? "")
    self.site = site
    self.settings = settings
    self.experts = experts
    self.pool = pool
    self.patch = patch
  }

  /// What the modules so far read and wrote.
  consuming func finished() -> (ParameterPool, Patch) { (pool, patch) }

  /// The value that takes the place of the site's.
  mutating func build() throws -> ValueID {
    let flat = [batch, count, Dimension(width)]
    switch site.layout {
    case .tokens(let prefix, _, _):
      guard prefix > 0 else { return try module(site.value) }
      let kept = try patch.add(Slice(axis: 1, start: 0, count: Dimension(prefix)), site.value)
      let tokens = try patch.add(Slice(axis: 1, start: prefix, count: count), site.value)
      return try patch.add(Concat(axis: 1), kept, module(tokens))
    case .nhwc:
      let tokens = try patch.add(Reshape(flat), site.value)
      return try patch.add(Reshape([batch, height, columns, Dimension(width)]), module(tokens))
    case .nchw:
      let last = try patch.add(Transpose([0, 2, 3, 1]), site.value)
      let tokens = try module(patch.add(Reshape(flat), last))
      let map = try patch.add(Reshape([batch, height, columns, Dimension(width)]), tokens)
      return try patch.add(Transpose([0, 3, 1, 2]), map)
    }
  }

  /// x and the result are [N, height·width, C].
  private mutating func module(_ input: ValueID) throws -> ValueID {
    var residual = input
    if settings.residualScale { residual = try scaled(residual, "res_scale", "res_bias") }

    var x = try normed(input)
    if settings.spatial { x = try convolved(x, "dwconv1") }

    let coefficients = try routed(x)
    let down = try mixed(coefficients, 0, "projA_params", [settings.rank, width])
    let up = try mixed(coefficients, 1, "projB_params", [width, settings.rank])

    x = try patch.add(LinearPerImage(), x, down)
    // Without convolutions the sum below doubles x, as the authors' code does.
    let y = settings.kernels.isEmpty ? x : try scales(x, coefficients)
    x = try patch.add(Binary(.add), x, y)
    let rank = settings.rank
    let projection = try linear(x, "proj", rank, rank)
    x = try patch.add(GELU(), patch.add(Binary(.add), x, projection))
    x = try patch.add(LinearPerImage(), x, up)
    if settings.spatial { x = try convolved(x, "dwconv2") }
    if settings.layerScale { x = try scaled(x, "layer_scale", "layer_bias") }
    let result = try patch.add(Binary(.add), x, residual)
    patch.setTap("adapter_out.\(name)", result)
    return result
  }

  private mutating func normed(_ x: ValueID) throws -> ValueID {
    let gamma = try parameter("norm.weight", [width], .constant(1))
    let beta = try parameter("norm.bias", [width], .constant(0))
    let norm = try patch.add(LayerNorm(epsilon: 1e-5), x, gamma, beta)
    let scale = try parameter("norm_gamma", [width], .constant(1e-5))
    return try patch.add(Binary(.add), x, patch.add(Binary(.multiply), norm, scale))
  }

  private mutating func scaled(_ x: ValueID, _ scale: String, _ shift: String) throws -> ValueID {
    let product = try patch.add(Binary(.multiply), x, parameter(scale, [width], .constant(1)))
    return try patch.add(Binary(.add), product, parameter(shift, [width], .constant(0)))
  }

  /// x + depthwise 3x3 convolution of x.
  private mutating func convolved(_ x: ValueID, _ part: String) throws -> ValueID {
    let weight = try parameter(part + ".weight", [width, 1, 3, 3], .kaimingUniform(fanIn: 9))
    let bias = try parameter(part + ".bias", [width], .constant(0))
    let map = try grid(x, width)
    let sum = try patch.add(Binary(.add), map, patch.add(DepthwiseConv(), map, weight, bias))
    return try tokens(sum, width)
  }

  private mutating func routed(_ x: ValueID) throws -> ValueID {
    let (hidden, outputs) = (settings.routerHidden, experts * settings.groups)
    let weight1 = try parameter("router.0.weight", [hidden, width], .kaimingUniform(fanIn: width))
    let bias1 = try parameter("router.0.bias", [hidden], .constant(0))
    let weight2 = try parameter("router.2.weight", [outputs, hidden], .kaimingUniform(fanIn: hidden))
    let bias2 = try parameter("router.2.bias", [outputs], .constant(0))
    let scale = try parameter("logit_scale", [settings.groups], .constant(0))
    let coefficients = try patch.add(Router(), x, weight1, bias1, weight2, bias2, scale)
    patch.setTap("routing.\(name)", coefficients)
    return coefficients
  }

  private mutating func mixed(
    _ coefficients: ValueID, _ group: Int, _ part: String, _ shape: [Int]
  ) throws -> ValueID {
    // Zero up-projections make the module's own contribution zero, and are the first to receive a gradient.
    let start: Start =
      part == "projB_params" && pool.initialization == .identity ? .constant(0) : .truncatedNormal(deviation: 0.02)
    let stack = try pool.constant(center + part, [experts] + shape, start, in: &patch)
    return try patch.add(Mixture(group: group), coefficients, stack)
  }

  /// The routed convolutions, small to large, each fed by the one before; per token a choice between them.
  private mutating func scales(_ x: ValueID, _ coefficients: ValueID) throws -> ValueID {
    let (rank, kernels) = (settings.rank, settings.kernels)
    let weights = try parameter("conv_res_scale", [2 * (kernels.count - 1)], .constant(1))
    let map = try grid(x, rank)
    var results: [ValueID] = []
    for (index, kernel) in kernels.enumerated() {
      var input = map
      if let previous = results.last {
        let own = try patch.add(Slice(axis: 0, start: 2 * (index - 1), count: 1), weights)
        let fed = try patch.add(Slice(axis: 0, start: 2 * (index - 1) + 1, count: 1), weights)
        input = try patch.add(
          Binary(.add), patch.add(Binary(.multiply), map, own), patch.add(Binary(.multiply), previous, fed))
      }
      let part = "conv\(kernel)x\(kernel)_params"
      let weight = try mixed(coefficients, 2 + index, part, [rank, 1, kernel, kernel])
      results.append(try patch.add(DepthwiseConv(), input, weight))
    }
    let outputs = try results.map { try tokens($0, rank) }
    // Taken from the file in any case; a softmax over one scale is one.
    let logitWeight = try parameter("attn.0.weight", [kernels.count, rank], .kaimingUniform(fanIn: rank))
    let logitBias = try parameter("attn.0.bias", [kernels.count], .constant(0))
    guard outputs.count > 1 else { return outputs[0] }
    let sum = try outputs.dropFirst().reduce(outputs[0]) { try patch.add(Binary(.add), $0, $1) }
    let choice = try patch.add(Softmax(), patch.add(Linear(), sum, logitWeight, logitBias))
    let parts = try outputs.enumerated().map { index, output in
      try patch.add(Binary(.multiply), output, patch.add(Slice(axis: 2, start: index, count: 1), choice))
    }
    return try parts.dropFirst().reduce(parts[0]) { try patch.add(Binary(.add), $0, $1) }
  }

  private mutating func linear(_ x: ValueID, _ part: String, _ inputs: Int, _ outputs: Int) throws -> ValueID {
    let weight = try parameter(part + ".weight", [outputs, inputs], .kaimingUniform(fanIn: inputs))
    return try patch.add(Linear(), x, weight, parameter(part + ".bias", [outputs], .constant(0)))
  }

  private mutating func parameter(_ part: String, _ extents: [Int], _ start: Start) throws -> ValueID {
    try pool.constant("\(name).\(part)", extents, start, in: &patch)
  }

  private mutating func grid(_ x: ValueID, _ channels: Int) throws -> ValueID {
    try patch.add(Reshape([batch, height, columns, Dimension(channels)]), x)
  }

  private mutating func tokens(_ map: ValueID, _ channels: Int) throws -> ValueID {
    try patch.add(Reshape([batch, count, Dimension(channels)]), map)
  }
}
