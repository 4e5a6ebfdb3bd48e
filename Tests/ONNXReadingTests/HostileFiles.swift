// Free of the test library: scripts/fuzzing begins from these files too.

/// A file that must be refused, and the whole message, the path aside.
struct HostileFile: Sendable {
  let name: String
  let bytes: Bytes
  let message: String

  init(_ name: String, _ bytes: Bytes, _ message: String) {
    self.name = name
    self.bytes = bytes
    self.message = message
  }

  /// A model of one initializer `w` beside x → Relu → y.
  init(_ name: String, w: Bytes, _ message: String) {
    self.init(name, model(graph(initializers: [w])), message)
  }
}

private let lfsPointer = """
  version https://git-lfs.github.com/spec/v1
  oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
  size 346284714

  """

private func text(_ string: String) -> Bytes { Bytes(string.utf8) }

/// Files that are something else, or that were cut.
let wrongFiles: [HostileFile] = [
  HostileFile("empty", [], "the file is empty"),
  HostileFile(
    "Git LFS pointer", text(lfsPointer),
    "a Git LFS pointer instead of the file itself (oid "
      + "\"sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\","
      + " size \"346284714\" bytes); run `git lfs pull`"),
  HostileFile(
    "HTML page", text("\n<!DOCTYPE html><html><body>404</body></html>"),
    "not an ONNX model but an HTML or XML page, probably an error page saved by a download"),
  HostileFile(
    "ZIP", text("PK\u{03}\u{04}") + [0, 0, 8, 8, 0, 0, 0, 0],
    "not an ONNX model but a ZIP archive, such as a PyTorch checkpoint"),
  HostileFile(
    "pickle", [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9],
    "not an ONNX model but a Python pickle, such as an old PyTorch checkpoint"),
  HostileFile(
    "safetensors", [0x10, 0x27, 0, 0, 0, 0, 0, 0] + text("{\"a\":{}}"),
    "not an ONNX model but a safetensors file"),
  HostileFile(
    "JSON", text("{\"model_type\": \"vit\"}"),
    "not an ONNX model but JSON text, such as the index of a sharded checkpoint"),
  HostileFile("GGUF", text("GGUF") + [3, 0, 0, 0, 1, 0, 0, 0], "not an ONNX model but a GGUF file"),
  HostileFile(
    "text", text("ir_version: 8\n"),
    "not an ONNX model: ModelProto at byte 9: wire type 6 does not exist in ONNX files"),
  HostileFile(
    "zeros", Bytes(repeating: 0, count: 64),
    "not an ONNX model: ModelProto at byte 0: field number 0 does not exist"),
  HostileFile("no graph", model(nil), "not an ONNX model: it holds no graph"),
  HostileFile(
    "cut", Bytes(model(graph()).prefix(40)), "the file is cut off: at least 55 bytes expected, 40 found"),
  HostileFile(
    "a length near 2^64", field(1, 8) + tag(7, wireType: 2) + varint(.max) + [1, 2, 3],
    "the file is cut off: at least 18446744073709551615 bytes expected, 16 found"),
  HostileFile(
    "a length near 2^63", field(1, 8) + tag(7, wireType: 2) + varint(1 << 63) + [1, 2, 3],
    "the file is cut off: at least 9223372036854775821 bytes expected, 16 found"),
]

