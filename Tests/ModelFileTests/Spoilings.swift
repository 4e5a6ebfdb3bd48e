// Free of the test library: scripts/fuzzing begins from these files too.

import CProtobufC
import CSchemas
import Graph
import Safetensors
import Tensors

/// A way to spoil a file of `sampleModel`, and all that is said about it.
struct Spoiling: Sendable {
  let error: String
  let spoil: @Sendable (UnsafeMutablePointer<Adaroute__Model__Model>) -> Void

  init(_ error: String, _ spoil: @escaping @Sendable (UnsafeMutablePointer<Adaroute__Model__Model>) -> Void) {
    self.error = error
    self.spoil = spoil
  }

  /// The message of a file, spoilt; nil where the file's own is none.
  func message(from file: SafetensorsFile) throws -> Tensor? {
    try file.tensor(named: "adaroute.model").withBytes { bytes in
      let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      guard let model = adaroute__model__model__unpack(nil, bytes.count, start) else { return nil }
      spoil(model)
      let size = adaroute__model__model__get_packed_size(model)
      let message = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = adaroute__model__model__pack(model, buffer.baseAddress)
      }
      return Tensor(message, shape: Shape([size]))
    }
  }
}

/// Nodes: 0 norm, 1 head, 2 transpose, 3 reshape, 4 slice, 5 relu. Values: 0 x, 1…4 constants, 5…10 results.
extension UnsafeMutablePointer where Pointee == Adaroute__Model__Model {
  fileprivate var graph: UnsafeMutablePointer<Adaroute__Model__Graph> { pointee.graph }
  fileprivate func node(_ index: Int) -> UnsafeMutablePointer<Adaroute__Model__Node> {
    graph.pointee.nodes[index]!
  }
  fileprivate func constant(_ index: Int) -> UnsafeMutablePointer<Adaroute__Model__Constant> {
    graph.pointee.constants[index]!
  }
  fileprivate func replaced(_ index: Int) -> UnsafeMutablePointer<Adaroute__Model__Constant> {
    pointee.graft.pointee.replaced[index]!
  }
  fileprivate func site(_ index: Int) -> UnsafeMutablePointer<Adaroute__Model__Site> {
    graph.pointee.sites[index]!
  }
}

/// Overwrites text in place with text that is no longer.
private func put(_ text: String, _ pointer: UnsafeMutablePointer<CChar>?) { put(Array(text.utf8), pointer) }

private func put(_ text: [UInt8], _ pointer: UnsafeMutablePointer<CChar>?) {
  for (index, byte) in (text + [0]).enumerated() { pointer![index] = CChar(bitPattern: byte) }
}

