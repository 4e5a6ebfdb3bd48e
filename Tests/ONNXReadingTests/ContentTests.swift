import ONNX
import Tensors
import Testing

/// What a file says is what the model holds.
@Suite struct ContentTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Bytes(0..<16), to: "weights")
  }

  private func open(_ bytes: Bytes) throws -> ONNXModel {
    try ONNXModel(path: folder.write(bytes, to: "model.onnx"))
  }

  @Test func theSampleIsReadWhole() throws {
    let model = try open(sample)
    #expect(model.irVersion == 8 && model.opsets == ["": 17, "own": 1])
    #expect(model.producer == "test" && model.metadata == ["k": "v"])
    let graph = model.graph
    // `w` is an initializer, so no input.
    #expect(graph.inputs == [ONNXValue(name: "x", element: .float32, shape: [.symbol("batch"), .unknown])])
    #expect(graph.outputs == [ONNXValue(name: "y", element: .float32, shape: [.known(2)])])
    // The file has Add before the call that makes its operand.
    #expect(graph.nodes.map(\.op) == ["F", "Add", "If"])
    #expect(graph.nodes.map(\.inputs) == [["x"], ["f", "w"], ["c"]])
    #expect(graph.initializers["i"]?.scalars(Int64.self) == [1, -1])
    #expect(graph.initializers["c"]?.contents == [1] && graph.initializers["c"]?.shape == [])
    #expect(graph.initializers["h"]?.contents == [0, 0x3C, 0, 0])
    #expect(graph.initializers["e"]?.contents == Bytes(4..<12))
    let function = try #require(model.functions.first)
    #expect(function.domain == "own" && function.name == "F")
    #expect(function.inputs == ["a"] && function.outputs == ["b"] && function.opsets == ["": 17, "own": 1])
  }

  @Test func attributesKeepTheirKinds() throws {
    let node = try #require(try open(sample).graph.nodes.last)
    guard case .graph(let branch)? = node.attributes["then_branch"],
      case .ints(let ints)? = node.attributes["ints"],
      case .floats(let floats)? = node.attributes["floats"],
      case .strings(let strings)? = node.attributes["strings"],
      case .tensor(let tensor)? = node.attributes["value"]
    else { throw UnexpectedAttribute() }
    #expect(branch.nodes.map(\.op) == ["Exp"] && branch.inputs.isEmpty)
    #expect(ints == [1, -1] && floats == [1] && strings == ["s"])
    #expect(tensor.contents == Bytes(0..<8))
  }

  /// Numbers that are zero and texts that are empty may be left out; lists may be packed.
  @Test func valuesMayBeLeftOut() throws {
    let attributes = [
      attribute("f", type: 1), attribute("i", type: 2), attribute("s", type: 3), attribute("fs", type: 6),
      attribute("is", type: 7, packed(8, [7, -7])), attribute("o", type: 14),
      attribute("n", type: 3, field(4, "a\0b")),
    ]
    let model = try open(
      model(graph(nodes: [node("A", ["", "x"], ["y", ""], attributes: attributes)])))
    let node = try #require(model.graph.nodes.first)
    #expect(node.inputs == ["", "x"] && node.outputs == ["y", ""])
    guard case .float(0)? = node.attributes["f"], case .int(0)? = node.attributes["i"],
      case .string("")? = node.attributes["s"], case .floats([])? = node.attributes["fs"],
      case .ints([7, -7])? = node.attributes["is"], case .other("TYPE_PROTOS")? = node.attributes["o"],
      case .string("a\0b")? = node.attributes["n"]
    else { throw UnexpectedAttribute() }
  }

  /// A call gives what it gives, and has the function's defaults for the rest.
  @Test func callsHaveTheFunctionsDefaults() throws {
    let defaults =
      field(11, attribute("k", type: 2, field(3, 5))) + field(11, attribute("l", type: 2, field(3, 6)))
    let body = [node("Leaky", ["a"], ["b"], attributes: [attribute("alpha", type: 1, field(21, "k"))])]
    let call = node("F", ["x"], ["y"], domain: "own", attributes: [attribute("k", type: 2, field(3, 1))])
    let model = try open(
      model(
        graph(nodes: [call]), opsets: [opset("ai.onnx", 17), opset("own", 1)],
        field(25, function("F", nodes: body, defaults))))
    let given = model.graph.nodes[0].attributes
    guard case .int(1)? = given["k"], case .int(6)? = given["l"],
      case .reference("k")? = model.functions[0].nodes[0].attributes["alpha"]
    else { throw UnexpectedAttribute() }
    #expect(model.opsets == ["": 17, "own": 1])
  }

  @Test(
    arguments: [
      (6, [1, -2]), (5, [-300, 299]), (3, [-128, 127]), (2, [0, 255]), (9, [0, 1]), (10, [0, 65535]),
      (16, [1, 2]),
    ] as [(Int64, [Int64])])
  func smallIntegersComeFromInt32Data(_ type: Int64, _ values: [Int64]) throws {
    let model = try open(model(graph(initializers: [tensor("w", type: type, packed(5, values))])))
    let tensor = try #require(model.graph.initializers["w"])
    let size = tensor.type.size
    let expected = values.flatMap { value in
      withUnsafeBytes(of: value.littleEndian) { Bytes($0.prefix(size)) }
    }
    #expect(tensor.contents == expected)
  }

  @Test func floatingPointNumbersAreNotCopied() throws {
    let floats = withUnsafeBytes(of: (Float(1.5), Float(-2))) { Bytes($0) }
    let doubles = withUnsafeBytes(of: (1.5, -2.0)) { Bytes($0) }
    let model = try open(
      model(graph(initializers: [tensor("f", field(4, floats)), tensor("d", type: 11, field(10, doubles))])))
    let (f, d) = (try #require(model.graph.initializers["f"]), try #require(model.graph.initializers["d"]))
    #expect(f.scalars(Float.self) == [1.5, -2] && d.scalars(Double.self) == [1.5, -2])
    #expect(f.storage === d.storage)
  }

  /// An unsorted graph keeps the file's order wherever it can.
  @Test func nodesAreSorted() throws {
    let nodes = [
      node("D", ["c", "x"], ["y"]), node("A", ["x"], ["a"]), node("C", ["b"], ["c"]), node("B", ["a"], ["b"]),
      node("E", ["x"], ["e"]),
    ]
    #expect(try open(model(graph(nodes: nodes))).graph.nodes.map(\.op) == ["A", "B", "C", "D", "E"])
    // A long chain, backwards.
    let count = 20_000
    let chain = (0..<count).reversed().map { node("N", [$0 == 0 ? "x" : "v\($0 - 1)"], ["v\($0)"]) }
    let sorted = try open(model(graph(nodes: chain, outputs: [value("v\(count - 1)")]))).graph.nodes
    #expect(sorted.first?.outputs == ["v0"] && sorted.last?.outputs == ["v\(count - 1)"])
  }

  /// A node comes after what the graphs within it read.
  @Test func nodesAreSortedByWhatInnerGraphsRead() throws {
    let body = graph(nodes: [node("Exp", ["late"], ["z"])], inputs: [], outputs: [value("z")])
    let nodes = [
      node("If", ["x"], ["y"], attributes: [attribute("body", type: 5, field(6, body))]),
      node("Neg", ["x"], ["late"]),
    ]
    #expect(try open(model(graph(nodes: nodes))).graph.nodes.map(\.op) == ["Neg", "If"])
  }

  /// Opening takes as long as the structure is long, however long the data are.
  @Test func bulkyDataAreNeitherReadNorCopied() throws {
    let size = 400_000_000
    func holding(_ number: Int, _ start: Bytes) -> Bytes {
      tag(number, wireType: 2) + varint(UInt64(start.count + size)) + start
    }
    let weight = tensor("w", dims: [Int64(size / 4)]) + tag(9, wireType: 2) + varint(UInt64(size))
    let start = field(1, 8) + fields(8, [opset("", 17)]) + holding(7, graph() + holding(5, weight))
    let path = try folder.write(start, to: "model.onnx", hole: size)
    var model: ONNXModel?
    let duration = try ContinuousClock().measure { model = try ONNXModel(path: path) }
    let tensor = try #require(model?.graph.initializers["w"])
    #expect(tensor.byteCount == size && tensor.offset == start.count)
    #expect(tensor.storage.bytes.count == start.count + size)
    #expect(duration < .milliseconds(100))
  }

  /// Fields of newer versions of the format are passed over.
  @Test func unknownFieldsAreSkipped() throws {
    let unknown = field(900, 1) + field(901, "text") + tag(902, wireType: 5) + [1, 2, 3, 4]
    let model = try open(unknown + model(graph(nodes: [relu + unknown], unknown), unknown))
    #expect(model.graph.nodes.count == 1)
  }
}
