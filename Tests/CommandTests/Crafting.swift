import Foundation
import Safetensors
import Tensors

// Files that tests make.

/// The bytes of a fixture's file.
func fixture(_ path: String) throws -> [UInt8] { try bytes(Tool.fixtures.appending(path: path).path) }

/// A safetensors file of this header, padded with `data` zero bytes; `claimed` is the length it states.
func safetensors(_ header: String, claimed: Int? = nil, data: Int = 0) -> [UInt8] {
  withUnsafeBytes(of: UInt64(claimed ?? header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
    + [UInt8](repeating: 0, count: data)
}

/// The tensors of timm_vit by name.
func timmTensors() throws -> [String: Tensor] {
  let source = try SafetensorsFile(path: Tool.fixtures.appending(path: "timm_vit/model.safetensors").path)
  var tensors: [String: Tensor] = [:]
  for name in source.names { tensors[name] = try source.tensor(named: name) }
  return tensors
}

func write(_ tensors: [String: Tensor], to path: String) throws {
  let declarations = tensors.map {
    SafetensorsWriter.Declaration(name: $0.key, type: SafetensorsType($0.value.type), shape: $0.value.shape)
  }
  let writer = try SafetensorsWriter(path: path, tensors: declarations)
  for declaration in writer.order { if let tensor = tensors[declaration.name] { try writer.append(tensor) } }
  try writer.commit()
}

/// A file in place of another, left by an earlier step of a case.
func convertBase(_ folder: TemporaryFolder, as name: String) throws {
  _ = try Tool.run(["convert", "fixtures/timm_vit", "-o", folder.file(name)])
}

/// `b.adaroute`, `g.adaroute` grafted with trained modules, `d.ardelta` their delta.
func shipTask(_ folder: TemporaryFolder) throws {
  try convertBase(folder, as: "b.adaroute")
  _ = try Tool.run([
    "graft", folder.file("b.adaroute"), "-o", folder.file("g.adaroute"), "--weights",
    "fixtures/graft_timm_vit/graft.safetensors",
  ])
  _ = try Tool.run(["delta", "create", folder.file("g.adaroute"), "-o", folder.file("d.ardelta")])
}
