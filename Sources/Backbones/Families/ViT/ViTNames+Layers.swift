extension ViTNames {
  /// Every layer of a network of so many blocks.
  func layers(depth: Int) -> LayerNames {
    var names = LayerNames()
    names.add("patch", patch)
    names.add("class token", classToken)
    names.add("position", position)
    names.add("distillation token", distillationToken)
    names.add("registers", registers)
    names.add("pre-norm", preNorm)
    names.add("norm", norm)
    names.add("pooled norm", pooledNorm)
    for head in heads { names.add("head", head) }
    names.add("distillation head", distillationHead)
    for index in 0..<depth {
      let prefix = block(index)
      for (layer, name) in [
        ("norm1", norm1), ("norm2", norm2), ("attention", attentionOutput), ("hidden", hidden), ("output", output),
        ("scale1", scale1), ("scale2", scale2),
      ] { names.add("\(index).\(layer)", prefix + name) }
      switch projections {
      case .joint(let joint): names.add("\(index).qkv", prefix + joint)
      case .separate(let q, let k, let v):
        for (layer, name) in [("q", q), ("k", k), ("v", v)] { names.add("\(index).\(layer)", prefix + name) }
      }
    }
    return names
  }

  /// AdaptFormer's MAE, without what its network lacks.
  private static func authorsLayers(depth: Int) -> LayerNames {
    var names = separate
    (names.distillationToken, names.registers, names.preNorm) = (nil, nil, nil)
    var layers = names.layers(depth: depth)
    layers.pairs.removeAll {
      $0.layer == "distillation head" || $0.layer.hasSuffix(".scale1") || $0.layer.hasSuffix(".scale2")
    }
    return layers
  }

  /// A joint projection becomes the three that the authors' network has.
  func authorsNames(for tensors: [String]) throws(NamingError) -> [String: TensorOrigin] {
    let known = Set(tensors)
    var depth = 0
    while known.contains(block(depth) + norm1 + ".weight") { depth += 1 }
    var own = self
    var origins: [String: TensorOrigin] = [:]
    var rest = tensors
    if case .joint(let joint) = projections {
      own.projections = .separate(q: joint, k: joint, v: joint)
      for index in 0..<depth {
        let prefix = block(index)
        for suffix in [".weight", ".bias"] where known.contains(prefix + joint + suffix) {
          rest.removeAll { $0 == prefix + joint + suffix }
          for (part, name) in ["q", "k", "v"].enumerated() {
            origins["blocks.\(index).attn.\(name)_proj\(suffix)"] = TensorOrigin(
              prefix + joint + suffix, part: TensorOrigin.Part(index: part, count: 3))
          }
        }
      }
    }
    let (names, unplaced) = own.layers(depth: depth).renaming(rest, to: ViTNames.authorsLayers(depth: depth))
    guard unplaced.isEmpty else { throw .noPlace(family: "ViT", unplaced) }
    for (name, authors) in names { origins[authors] = TensorOrigin(name) }
    return origins
  }
}

extension ViT {
  static func authorsNames(for names: [String]) throws(NamingError) -> [String: TensorOrigin]? {
    try ViTNames.matching(names)?.authorsNames(for: names)
  }
}
