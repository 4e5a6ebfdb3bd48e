import Backbones
import Foundation
import Safetensors
import Testing

/// Configurations that lie: every key of every family's file with every kind of wrong value, or without one.
@Suite struct HostileConfigurationTests {
  static let fixtures = [
    "timm_vit", "timm_siglip", "timm_beit", "timm_deit_distilled", "timm_dinov2_reg4", "timm_swin", "timm_convnext",
    "hf_vit", "hf_beit", "hf_siglip", "hf_clip_vision", "hf_dinov2_reg", "hf_swin", "hf_convnextv2",
  ]

  static let values: [JSONValue] = [
    .null, .bool(true), .bool(false), .string(""), .string("wrong"), .number(0), .number(-1), .number(-7.5),
    .number(0.5), .number(1), .number(2), .number(3), .number(1e9), .number(9e18), .number(1e300), .number(-1e300),
    .array([]), .array([.number(-1), .number(0)]), .array([.number(1e6), .number(1e6)]),
    .array([.number(7), .number(7), .number(7)]), .array([.array([.number(0)]), .null]),
    .array([JSONValue](repeating: .number(65_535), count: 9)), .object([:]), .object(["img_size": .number(-3)]),
  ]

  private func changed(_ json: JSONValue, _ value: JSONValue, _ use: (JSONValue, String) -> Void) {
    guard case .object(let members) = json else { return }
    for key in json.keys {
      use(.object(members.merging([key: value]) { $1 }), key)
      guard let inner = members[key] else { continue }
      changed(inner, value) { use(.object(members.merging([key: $0]) { $1 }), key + "." + $1) }
    }
  }

  /// Whatever the file says there is a network or an error, and the error says something.
  @Test(arguments: fixtures) func nothingCrashes(_ name: String) throws {
    let folder = ConfigurationTests.root.appending(path: "fixtures/\(name)")
    let tensors = try openSafetensors(path: folder.appending(path: "model.safetensors").path)
    let sound = try JSONValue(object: [UInt8](Data(contentsOf: folder.appending(path: "config.json"))))
    var refused = 0
    for value in Self.values {
      changed(sound, value) { configuration, key in
        do throws(BackboneError) {
          _ = try buildBackbone(tensors, configuration: configuration)
        } catch {
          refused += 1
          #expect("\(error)".count < 400 && "\(error)".count > 20, "\(key): \(error)")
        }
      }
    }
    #expect(refused > 20)
  }

  @Test(arguments: [
    ("hf_swin", "window_size", JSONValue.number(-4), "an integer from 1 to 100000"),
    ("hf_swin", "window_size", .string("four"), "an integer from 1 to 100000"),
    ("hf_swin", "window_size", .number(4.5), "an integer from 1 to 100000"),
    ("hf_swin", "image_size", .number(0), "an integer from 1 to 100000"),
    ("hf_vit", "image_size", .array([.number(40)]), "one or two integers"),
    ("hf_vit", "num_attention_heads", .number(-3), "an integer from 0 to 1000000"),
    ("hf_vit", "num_attention_heads", .number(1e30), "an integer from 0 to 1000000"),
    ("hf_vit", "layer_norm_eps", .string("1e-6"), "a number above 0"),
    ("hf_vit", "layer_norm_eps", .number(-1), "a number above 0"),
    ("hf_convnext", "layer_norm_eps", .number(0), "a number above 0"),
    ("hf_swin", "layer_norm_eps", .bool(true), "a number above 0"),
  ])
  func errorsNameTheKey(_ name: String, _ key: String, _ value: JSONValue, _ expected: String) throws {
    let folder = ConfigurationTests.root.appending(path: "fixtures/\(name)")
    let tensors = try openSafetensors(path: folder.appending(path: "model.safetensors").path)
    guard
      case .object(var members) = try JSONValue(
        object: [UInt8](Data(contentsOf: folder.appending(path: "config.json"))))
    else { return }
    members[key] = value
    #expect(throws: BackboneError.configValue(key: key, expected: expected, found: "\(value)")) {
      try buildBackbone(tensors, configuration: .object(members))
    }
  }
}