let spoilings: [Spoiling] = [
  Spoiling("a.adaroute: format version 1 expected, 7 found") { $0.pointee.format_version = 7 },
  Spoiling("a.adaroute: image sides from 1 to 65535 expected, 70000x40000 found") {
    $0.pointee.image_height = 70_000
  },
  Spoiling("a.adaroute: image sides from 1 to 65535 expected, 60000x0 found") {
    $0.pointee.has_image_width = 0
  },
  Spoiling("a.adaroute: labels: text that is not UTF-8") { put([0xFF], $0.pointee.labels[0]) },
  Spoiling("a.adaroute: input \"x\": unknown element type \"f99\"") {
    put("f99", $0.graph.pointee.inputs[0]!.pointee.type)
  },
  Spoiling("a.adaroute: input \"x\": \"*\" is no dimension") {
    put("*", $0.graph.pointee.inputs[0]!.pointee.dimensions[0])
  },
  Spoiling("a.adaroute: input \"x\": \"-\" is no dimension") {
    put("-", $0.graph.pointee.inputs[0]!.pointee.dimensions[1])
  },
  Spoiling("a.adaroute: two constants are named \"norm.bias\"") {
    put("norm.bias", $0.constant(2).pointee.name)
  },
  Spoiling("a.adaroute: tensor \"nobody\" is missing") { put("nobody", $0.constant(0).pointee.name) },
  Spoiling("a.adaroute: tensor \"zz.table\" is not part of the model") {
    $0.graph.pointee.n_constants = 3
  },
  Spoiling("a.adaroute: tensor \"norm.bias\": F16 [3] expected, F32 [3] found") {
    put("f16", $0.constant(1).pointee.type)
  },
  Spoiling("a.adaroute: tensor \"norm.bias\": F32 [4] expected, F32 [3] found") {
    $0.constant(1).pointee.shape[0] = 4
  },
  Spoiling("a.adaroute: tensor \"norm.bias\": the shape is out of range") {
    $0.constant(1).pointee.shape[0] = .max
  },
  Spoiling("a.adaroute: tensor \"norm.bias\": a SHA-256 of 32 bytes expected, 31 found") {
    $0.constant(1).pointee.digest.len = 31
  },
  Spoiling("a.adaroute: node 2: unknown operator \"teleport\"") {
    put("teleport", $0.node(2).pointee.operator_identifier)
  },
  Spoiling("a.adaroute: node 1 \"head\" reads value 6, but only 6 values are defined before it") {
    $0.node(1).pointee.operands[0] = 6
  },
  Spoiling(
    "a.adaroute: node 1 \"head\" reads value 18446744073709551615, but only 6 values are defined before it"
  ) { $0.node(1).pointee.operands[0] = .max },
  Spoiling("a.adaroute: node 1 \"head\": 2 results declared, 1 made") {
    $0.node(1).pointee.result_count = 2
  },
  Spoiling("a.adaroute: node 1 \"head\": linear: 2 to 3 operands expected, 1 found") {
    $0.node(1).pointee.n_operands = 1
  },
  Spoiling(
    "a.adaroute: node 2: transpose: attribute permutation must be a permutation of the axes of f32 [N, 5, 3],"
      + " but is [0, 2, 2]"
  ) { $0.node(2).pointee.attributes[0]!.pointee.integers[2] = 2 },
  Spoiling("a.adaroute: node 4: attribute \"axis\" lacks the value of its kind") {
    $0.node(4).pointee.attributes[0]!.pointee.has_integer = 0
  },
  Spoiling("a.adaroute: node 4: attribute \"axis\" is of an unknown kind") {
    $0.node(4).pointee.attributes[0]!.pointee.kind = .init(rawValue: 99)
  },
  Spoiling("a.adaroute: node 0: attribute \"epsilon\" lacks the value of its kind") {
    $0.node(0).pointee.attributes[0]!.pointee.has_number = 0
  },
  Spoiling("a.adaroute: node 5: attribute \"function\" lacks the value of its kind") {
    $0.node(5).pointee.attributes[0]!.pointee.text = nil
  },
  Spoiling("a.adaroute: two attributes of node 4 are named \"axis\"") {
    put("axis", $0.node(4).pointee.attributes[1]!.pointee.name)
  },
  Spoiling("a.adaroute: output \"y\" reads value 11, but only 11 values are defined before it") {
    $0.graph.pointee.outputs[0]!.pointee.value = 11
  },
  Spoiling("a.adaroute: tap \"normed\" reads value 99, but only 11 values are defined before it") {
    $0.graph.pointee.taps[0]!.pointee.value = 99
  },
  Spoiling("a.adaroute: site 0: unknown layout") { $0.site(0).pointee.layout = .init(rawValue: 9) },
  Spoiling("a.adaroute: site 0: a layout of tokens needs prefix, height and width") {
    $0.site(0).pointee.has_prefix = 0
  },
  Spoiling("a.adaroute: prefix of site 1 must not be negative, but is -1") { $0.site(1).pointee.prefix = -1 },
  Spoiling("a.adaroute: site 1: a value of rank 4 expected, f32 [N, 5, 3] found") {
    $0.site(1).pointee.layout = ADAROUTE__MODEL__SITE__LAYOUT__NCHW
  },
  Spoiling("a.adaroute: site 0: \"*\" is no dimension") { put("*", $0.site(0).pointee.height) },
  Spoiling("a.adaroute: site 1 reads value 11, but only 11 values are defined before it") {
    $0.site(1).pointee.value = 11
  },
  Spoiling("a.adaroute: slot of site 1 must not be negative, but is -1") { $0.site(1).pointee.slot = -1 },
  Spoiling("a.adaroute: stage of site 1 must not be negative, but is -2") { $0.site(1).pointee.stage = -2 },
  Spoiling("a.adaroute: two replaced tensors are named \"stem.bias\"") {
    put("stem.bias", $0.replaced(1).pointee.name)
  },
  Spoiling("a.adaroute: tensor \"stem.bias\": the shape is out of range") {
    $0.replaced(0).pointee.shape[0] = .max
  },
  Spoiling("a.adaroute: tensor \"stem.bias\": unknown element type \"f99\"") {
    put("f99", $0.replaced(0).pointee.type)
  },
  Spoiling("a.adaroute: tensor \"stem.bias\": a SHA-256 of 32 bytes expected, 31 found") {
    $0.replaced(0).pointee.digest.len = 31
  },
  Spoiling("a.adaroute: the graft names tensor \"ghost\", which the graph does not have") {
    put("ghost", $0.pointee.graft.pointee.tensors[0])
  },
]

/// Writes a file of another message and the tensors of a file; one of them may become zero.
func rewrite(
  _ message: Tensor, besideTensorsOf file: SafetensorsFile, to path: String, changing changed: String = ""
) throws {
  let others = file.entries.filter { $0.name != "adaroute.model" }
  let declarations =
    others.map { SafetensorsWriter.Declaration(name: $0.name, type: $0.type, shape: $0.shape) }
    + [.init(name: "adaroute.model", type: SafetensorsType(message.type), shape: message.shape)]
  try SafetensorsWriter.write(path: path, tensors: declarations) { name in
    if name == "adaroute.model" { return message }
    let tensor = try file.tensor(named: name)
    guard name == changed else { return tensor }
    return Tensor(type: tensor.type, shape: tensor.shape) {
      $0.initializeMemory(as: UInt8.self, repeating: 0)
    }
  }
}
