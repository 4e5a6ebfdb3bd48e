public import Tensors

extension SwinNames {
  /// Every layer of a network with so many blocks a stage.
  func layers(depths: [Int]) -> LayerNames {
    var names = LayerNames()
    names.add("embedding", embedding.convolution)
    names.add("embedding norm", embedding.norm)
    names.add("norm", norm)
    names.add("head", head)
    for (stage, depth) in depths.enumerated() {
      for name in stageNorms(stage) { names.add("stage norm \(stage)", name) }
      if stage > 0 {
        names.add("merging norm \(stage)", merging(stage) + "norm")
        names.add("merging \(stage)", merging(stage) + "reduction")
      }
      for index in 0..<depth {
        let prefix = block(stage, index)
        for (layer, name) in [
          ("attention norm", attentionNorm), ("mlp norm", mlpNorm), ("table", table), ("projection", projection),
          ("expansion", expansion), ("contraction", contraction),
        ] { names.add("\(stage).\(index) \(layer)", prefix + name) }
        if queryKeyValue.count == 1 { names.add("\(stage).\(index) qkv", prefix + queryKeyValue[0]) }
      }
    }
    return names
  }

  /// Three projections become the joint one that the authors' network has.
  func authorsNames(for tensors: [String]) throws(NamingError) -> [String: TensorOrigin] {
    let known = Set(tensors)
    var depths: [Int] = []
    while known.contains(block(depths.count, 0) + table) {
      var depth = 1
      while known.contains(block(depths.count, depth) + table) { depth += 1 }
      depths.append(depth)
    }
    var origins: [String: TensorOrigin] = [:]
    var taken: Set<String> = []
    let authors = SwinNames.microsoft
    for (stage, depth) in depths.enumerated() where queryKeyValue.count > 1 {
      for index in 0..<depth {
        for suffix in [".weight", ".bias"] {
          let parts = queryKeyValue.map { block(stage, index) + $0 + suffix }
          guard parts.allSatisfy(known.contains) else { continue }
          taken.formUnion(parts)
          origins[authors.block(stage, index) + authors.queryKeyValue[0] + suffix] = TensorOrigin(
            parts[0], followers: Array(parts.dropFirst()))
        }
      }
    }
    let (names, unplaced) = layers(depths: depths).renaming(
      tensors.filter { !taken.contains($0) }, to: authors.layers(depths: depths))
    guard unplaced.isEmpty else { throw .noPlace(family: "Swin", unplaced) }
    for (name, own) in names { origins[own] = TensorOrigin(name) }
    return origins
  }
}

extension Swin {
  static func authorsNames(for names: [String]) throws(NamingError) -> [String: TensorOrigin]? {
    try SwinNames.matching(names)?.authorsNames(for: names)
  }
}

/// The buffers that the AdaRoute authors' code keeps beside these tensors, under its names: for each table of a square
/// window's relative positions, which of its rows belongs to each pair of positions, [area, area].
public func authorsBuffers(beside tensors: [String: Shape]) -> [String: Tensor] {
  var buffers: [String: Tensor] = [:]
  let table = "relative_position_bias_table"
  for (name, shape) in tensors where name.hasPrefix("layers.") && name.hasSuffix("." + table) {
    guard let side = SwinBuilder.side(ofTable: shape) else { continue }
    let window = (side + 1) / 2
    let area = window * window
    let index = (0..<area * area).map { pair in
      let (row, column) = (pair / area, pair % area)
      let down = row / window - column / window + window - 1
      let right = row % window - column % window + window - 1
      return Int64(down * side + right)
    }
    buffers[name.dropLast(table.count) + "relative_position_index"] = Tensor(index, shape: Shape([area, area]))
  }
  return buffers
}
