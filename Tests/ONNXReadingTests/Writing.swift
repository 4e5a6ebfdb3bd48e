// Writes the messages of ONNX files, well formed or not, with the field numbers of onnx.proto. Free of the test library,
// for scripts/fuzzing.

typealias Bytes = [UInt8]

func varint(_ number: UInt64) -> Bytes {
  var bytes: Bytes = []
  var rest = number
  while rest >= 0x80 {
    bytes.append(UInt8(rest & 0x7F) | 0x80)
    rest >>= 7
  }
  return bytes + [UInt8(rest)]
}

func tag(_ number: Int, wireType: Int) -> Bytes { varint(UInt64(number) << 3 | UInt64(wireType)) }

func field(_ number: Int, _ value: Int64) -> Bytes {
  tag(number, wireType: 0) + varint(UInt64(bitPattern: value))
}

func field(_ number: Int, _ bytes: Bytes) -> Bytes {
  tag(number, wireType: 2) + varint(UInt64(bytes.count)) + bytes
}

func field(_ number: Int, _ text: String) -> Bytes { field(number, Bytes(text.utf8)) }

/// The same field once for each element.
func fields(_ number: Int, _ elements: [Bytes]) -> Bytes { elements.flatMap { field(number, $0) } }

// MARK: Messages

func model(_ graph: Bytes?, ir: Int64 = 8, opsets: [Bytes] = [opset("", 17)], _ more: Bytes = []) -> Bytes {
  field(1, ir) + (graph.map { field(7, $0) } ?? []) + fields(8, opsets) + more
}

func opset(_ domain: String, _ version: Int64) -> Bytes { field(1, domain) + field(2, version) }

func entry(_ key: String, _ value: String) -> Bytes { field(1, key) + field(2, value) }

/// By default x → Relu → y.
func graph(
  nodes: [Bytes] = [relu], initializers: [Bytes] = [], inputs: [Bytes] = [value("x")],
  outputs: [Bytes] = [value("y")], _ more: Bytes = []
) -> Bytes {
  fields(1, nodes) + field(2, "g") + fields(5, initializers) + fields(11, inputs) + fields(12, outputs) + more
}

let relu = node("Relu", ["x"], ["y"])

func node(
  _ op: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
  attributes: [Bytes] = [], _ more: Bytes = []
) -> Bytes {
  fields(1, inputs.map { Bytes($0.utf8) }) + fields(2, outputs.map { Bytes($0.utf8) })
    + (name.isEmpty ? [] : field(3, name)) + field(4, op) + fields(5, attributes)
    + (domain.isEmpty ? [] : field(7, domain)) + more
}

/// `more` holds the value.
func attribute(_ name: String, type: Int64, _ more: Bytes = []) -> Bytes {
  field(1, name) + field(20, type) + more
}

/// A declared input or output; float32 of shape [2] by default.
func value(_ name: String, element: Int64 = 1, dims: [Bytes] = [field(1, 2)]) -> Bytes {
  field(1, name) + field(2, field(1, field(1, element) + field(2, fields(1, dims))))
}

/// `more` holds the data.
func tensor(_ name: String, type: Int64 = 1, dims: [Int64] = [2], _ more: Bytes = []) -> Bytes {
  dims.flatMap { field(1, $0) } + field(2, type) + field(8, name) + more
}

func raw(_ count: Int) -> Bytes { field(9, (0..<count).map { UInt8(truncatingIfNeeded: $0) }) }

func packed(_ number: Int, _ values: [Int64]) -> Bytes {
  field(number, values.flatMap { varint(UInt64(bitPattern: $0)) })
}

func external(_ entries: [(String, String)]) -> Bytes {
  fields(13, entries.map { entry($0.0, $0.1) }) + field(14, 1)
}

func external(_ location: String, offset: String = "0", length: String = "8") -> Bytes {
  external([("location", location), ("offset", offset), ("length", length)])
}

func function(
  _ name: String, domain: String = "own", inputs: [String] = ["a"], outputs: [String] = ["b"],
  nodes: [Bytes] = [node("Relu", ["a"], ["b"])], opsets: [Bytes] = [opset("", 17), opset("own", 1)],
  _ more: Bytes = []
) -> Bytes {
  field(1, name) + fields(4, inputs.map { Bytes($0.utf8) }) + fields(5, outputs.map { Bytes($0.utf8) })
    + fields(7, nodes) + fields(9, opsets) + field(10, domain) + more
}

/// A small model in which every kind of message and of data occurs.
let sample: Bytes = model(
  graph(
    nodes: [
      node("Add", ["f", "w"], ["a"], name: "late"),
      node("F", ["x"], ["f"], domain: "own", attributes: [attribute("k", type: 2, field(3, -3))]),
      node(
        "If", ["c"], ["y"],
        attributes: [
          attribute(
            "then_branch", type: 5,
            field(6, graph(nodes: [node("Exp", ["a"], ["t"])], inputs: [], outputs: [value("t")]))),
          attribute("ints", type: 7, field(8, 1) + field(8, -1)),
          attribute("floats", type: 6, tag(7, wireType: 5) + [0, 0, 128, 63]),
          attribute("strings", type: 8, field(9, "s")),
          attribute("value", type: 4, field(5, tensor("", raw(8)))),
        ]),
    ],
    initializers: [
      tensor("w", raw(8)), tensor("i", type: 7, packed(7, [1, -1])),
      tensor("c", type: 9, dims: [], packed(5, [1])),
      tensor("h", type: 10, packed(5, [0x3C00, 0])), tensor("e", external("weights", offset: "4")),
    ],
    inputs: [value("x", dims: [field(2, "batch"), []]), value("w")]),
  opsets: [opset("", 17), opset("own", 1)],
  field(2, "test") + field(14, entry("k", "v"))
    + field(25, function("F", field(11, attribute("k", type: 1, tag(2, wireType: 5) + [0, 0, 0, 64])))))
