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

/// Fields of protobuf messages, for models that no exporter writes.
enum Proto {
  static func number(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + number(value >> 7)
  }

  static func field(_ field: Int, _ value: Int) -> [UInt8] { number(field << 3) + number(value) }
  static func field(_ field: Int, _ bytes: [UInt8]) -> [UInt8] { number(field << 3 | 2) + number(bytes.count) + bytes }
  static func field(_ field: Int, _ text: String) -> [UInt8] { self.field(field, Array(text.utf8)) }

  static func node(_ op: String, _ inputs: [String], _ output: String, domain: String = "") -> [UInt8] {
    let operands = inputs.flatMap { field(1, $0) }
    return field(1, operands + field(2, output) + field(3, "\(output)_node") + field(4, op) + field(7, domain))
  }

  /// A float32 input or output [1, 4].
  static func port(_ number: Int, _ name: String) -> [UInt8] {
    let shape = field(1, field(1, 1)) + field(1, field(1, 4))
    return field(number, field(1, name) + field(2, field(1, field(1, 1) + field(2, shape))))
  }

  static func tensor(_ name: String, dims: [Int], type: Int = 1, fields: [UInt8]) -> [UInt8] {
    field(5, dims.flatMap { field(1, $0) } + field(2, type) + field(8, name) + fields)
  }

  /// x and y are the graph's input and output.
  static func model(_ parts: [UInt8]..., opset: Int = 17) -> [UInt8] {
    let graph = Array(parts.joined()) + field(2, "g") + port(11, "x") + port(12, "y")
    return field(1, 8) + field(7, graph) + field(8, field(2, opset))
      + field(8, field(1, "com.example") + field(2, 1))
  }
}