/// Bytes that are not the wire format, or not these messages.
let malformed: [HostileFile] = [
  HostileFile(
    "varint of eleven bytes", tag(1, wireType: 0) + Bytes(repeating: 0x80, count: 10) + [1],
    "not an ONNX model: ModelProto at byte 1: a number of more than 64 bits"),
  HostileFile(
    "varint of 65 bits", tag(1, wireType: 0) + Bytes(repeating: 0xFF, count: 9) + [2],
    "not an ONNX model: ModelProto at byte 1: a number of more than 64 bits"),
  HostileFile(
    "varint cut", tag(1, wireType: 0) + [0x80],
    "not an ONNX model: ModelProto at byte 1: it ends within a field"),
  HostileFile(
    "fixed64 cut", field(1, 8) + tag(99, wireType: 1) + [1, 2, 3],
    "not an ONNX model: ModelProto at byte 2: it ends within a field"),
  HostileFile(
    "field number of 30 bits", varint(1 << 33 | 2),
    "not an ONNX model: ModelProto at byte 0: field number 1073741824 does not exist"),
  HostileFile(
    "group", field(1, 8) + tag(50, wireType: 3),
    "not an ONNX model: ModelProto at byte 2: wire type 3 does not exist in ONNX files"),
  HostileFile(
    "graph as a number", field(1, 8) + field(7, 1),
    "not an ONNX model: ModelProto at byte 2: graph: wire type 2 expected, 0 found"),
  HostileFile(
    "ir_version as bytes", field(1, "8"),
    "not an ONNX model: ModelProto at byte 0: ir_version: wire type 0 expected, 2 found"),
  HostileFile(
    "floats as varints", model(graph(nodes: [node("A", [], ["y"], attributes: [field(7, 1)])])),
    "not an ONNX model: AttributeProto at byte 14: floats: wire type 5 expected, 0 found"),
  HostileFile(
    "numbers that are not packed", w: tensor("w", type: 7, dims: [1], field(7, 1)),
    "not an ONNX model: TensorProto at byte 30: int64_data: wire type 2 expected, 0 found"),
  HostileFile(
    "a length past its message", model(field(1, tag(1, wireType: 2) + varint(100))),
    "not an ONNX model: NodeProto at byte 6: a field of 100 bytes, where 0 are left"),
  HostileFile(
    "a length of 2^63 within a message", model(field(1, tag(1, wireType: 2) + varint(1 << 63))),
    "not an ONNX model: NodeProto at byte 6: a field of 9223372036854775808 bytes, where 0 are left"),
  HostileFile(
    "raw data past the message", w: tensor("w", tag(9, wireType: 2) + varint(.max - 1)),
    "not an ONNX model: TensorProto at byte 30: a field of 18446744073709551614 bytes, where 0 are left"),
  HostileFile(
    "two graphs", model(graph(), field(7, graph())),
    "not an ONNX model: ModelProto at byte 61: graph occurs twice"),
  HostileFile(
    "raw data twice", w: tensor("w", raw(8) + raw(8)),
    "not an ONNX model: TensorProto at byte 40: raw_data occurs twice"),
  HostileFile(
    "zero byte in a name", model(graph(nodes: [node("Re\0lu", ["x"], ["y"])])),
    "not an ONNX model: NodeProto at byte 12: op_type: text holds a zero byte"),
  HostileFile(
    "long name", model(graph(nodes: [node("Relu", ["x"], ["y"], name: String(repeating: "n", count: 4097))])),
    "not an ONNX model: NodeProto at byte 14: name: text of at most 4096 bytes expected, 4097 found"),
  HostileFile(
    "a name that is not UTF-8", model(graph(nodes: [field(1, [0xC3, 0x28]) + node("A", [], ["y"])])),
    "node 0: text that is not UTF-8"),
]

/// Files that are long, or take long. The fuzzer leaves them out.
let bulky: [HostileFile] = [
  HostileFile(
    "graphs, 100,000 deep", deepGraph(100_000), "messages nested more than 64 deep"),
  HostileFile(
    "more than a million nodes", model(fields(1, Array(repeating: [], count: 1_000_001))),
    "more than 1000000 nodes"),
  HostileFile(
    "a structure of 32 MiB",
    model(graph(), field(14, entry("k", String(repeating: "v", count: 32 << 20)))),
    "more than 33554432 bytes besides the tensors' data"),
  HostileFile(
    "a few bytes that ask for much memory",
    model(fields(1, Array(repeating: fields(5, Array(repeating: [], count: 100)), count: 9_000))),
    "5454018 bytes besides the tensors' data are malformed or unpack to far more than models take"),
  HostileFile(
    "many calls of a function with many defaults",
    model(
      graph(nodes: (0..<2_000).map { node("F", ["x"], ["y\($0)"], domain: "own") }),
      opsets: [opset("", 17), opset("own", 1)],
      field(25, function("F", (0..<1_000).flatMap { field(11, attribute("k\($0)", type: 2)) }))),
    "calls of functions leave more than 1000000 attributes to the functions' defaults"),
]

