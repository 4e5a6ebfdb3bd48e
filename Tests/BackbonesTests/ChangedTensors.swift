import Foundation
import Safetensors
import Tensors

/// A fixture's tensors, some taken away and some under other names as well.
struct ChangedTensors: TensorCollection {
  let base: SafetensorsFile
  var missing: Set<String> = []
  /// Names that stand for other tensors.
  var added: [String: String] = [:]

  init(_ fixture: String) throws {
    base = try SafetensorsFile(
      path: ConfigurationTests.root.appending(path: "fixtures/\(fixture)/model.safetensors").path)
  }

  var names: [String] { (base.names.filter { !missing.contains($0) } + added.keys).sorted() }
  var metadata: [String: String] { base.metadata }
  var paths: [String] { base.paths }
  func contains(_ name: String) -> Bool { names.contains(name) }
  func tensor(named name: String) throws(SafetensorsError) -> Tensor { try base.tensor(named: added[name] ?? name) }
  func validateStillWhole() throws(SafetensorsError) { try base.validateStillWhole() }

  /// Gives tensors other names.
  mutating func rename(_ change: (String) -> String) {
    for name in base.names where change(name) != name {
      missing.insert(name)
      added[change(name)] = name
    }
  }
}
