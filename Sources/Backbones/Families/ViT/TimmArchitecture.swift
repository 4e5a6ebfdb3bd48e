/// What the name of a timm architecture says about a ViT beyond its tensors.
///
/// The names are those that timm registers for its VisionTransformer and DeiT classes. Other classes of timm (rotary
/// positions, other blocks) share tensors' names, so a name with an unknown word stands for an unknown network.
struct TimmArchitecture: Sendable {
  let name: String
  private let words: [String]

  init(_ name: String) {
    self.name = name
    words = name.split(separator: "_").map(String.init)
  }

  private static let families: Set<String> = ["vit", "deit", "deit3", "flexivit", "beit", "beitv2"]

  /// The number of attention heads by the size's word.
  private static let sizes = [
    "tiny": 3, "xsmall": 4, "wee": 4, "little": 5, "small": 6, "medium": 8, "mediumd": 8, "betwixt": 10, "base": 12,
    "so150m2": 13, "so150m": 14, "large": 16, "so400m": 16, "huge": 16, "giant": 16,
    "giantopt": 16, "gigantic": 16,
  ]

  private static let marks: Set<String> = [
    "plus", "gap", "distilled", "miil", "in21k", "dino", "mae", "dinov2", "36x1", "clip", "quickgelu",
    "siglip",
  ]

  /// Whether each word is known. A configuration without an architecture makes no claim.
  var isKnown: Bool {
    guard let family = words.first else { return true }
    guard TimmArchitecture.families.contains(family) || (family == "eva" && words.dropFirst().first == "large") else {
      return false
    }
    return words.dropFirst().allSatisfy { word in
      TimmArchitecture.sizes[word] != nil || TimmArchitecture.marks.contains(word)
        || word.drop(while: \.isLetter).allSatisfy(\.isNumber)
          && ["", "patch", "reg"].contains(word.prefix(while: \.isLetter))
    }
  }

  var heads: Int? {
    if name == "vit_base_patch16_gap_224" { return 16 }
    if words.contains("plus") { return 14 }
    if words.contains("dinov2"), words.contains("giant") { return 24 }
    return words.compactMap { TimmArchitecture.sizes[$0] }.first
  }

  var epsilon: Double { words.contains("clip") ? 1e-5 : 1e-6 }
  var activation: String { words.contains("quickgelu") ? "quick_gelu" : approximates ? "gelu_tanh" : "gelu" }

  /// timm gives these of its SigLIP networks the approximate GELU.
  private var approximates: Bool {
    let pairs = [["patch32"], ["giantopt"], ["large", "512"], ["so400m", "patch16"]]
    return words.contains("siglip") && pairs.contains { $0.allSatisfy(words.contains) }
  }
}