/// A graph in an attribute of a node of a graph, and so on; written from the inside out.
func deepGraph(_ depth: Int) -> Bytes {
  var reversed: Bytes = []
  func wrap(_ number: Int) {
    let count = reversed.count
    reversed += varint(UInt64(count)).reversed()
    reversed += tag(number, wireType: 2).reversed()
  }
  for level in 0..<depth {
    if level > 0 {
      wrap(6)
      wrap(5)
    }
    wrap(1)
  }
  wrap(7)
  return field(1, 8) + reversed.reversed()
}

/// Models whose parts are missing, doubled or unknown.
let wrongModels: [HostileFile] = [
  HostileFile("no IR version", model(graph(), ir: 0), "ir_version 3 or later expected, 0 found"),
  HostileFile("no opset", model(graph(), opsets: []), "the model does not say which operator sets it uses"),
  HostileFile(
    "opset 6", model(graph(), opsets: [opset("", 6)]),
    "the standard operator set: version 7 to 28 expected, 6 found"),
  HostileFile(
    "opset 29", model(graph(), opsets: [opset("ai.onnx", 29)]),
    "the standard operator set: version 7 to 28 expected, 29 found"),
  HostileFile(
    "opset -1", model(graph(), opsets: [opset("", -1)]),
    "the standard operator set: version 7 to 28 expected, -1 found"),
  HostileFile(
    "foreign opset of 64 bits", model(graph(), opsets: [opset("", 17), opset("x.y", .max)]),
    "operator set \"x.y\": version 1 to 2147483647 expected, 9223372036854775807 found"),
  HostileFile(
    "standard opset twice", model(graph(), opsets: [opset("", 17), opset("ai.onnx", 17)]),
    "the standard operator set is imported twice"),
  HostileFile(
    "only a foreign opset", model(graph(), opsets: [opset("com.example", 1)]),
    "node 0 (Relu): the standard operator set is not imported"),
  HostileFile(
    "foreign domain", model(graph(nodes: [node("Relu", ["x"], ["y"], name: "r", domain: "com.example")])),
    "node \"r\" (Relu): operator set \"com.example\" is not imported"),
  HostileFile(
    "metadata twice", model(graph(), field(14, entry("k", "1")) + field(14, entry("k", "2"))),
    "metadata_props has the key \"k\" twice"),
  HostileFile("no outputs", model(graph(outputs: [])), "the graph has no outputs"),
  HostileFile(
    "input twice", model(graph(inputs: [value("x"), value("x")])), "the graph: two inputs are named \"x\""),
  HostileFile(
    "initializer twice", model(graph(initializers: [tensor("w", raw(8)), tensor("w", raw(8))])),
    "the graph: two initializers are named \"w\""),
  HostileFile(
    "output twice", model(graph(outputs: [value("y"), value("y")])),
    "the graph: two outputs are named \"y\""),
  HostileFile(
    "input without a name", model(graph(inputs: [value("")])), "the graph: the name of input 0 is missing"),
  HostileFile(
    "initializer without a name", w: tensor("", raw(8)), "the graph: the name of initializer 0 is missing"),
  HostileFile(
    "node without an operator", model(graph(nodes: [field(1, "x") + field(2, "y")])),
    "node 0: op_type is missing"),
  HostileFile(
    "value defined twice", model(graph(nodes: [relu, node("Exp", ["x"], ["y"], name: "again")])),
    "node \"again\" (Exp) defines \"y\", which is defined elsewhere too"),
  HostileFile(
    "input defined by a node", model(graph(nodes: [relu, node("Exp", ["y"], ["x"])])),
    "node 1 (Exp) defines \"x\", which is defined elsewhere too"),
  HostileFile(
    "value not defined", model(graph(nodes: [node("Add", ["x", "ghost"], ["y"])])),
    "node 0 (Add) uses \"ghost\", which nothing defines"),
  HostileFile(
    "output not defined", model(graph(outputs: [value("z")])),
    "the output of the graph uses \"z\", which nothing defines"),
  HostileFile(
    "cycle", model(graph(nodes: [node("Add", ["x", "b"], ["a"]), node("Exp", ["a"], ["b"]), relu])),
    "node 0 (Add) needs its own result: the graph has a cycle"),
  HostileFile(
    "a node that reads itself", model(graph(nodes: [node("Add", ["x", "y"], ["y"], name: "loop")])),
    "node \"loop\" (Add) needs its own result: the graph has a cycle"),
  HostileFile(
    "sparse initializer", model(graph(field(15, field(1, tensor("s", raw(8)))))),
    "initializer \"s\" is sparse, which is not supported"),
  HostileFile(
    "node overload", model(graph(nodes: [node("Relu", ["x"], ["y"], field(8, "fast"))])),
    "node 0 (Relu): overload \"fast\" is not supported"),
  HostileFile(
    "control characters in a name", model(graph(nodes: [node("Add", ["\u{1B}[2J\u{202E}x"], ["y"])])),
    "node 0 (Add) uses \"\\u{1B}[2J\\u{202E}x\", which nothing defines"),
  HostileFile(
    "long name in a message", model(graph(nodes: [node("Add", [String(repeating: "n", count: 300)], ["y"])])),
    "node 0 (Add) uses \"" + String(repeating: "n", count: 200) + "…\", which nothing defines"),
]

