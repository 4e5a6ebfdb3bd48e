public import Tensors

/// A network that looks at images of different extents in one batch, each widened with zeros, below and at the right,
/// to the batch's extents: in the image's own part every map is what it would be were the image alone.
///
/// Means are taken over the own part, as those that AdaRoute's routers begin with; what looks at neighbours finds zeros
/// beyond the own part, as it does at the ends of a map; windows of a shifted map keep apart what the image's own ends
/// keep apart. What maps hold beyond an image's own part means nothing.
public struct PaddedNetwork: Sendable {
  /// The network with further inputs; see ``extents(of:)``.
  public let graph: Graph
  private var ports: [Port] = []
  /// The names of the extents of images.
  private let symbols: (height: String, width: String)

  /// A further input: how much of maps of these extents is each image's own.
  private struct Port {
    let name: String
    let height: Dimension
    let width: Dimension
    let value: ValueID
  }

  /// Throws where an operator of the network reads maps in a way that is not known here, or a whole map at once.
  public init(_ network: Graph) throws {
    guard network.inputs.count == 1, let input = network.inputs.first, network.type(of: input.value).rank == 4 else {
      throw PaddingError.inputs(network.inputs.map(\.name))
    }
    let extents = network.type(of: input.value).dimensions
    guard let height = extents[2].symbols.first, let width = extents[3].symbols.first,
      extents[2] == .symbol(height), extents[3] == .symbol(width)
    else { throw PaddingError.fixedExtents(network.type(of: input.value)) }
    symbols = (height, width)
    let nodes = network.orderedNodes()
    for node in nodes where !PaddedNetwork.keepsImagesApart(node, in: network) {
      throw PaddingError.readsWholeMaps(op: node.op.identifier, node: node.name)
    }
    var graph = network
    for node in nodes {
      guard let (height, width) = try PaddedNetwork.reach(of: node, in: network) else { continue }
      guard !ports.contains(where: { $0.height == height && $0.width == width }) else { continue }
      let name = "own.\(ports.count)"
      let value = graph.addInput(name, TensorType(.int64, [extents[0], 2]))
      ports.append(Port(name: name, height: height, width: width, value: value))
    }
    var patch = Patch("keep-images-apart", of: graph)
    /// What takes the place of a map, or of the windows' masks.
    var own: [ValueID: ValueID] = [:]
    for node in nodes {
      guard let (height, width) = try PaddedNetwork.reach(of: node, in: network),
        let extents = ports.first(where: { $0.height == height && $0.width == width })?.value
      else { continue }
      switch node.op {
      case is Router: try PaddedNetwork.route(node, height, width, extents, &patch)
      case is Attention: try PaddedNetwork.attend(node, extents, network, &own, &patch)
      default:
        let map = node.operands[0]
        guard own[map] == nil else { continue }
        let part = try patch.add(OwnPart(), map, extents)
        own[map] = part
        try patch.replace(map, with: part)
      }
    }
    self.graph = patch.applied()
  }

  /// The further inputs for images of these heights and widths, each [N, 2].
  public func extents(of images: [(height: Int, width: Int)]) throws(PaddingError) -> [String: [Int64]] {
    var inputs: [String: [Int64]] = [:]
    for port in ports {
      var numbers: [Int64] = []
      for image in images {
        let known = [symbols.height: image.height, symbols.width: image.width]
        guard let rows = port.height.evaluated(known), let columns = port.width.evaluated(known) else {
          throw .noMaps(height: image.height, width: image.width)
        }
        numbers += [Int64(rows), Int64(columns)]
      }
      inputs[port.name] = numbers
    }
    return inputs
  }

  /// The shape that an output has for an image of these extents alone; nil where there is no such output or shape.
  public func shape(of output: String, height: Int, width: Int) -> Shape? {
    guard let value = graph.outputs.first(where: { $0.name == output })?.value else { return nil }
    let type = graph.type(of: value)
    let batch = Dictionary(type.dimensions[0].symbols.map { ($0, 1) }) { first, _ in first }
    return type.shape(batch.merging([symbols.height: height, symbols.width: width]) { $1 })
  }

  // MARK: Operators

  /// Whether what an operator makes of a position depends on nothing beyond an image's own part, once that is known.
  private static func keepsImagesApart(_ node: Node, in network: Graph) -> Bool {
    switch node.op {
    case is BatchNorm, is Binary, is Concat, is DepthwiseConv, is GELU, is LayerNorm, is Linear, is LinearPerImage,
      is Mixture, is RelativePositions, is Reshape, is Router, is Slice, is Softmax, is Transpose, is Unary,
      is WindowMask, is WindowMerge:
      true
    case is Attention: network.type(of: node.operands[0]).rank == 4
    case let op as Conv2d:
      // Patches that lie beside each other.
      op.padding == [0, 0]
        && network.type(of: node.operands[1]).dimensions[2...] == op.strides.map { Dimension($0) }[...]
    case let op as Pad:
      // An image's own zeros, before those of the batch.
      op.value == 0 && op.before.allSatisfy { $0 == 0 }
        && network.inputs.contains { $0.value == node.operands[0] }
    case let op as WindowPartition:
      (op.windowing.order == .padFirst || op.windowing.shift == [0, 0]) && !op.windowing.shiftsOnlyLargerMaps
    default: false
    }
  }

