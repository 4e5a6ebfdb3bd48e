import Backbones
import Foundation
import Graph
import Safetensors
import Testing

/// Our own configuration against its schema, key by key.
@Suite struct ConfigurationTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  func build(_ change: (inout [String: JSONValue]) -> Void) throws -> Backbone {
    let folder = Self.root.appending(path: "fixtures/timm_vit")
    var configuration: [String: JSONValue] = ["image_size": .number(40), "num_heads": .number(3)]
    change(&configuration)
    return try buildBackbone(
      openSafetensors(path: folder.appending(path: "model.safetensors").path), configuration: .object(configuration))
  }

  func schema() throws -> JSONValue {
    try JSONValue(object: [UInt8](Data(contentsOf: Self.root.appending(path: "schemas/backbone.schema.json"))))
  }

  @Test func requiredKeysAreRequired() throws {
    guard case .array(let required)? = try schema()["required"] else {
      Issue.record("the schema requires nothing")
      return
    }
    #expect(throws: Never.self) { try build { _ in } }
    for case .string(let key) in required {
      #expect(throws: BackboneError.self, "\(key)") { try build { $0[key] = nil } }
    }
  }

  /// A key of the schema is read: a value of another kind is refused, naming it. An unknown key is not.
  @Test func everyKeyIsRead() throws {
    let properties = try #require(schema()["properties"])
    #expect(properties.keys == ["global_pool", "image_size", "layer_norm_eps", "num_heads"])
    for key in properties.keys {
      let error = #expect(throws: BackboneError.self, "\(key)") { try build { $0[key] = .string("wrong") } }
      guard case .configValue(let named, _, let found)? = error else { continue }
      #expect(named == key && found == "\"wrong\"")
    }
    #expect(throws: Never.self) { try build { $0["note"] = .string("anything") } }
  }

  @Test func defaultsAreTheSchemas() throws {
    let properties = try #require(schema()["properties"])
    let epsilon = try #require(properties["layer_norm_eps"]?["default"])
    let pooling = try #require(properties["global_pool"]?["default"])
    let silent = try build { _ in }.graph.orderedNodes()
    let stated = try build {
      $0["layer_norm_eps"] = epsilon
      $0["global_pool"] = pooling
    }.graph.orderedNodes()
    #expect(silent.count == stated.count && zip(silent, stated).allSatisfy { $0.op.isEqual(to: $1.op) })
  }

  /// What timm's config.json says of the network is known, read off the tensors, or refused.
  @Test(arguments: [
    ("act_layer", JSONValue.string("quick_gelu")), ("norm_layer", .string("rmsnorm")), ("reg_tokens", .number(4)),
    ("pool_include_prefix", .bool(true)), ("pos_embed", .string("none")), ("class_token", .bool(false)),
    ("scale_attn_norm", .bool(true)),
  ])
  func timmsArgumentsAreKnownOrRefused(_ key: String, _ value: JSONValue) throws {
    let sound: [String: JSONValue] = ["img_size": .number(40), "num_heads": .number(3), "drop_rate": .number(0.1)]
    func build(_ arguments: [String: JSONValue]) throws(BackboneError) -> Backbone {
      let path = Self.root.appending(path: "fixtures/timm_vit/model.safetensors").path
      let configuration = JSONValue.object([
        "architecture": .string("vit_tiny_patch16_224"), "model_args": .object(arguments),
      ])
      guard let tensors = try? openSafetensors(path: path) else { throw .unknownFamily(names: [], count: 0) }
      return try buildBackbone(tensors, configuration: configuration)
    }
    #expect(throws: Never.self) { try build(sound) }
    #expect(throws: BackboneError.configUnsupported(key: "model_args.\(key)", found: "\(value)")) {
      try build(sound.merging([key: value]) { $1 })
    }
  }

  /// Other networks share the tensors' names: what is not known by its own name is refused.
  @Test(arguments: [
    ("architecture", "vit_base_patch16_rpn_224"), ("architecture", "vit_small_patch16_rope_ape_224"),
    ("architecture", "vit_pe_core_tiny_patch16_384"), ("architecture", "eva_giant_patch14_224"),
    ("model_type", "yolos"),
  ])
  func unknownNetworksAreRefused(_ key: String, _ name: String) {
    #expect(throws: BackboneError.configUnsupported(key: key, found: "\"\(name)\"")) {
      try build {
        $0[key] = .string(name)
        $0["num_hidden_layers"] = .number(3)
        $0["num_attention_heads"] = .number(3)
        $0["model_args"] = .object(["img_size": .number(40), "num_heads": .number(3)])
      }
    }
  }
}