/// Attributes, graphs within nodes, functions.
let wrongParts: [HostileFile] = [
  HostileFile(
    "attribute twice", one([attribute("a", type: 2, field(3, 1)), attribute("a", type: 2)]),
    "node 0 (A): attribute \"a\" is given twice"),
  HostileFile(
    "attribute without a name", one([attribute("", type: 2)]),
    "node 0 (A): the name of attribute 0 is missing"),
  HostileFile(
    "attribute without a type", one([field(1, "a") + field(3, 1)]),
    "node 0 (A): attribute \"a\": a type from 1 to 14 expected, 0 found"),
  HostileFile(
    "attribute of type 15", one([attribute("a", type: 15)]),
    "node 0 (A): attribute \"a\": a type from 1 to 14 expected, 15 found"),
  HostileFile(
    "attribute without its tensor", one([attribute("value", type: 4)]),
    "node 0 (A): attribute \"value\" lacks its tensor"),
  HostileFile(
    "attribute without its graph", one([attribute("body", type: 5)]),
    "node 0 (A): attribute \"body\" lacks its graph"),
  HostileFile(
    "text that is not UTF-8", one([attribute("a", type: 3, field(4, [0xFF]))]),
    "node 0 (A): attribute \"a\": text that is not UTF-8"),
  HostileFile(
    "text of a list that is not UTF-8", one([attribute("a", type: 8, field(9, [0xFF]))]),
    "node 0 (A): attribute \"a\": text that is not UTF-8"),
  HostileFile(
    "tensor of an attribute too short", one([attribute("value", type: 4, field(5, tensor("", raw(4))))]),
    "node 0 (A): attribute \"value\": f32 [2] takes 8 bytes, 4 found"),
  HostileFile(
    "reference outside a function", one([attribute("a", type: 2, field(21, "b"))]),
    "node 0 (A): attribute \"a\" refers to attribute \"b\" outside a function"),
  HostileFile(
    "inner graph defines an outer name",
    one([
      attribute("body", type: 5, field(6, graph(nodes: [node("Exp", ["x"], ["y"])], inputs: [])))
    ]),
    "node 0 (A): attribute \"body\" defines \"y\", which is defined elsewhere too"),
  HostileFile(
    "inner graph reads its own node's result",
    one([attribute("body", type: 5, field(6, inner(node("Exp", ["y"], ["z"]))))]),
    "node 0 (A) needs its own result: the graph has a cycle"),
  HostileFile(
    "inner graph reads nothing's result",
    one([attribute("body", type: 5, field(6, inner(node("Exp", ["ghost"], ["z"]))))]),
    "node 0 (Exp) uses \"ghost\", which nothing defines"),
  HostileFile(
    "inner graph without outputs", one([attribute("body", type: 5, field(6, field(2, "empty")))]),
    "node 0 (A): attribute \"body\" has no outputs"),
  HostileFile(
    "function twice", calling(function("F"), function("F")),
    "function \"F\" of domain \"own\" is defined twice"),
  HostileFile(
    "function without outputs", calling(function("F", outputs: [], nodes: [])),
    "function \"F\" of domain \"own\" has no outputs"),
  HostileFile(
    "function with an input twice", calling(function("F", inputs: ["a", "a"])),
    "function \"F\" of domain \"own\": two inputs are named \"a\""),
  HostileFile(
    "function that reads what it lacks", calling(function("F", inputs: ["c"])),
    "node 0 (Relu) uses \"a\", which nothing defines"),
  HostileFile(
    "function that calls itself",
    calling(function("F", nodes: [node("F", ["a"], ["b"], domain: "own")])),
    "function \"F\" of domain \"own\" calls itself"),
  HostileFile(
    "functions that call each other",
    calling(
      function("F", nodes: [node("G", ["a"], ["b"], domain: "own")]),
      function("G", nodes: [node("F", ["a"], ["b"], domain: "own")])),
    "function \"F\" of domain \"own\" calls itself"),
  HostileFile(
    "function overload", calling(function("F", field(13, "half"))),
    "function \"F\" of domain \"own\": overload \"half\" is not supported"),
  HostileFile(
    "function with a graph by default",
    calling(function("F", field(11, attribute("g", type: 5, field(6, graph()))))),
    "function \"F\" of domain \"own\": attribute \"g\": a default of type GRAPH is not supported"),
  HostileFile(
    "function without the opset it uses", calling(function("F", opsets: [])),
    "node 0 (Relu): the standard operator set is not imported"),
]