  /// The extents of the map, or of the grid of windows, that a node looks at across positions; nil for others.
  private static func reach(of node: Node, in network: Graph) throws -> (Dimension, Dimension)? {
    switch node.op {
    case is DepthwiseConv, is WindowPartition:
      let map = network.type(of: node.operands[0]).dimensions
      return (map[1], map[2])
    case is Attention:
      for bias in node.operands.dropFirst(3) {
        if let mask = windowMask(bias, network) { return (mask.grid[0], mask.grid[1]) }
      }
      return nil
    case is Router:
      guard let map = map(ofTokens: node.operands[0], network) else {
        throw PaddingError.noMap(op: node.op.identifier, node: node.name)
      }
      return map
    default: return nil
    }
  }

  private static func windowMask(_ bias: ValueID, _ network: Graph) -> WindowMask? {
    guard let view = network.producer(of: bias, as: Reshape.self) else { return nil }
    return network.producer(of: view.node.operands[0], as: WindowMask.self)?.op
  }

  /// The extents of the map `[N, h, w, c]` that tokens `[N, h · w, c]` are of.
  private static func map(ofTokens tokens: ValueID, _ network: Graph) -> (Dimension, Dimension)? {
    let type = network.type(of: tokens)
    var seen: Set<ValueID> = [tokens]
    var stack = [tokens]
    while let value = stack.popLast() {
      guard let node = network.producer(of: value) else { continue }
      let own = network.type(of: node.operands[0]).dimensions
      if node.op is Reshape, own.count == 4, own[0] == type.dimensions[0], own[3] == type.dimensions[2] {
        return (own[1], own[2])
      }
      for operand in node.operands
      where network.type(of: operand).dimensions == type.dimensions && seen.insert(operand).inserted {
        stack.append(operand)
      }
    }
    return nil
  }

  /// The same routing of each image's own tokens: their mean is taken before, and is then that of one token.
  private static func route(
    _ node: Node, _ height: Dimension, _ width: Dimension, _ extents: ValueID, _ patch: inout Patch
  ) throws {
    let tokens = patch.type(of: node.operands[0]).dimensions
    let map = try patch.add(Reshape([tokens[0], height, width, tokens[2]]), node.operands[0])
    let mean = try patch.add(OwnMean(), map, extents)
    try patch.replace(node.result, with: patch.append(node.op, [mean] + node.operands.dropFirst())[0])
  }

  /// The same attention with each image's own masks.
  private static func attend(
    _ node: Node, _ windows: ValueID, _ network: Graph, _ own: inout [ValueID: ValueID], _ patch: inout Patch
  ) throws {
    var operands = node.operands
    for index in 3..<operands.count {
      guard let mask = windowMask(operands[index], network) else { continue }
      if own[operands[index]] == nil {
        let masks = try patch.add(OwnWindowMask(mask), windows)
        let type = patch.type(of: masks).dimensions
        own[operands[index]] = try patch.add(Reshape([type[0], type[1] * type[2]] + type[3...]), masks)
      }
      operands[index] = own[operands[index]] ?? operands[index]
    }
    try patch.replace(node.result, with: patch.append(node.op, operands)[0])
  }
}

/// Why images of different extents cannot be looked at in one batch.
public enum PaddingError: Error, Hashable, Sendable {
  case inputs([String])
  case fixedExtents(TensorType)
  case readsWholeMaps(op: String, node: String)
  case noMap(op: String, node: String)
  /// The network has no maps of an image of these extents.
  case noMaps(height: Int, width: Int)
}

extension PaddingError: CustomStringConvertible {
  public var description: String {
    func label(_ op: String, _ node: String) -> String { node.isEmpty ? op : "\(op) \"\(node)\"" }
    return switch self {
    case .inputs(let names): "one input of images expected, \(names.joined(separator: ", ")) found"
    case .fixedExtents(let type): "images of any extents expected, \(type) found"
    case .readsWholeMaps(let op, let node):
      "\(label(op, node)) reads maps beyond an image's own part, which padding would change"
    case .noMap(let op, let node): "\(label(op, node)) reads tokens of no known map"
    case .noMaps(let height, let width): "no maps of an image of \(height)x\(width)"
    }
  }
}
