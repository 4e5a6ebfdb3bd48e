import Graph
import Tensors

/// The tokens that stand before the patches: class, distillation, registers, in this order.
struct ViTPrefix: Sendable {
  let hasClass: Bool
  let hasDistillation: Bool
  let registers: Int

  init(_ weights: Weights, _ names: ViTNames, width: Int) throws(BackboneError) {
    hasClass = weights.contains(names.classToken)
    hasDistillation = weights.contains(names.distillationToken)
    guard let name = names.registers, weights.contains(name) else {
      registers = 0
      return
    }
    let shape = try weights.shape(name, role: "register tokens")
    guard shape.rank == 3, shape[0] == 1, shape[2] == width else {
      throw .shape(tensor: name, expected: "[1, registers, \(width)]", found: shape)
    }
    registers = shape[1]
  }

  /// Class and distillation tokens.
  var leading: Int { (hasClass ? 1 : 0) + (hasDistillation ? 1 : 0) }
  var count: Int { leading + registers }
}

extension ViTBuilder {
  /// The patches' embedding, the tokens before them and the positions.
  ///
  /// Positions belong to every token, to the patches alone (DeiT III, timm's DINOv2 with registers), or to all but
  /// the registers (transformers' DINOv2 with registers): their number tells which.
  mutating func tokens(_ input: ValueID, _ channels: Int) throws -> ValueID {
    let patches = try patchTokens(input, channels)
    var leading: [ValueID] = []
    if prefix.hasClass { leading.append(try token(names.classToken, 1, role: "class token")) }
    if prefix.hasDistillation, let name = names.distillationToken {
      leading.append(try token(name, 1, role: "distillation token"))
    }
    var registers: [ValueID] = []
    if prefix.registers > 0, let name = names.registers {
      registers.append(try token(name, prefix.registers, role: "register tokens"))
    }
    var x = try positioned(patches, after: leading, registers)
    if let preNorm = names.preNorm, weights.contains(preNorm + ".weight") { x = try norm(x, preNorm) }
    return x
  }

  private mutating func positioned(
    _ patches: ValueID, after leading: [ValueID], _ registers: [ValueID]
  ) throws -> ValueID {
    guard let position = names.position, names.ownTable == nil || weights.contains(position) else {
      return try joined(leading + registers + [patches])
    }
    switch try positionLength(position) {
    case homePatchCount:
      return try joined(leading + registers + [added(position, to: patches, after: 0)])
    case homePatchCount + prefix.leading where prefix.leading > 0:
      return try inserting(
        registers, into: added(position, to: joined(leading + [patches]), after: prefix.leading))
    default:
      return try added(position, to: joined(leading + registers + [patches]), after: prefix.count)
    }
  }

  private mutating func patchTokens(_ input: ValueID, _ channels: Int) throws -> ValueID {
    let kernel = try weights.load(
      names.patch + ".weight", [width, channels, patch.height, patch.width], role: "patch embedding", into: &graph)
    var operands = [input, kernel]
    // A norm right after the embedding takes the bias' place.
    if !weights.contains(names.preNorm.map { $0 + ".weight" }) || weights.contains(names.patch + ".bias") {
      operands.append(try weights.load(names.patch + ".bias", [width], role: "patch embedding", into: &graph))
    }
    let map = try graph.append(Conv2d(strides: [patch.height, patch.width]), operands)[0]
    let flat = try graph.add(Reshape([batch, Dimension(width), patchCount]), map)
    return try graph.add(Transpose([0, 2, 1]), flat)
  }

  /// Tokens of the checkpoint, repeated for each image.
  private mutating func token(_ name: String, _ count: Int, role: String) throws -> ValueID {
    let token = try weights.load(
      name, names.hasTables ? [width] : [1, count, width], role: role, as: [1, count, width], into: &graph)
    return try graph.add(Broadcast([batch, Dimension(count), Dimension(width)]), token)
  }

  private mutating func joined(_ parts: [ValueID]) throws -> ValueID {
    parts.count == 1 ? parts[0] : try graph.append(Concat(axis: 1), parts)[0]
  }

  /// How many positions the checkpoint has.
  func positionLength(_ position: String) throws(BackboneError) -> Int {
    let shape = try weights.shape(position, role: "position embedding")
    let axis = names.hasTables ? 0 : 1
    return shape.rank > axis ? shape[axis] : 0
  }

  /// Positions of `prefix` tokens and of the patches, added to as many tokens.
  private mutating func added(_ name: String, to x: ValueID, after prefix: Int) throws -> ValueID {
    let count = prefix + homePatchCount
    let position = try weights.load(
      name, names.hasTables ? [count, width] : [1, count, width], role: "position embedding",
      as: [1, count, width], into: &graph)
    return try graph.add(Binary(.add), x, resized(position, after: prefix))
  }

  /// The patches' positions for the grid of the images; those of the tokens before them stay.
  private mutating func resized(_ positions: ValueID, after prefix: Int) throws -> ValueID {
    func part(_ start: Int, _ count: Int) throws -> ValueID {
      try graph.add(Slice(axis: 1, start: start, count: Dimension(count)), positions)
    }
    let channels = Dimension(width)
    let own = prefix == 0 ? positions : try part(prefix, homePatchCount)
    let home = [1, Dimension(homeGrid.height), Dimension(homeGrid.width), channels]
    let map = try graph.add(Reshape(home), own)
    // transformers has two networks for DINOv2: that with registers resizes as Pillow does.
    let sampling = prefix == 0 || self.prefix.registers == 0 ? names.positionSampling : .antialiasedBicubic
    let other = try graph.add(Resize(sizes: [1, grid.height, grid.width, channels], sampling: sampling), map)
    let tokens = try graph.add(Reshape([1, patchCount, channels]), other)
    return prefix == 0 ? tokens : try graph.add(Concat(axis: 1), part(0, prefix), tokens)
  }

  private mutating func inserting(_ registers: [ValueID], into x: ValueID) throws -> ValueID {
    guard !registers.isEmpty else { return x }
    let leading = try graph.add(Slice(axis: 1, start: 0, count: Dimension(prefix.leading)), x)
    let patches = try graph.add(Slice(axis: 1, start: prefix.leading, count: patchCount), x)
    return try joined([leading] + registers + [patches])
  }
}