/// x → A → y with these attributes.
private func one(_ attributes: [Bytes]) -> Bytes {
  model(graph(nodes: [node("A", ["x"], ["y"], attributes: attributes)]))
}

/// A graph of one node that makes z.
private func inner(_ node: Bytes) -> Bytes { graph(nodes: [node], inputs: [], outputs: [value("z")]) }

/// A model that calls F and has these functions.
func calling(_ functions: Bytes...) -> Bytes {
  model(
    graph(nodes: [node("F", ["x"], ["y"], domain: "own")]), opsets: [opset("", 17), opset("own", 1)],
    fields(25, functions))
}

/// Types, shapes and data.
let wrongTensors: [HostileFile] = [
  HostileFile(
    "input without a type", model(graph(inputs: [field(1, "x")])), "input \"x\": no tensor type is stated"),
  HostileFile(
    "input that is a sequence", model(graph(inputs: [field(1, "x") + field(2, field(4, []))])),
    "input \"x\": no tensor type is stated"),
  HostileFile(
    "input of texts", model(graph(inputs: [value("x", element: 8)])),
    "input \"x\": STRING is not a type to compute with"),
  HostileFile(
    "input of negative extent", model(graph(inputs: [value("x", dims: [field(1, 1), field(1, -2)])])),
    "input \"x\": axis 1 has the negative extent -2"),
  HostileFile(
    "input of 33 axes", model(graph(inputs: [value("x", dims: Array(repeating: field(1, 1), count: 33))])),
    "input \"x\": at most 32 axes expected, 33 found"),
  HostileFile(
    "tensor without a type", w: tensor("w", type: 0, raw(8)), "tensor \"w\": no tensor type is stated"),
  HostileFile(
    "tensor of an unknown type", w: tensor("w", type: 99, raw(8)),
    "tensor \"w\": data type 99 is not a type to compute with"),
  HostileFile(
    "tensor of 33 axes", w: tensor("w", dims: Array(repeating: 1, count: 33), raw(4)),
    "tensor \"w\": at most 32 axes expected, 33 found"),
  HostileFile(
    "tensor of negative extent", w: tensor("w", dims: [2, -1], raw(8)),
    "tensor \"w\": shape [2, -1] is out of range"),
  HostileFile(
    "tensor of 2^64 elements", w: tensor("w", dims: [1 << 32, 1 << 32], raw(8)),
    "tensor \"w\": shape [4294967296, 4294967296] is out of range"),
  HostileFile(
    "raw data too short", w: tensor("w", raw(7)), "tensor \"w\": f32 [2] takes 8 bytes, 7 found"),
  HostileFile(
    "raw data too long", w: tensor("w", type: 11, raw(17)), "tensor \"w\": f64 [2] takes 16 bytes, 17 found"),
  HostileFile("no data", w: tensor("w"), "tensor \"w\": f32 [2] takes 8 bytes, 0 found"),
  HostileFile(
    "much claimed and little given", w: tensor("w", type: 7, dims: [1 << 50], packed(7, [1])),
    "tensor \"w\": int64_data must hold 1125899906842624 numbers for shape [1125899906842624], 1 found"),
  HostileFile(
    "float_data too short", w: tensor("w", field(4, Bytes(repeating: 0, count: 4))),
    "tensor \"w\": f32 [2] takes 8 bytes, 4 found"),
  HostileFile(
    "float_data cut within a number", w: tensor("w", field(4, Bytes(repeating: 0, count: 9))),
    "tensor \"w\": f32 [2] takes 8 bytes, 9 found"),
  HostileFile(
    "int64_data too long", w: tensor("w", type: 7, packed(7, [1, 2, 3])),
    "tensor \"w\": int64_data must hold 2 numbers for shape [2], 3 found"),
  HostileFile(
    "int64_data cut within a number", w: tensor("w", type: 7, field(7, [1, 2, 0x80])),
    "not an ONNX model: TensorProto.int64_data at byte 34: it ends within a field"),
  HostileFile(
    "int64_data of 65 bits",
    w: tensor("w", type: 7, dims: [1], field(7, Bytes(repeating: 0xFF, count: 9) + [2])),
    "not an ONNX model: TensorProto.int64_data at byte 32: a number of more than 64 bits"),
  HostileFile(
    "raw and typed data", w: tensor("w", raw(8) + field(4, Bytes(repeating: 0, count: 8))),
    "tensor \"w\" has its data more than once: raw_data, float_data"),
  HostileFile(
    "data of another type", w: tensor("w", packed(7, [1, 2])),
    "tensor \"w\": f32 data in float_data or raw_data expected, int64_data found"),
  HostileFile(
    "int8 out of range", w: tensor("w", type: 3, packed(5, [-128, 128])),
    "tensor \"w\": element 1 is 128, which i8 does not hold"),
  HostileFile(
    "uint8 out of range", w: tensor("w", type: 2, packed(5, [-1, 0])),
    "tensor \"w\": element 0 is -1, which u8 does not hold"),
  HostileFile(
    "bool out of range", w: tensor("w", type: 9, packed(5, [1, 2])),
    "tensor \"w\": element 1 is 2, which bool does not hold"),
  HostileFile(
    "half out of range", w: tensor("w", type: 10, packed(5, [65535, 65536])),
    "tensor \"w\": element 1 is 65536, which f16 does not hold"),
  HostileFile(
    "unknown data location", w: tensor("w", raw(8) + field(14, 2)),
    "tensor \"w\": data_location 0 or 1 expected, 2 found"),
]
