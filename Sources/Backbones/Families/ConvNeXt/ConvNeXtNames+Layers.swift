extension ConvNeXtNames {
  /// Every layer of a network with so many blocks a stage.
  func layers(depths: [Int]) -> LayerNames {
    var names = LayerNames()
    names.add("stem", stem.convolution)
    names.add("stem norm", stem.norm)
    names.add("norm", norm)
    names.add("hidden", hidden)
    names.add("head", head)
    for (stage, depth) in depths.enumerated() {
      names.add("stage norm \(stage)", stageNorm(stage))
      if stage > 0 {
        names.add("downsampling norm \(stage)", downsample(stage) + "0")
        names.add("downsampling \(stage)", downsample(stage) + "1")
      }
      for index in 0..<depth {
        let prefix = block(stage, index)
        for (layer, name) in [
          ("depthwise", depthwise), ("norm", blockNorm), ("expansion", expansion), ("contraction", contraction),
          ("scale", scale), ("response scale", response.gamma), ("response shift", response.beta),
        ] { names.add("\(stage).\(index) \(layer)", prefix + name) }
      }
    }
    return names
  }

  /// Their linears are no 1x1 convolutions.
  func authorsNames(for tensors: [String]) throws(NamingError) -> [String: TensorOrigin] {
    let known = Set(tensors)
    var depths: [Int] = []
    while known.contains(block(depths.count, 0) + depthwise + ".weight") {
      var depth = 1
      while known.contains(block(depths.count, depth) + depthwise + ".weight") { depth += 1 }
      depths.append(depth)
    }
    var authors = ConvNeXtNames.meta.layers(depths: depths)
    authors.pairs.removeAll {
      $0.layer == "hidden" || $0.layer.hasSuffix("response scale")
        || $0.layer.hasSuffix("response shift")
    }
    let (names, unplaced) = layers(depths: depths).renaming(tensors, to: authors)
    guard unplaced.isEmpty else { throw .noPlace(family: "ConvNeXt", unplaced) }
    let linears = [ConvNeXtNames.meta.expansion, ConvNeXtNames.meta.contraction].map { ".\($0).weight" }
    var origins: [String: TensorOrigin] = [:]
    for (name, own) in names {
      origins[own] = TensorOrigin(name, rank: linears.contains { own.hasSuffix($0) } ? 2 : nil)
    }
    return origins
  }
}

extension ConvNeXt {
  static func authorsNames(for names: [String]) throws(NamingError) -> [String: TensorOrigin]? {
    try ConvNeXtNames.matching(names)?.authorsNames(for: names)
  }
}
