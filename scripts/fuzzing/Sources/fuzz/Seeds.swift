import AdaRoute
import Delta
import Foundation
import Tensors

extension Target {
  /// Writes valid files of this kind, small enough to be changed often: deltas in several types, signed and not, and the
  /// converted forms of the small graphs among the hostile ones.
  func writeSeeds(to folder: URL) throws {
    func path(_ name: String) -> String { folder.appending(path: name).path }
    switch self {
    case .delta:
      let graft = Place.fixtures.appending(path: "graft_hf_vit/graft.safetensors").path
      let grafted = try Model(
        path: Place.fixtures.appending(path: "hf_vit").path, weights: graft, delta: nil)
      for type: ElementType in [.float32, .bfloat16, .int8] {
        try grafted.writeDelta(to: path("valid-\(type).ardelta"), type: type)
      }
      try DeltaFile(path: path("valid-i8.ardelta")).write(to: path("signed.ardelta"), signedWith: SigningKey())
    case .converted:
      let sources = Place.fixtures.appending(path: "hostile/operators")
      for name in try FileManager.default.contentsOfDirectory(atPath: sources.path) {
        let model = try? Model(path: sources.appending(path: name).path)
        try model?.write(to: path("\(name).adaroute"))
      }
    default: break
    }
  }
}
