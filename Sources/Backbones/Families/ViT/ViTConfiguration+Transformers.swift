extension ViTConfiguration {
  /// Whose networks are known; others may share the tensors' names.
  private static let modelTypes: Set<String> = [
    "vit", "vit_mae", "vit_msn", "deit", "dinov2", "dinov2_with_registers", "clip_vision_model",
    "siglip_vision_model", "beit",
  ]

  init(transformers json: JSONValue) throws(BackboneError) {
    let type = try json.text("model_type")
    if let type, !ViTConfiguration.modelTypes.contains(type) {
      throw .configUnsupported(key: "model_type", found: "\"\(type)\"")
    }
    guard let size = try json.extents("image_size") else {
      throw .configMissing(key: "image_size", meaning: "height and width of the images")
    }
    guard let heads = try json.integer("num_attention_heads") else {
      throw .configMissing(key: "num_attention_heads", meaning: "the number of attention heads")
    }
    let isCLIP = type == "clip_vision_model"
    let isSigLIP = type == "siglip_vision_model"
    let epsilon = isCLIP ? 1e-5 : type?.hasPrefix("dinov2") == true || isSigLIP ? 1e-6 : 1e-12
    self.init(
      image: size, heads: heads, epsilon: try json.epsilon("layer_norm_eps") ?? epsilon,
      gelu: try json.text("hidden_act") ?? (isCLIP ? "quick_gelu" : isSigLIP ? "gelu_pytorch_tanh" : "gelu"))
  }
}
