import Graph
import Tensors

/// One node while it is lowered: hands out its attributes and operands, and remembers what was asked for, so
/// that nothing that the node says is passed over.
final class NodeReader {
  let node: ONNXNode
  let reference: NodeReference
  let importer: Importer
  /// The names around the node, which graphs within it may read.
  let scope: Importer.Scope
  private let operands: [Imported?]
  private var attributesRead: Set<String> = []
  private var operandsRead = 0

  init(
    _ node: ONNXNode, _ reference: NodeReference, _ operands: [Imported?], _ importer: Importer,
    _ scope: Importer.Scope
  ) {
    self.scope = scope
    self.node = node
    self.reference = reference
    self.operands = operands
    self.importer = importer
  }

  /// The name that a tensor computed by this node goes by.
  var name: String { reference.name.isEmpty ? node.op : node.outputs.first { !$0.isEmpty } ?? node.name }

  /// Throws where the node says something that the lowering did not ask for.
  func checkEverythingWasRead() throws(LoweringError) {
    let unread = node.attributes.keys.filter { !attributesRead.contains($0) }.sorted()
    guard unread.isEmpty else { throw .unknownAttributes(reference, unread) }
    let last = operands.lastIndex { $0 != nil } ?? -1
    guard last < operandsRead else {
      throw .operandCount(reference, expected: operandsRead, found: last + 1)
    }
  }

  // MARK: Operands

  var operandCount: Int { operands.count }

  /// An operand; nil where it is left out.
  func optional(_ index: Int) -> Imported? {
    operandsRead = max(operandsRead, index + 1)
    return index < operands.count ? operands[index] : nil
  }

  func operand(_ index: Int) throws(LoweringError) -> Imported {
    guard let operand = optional(index) else {
      throw .operand(reference, index: index, expected: "a value", found: "none")
    }
    return operand
  }

  func type(_ operand: Imported) -> TensorType { importer.type(operand) }

  /// Integers that are known up to symbols; nil where the operand is something else.
  func integers(_ index: Int) throws(LoweringError) -> IntegerTensor? {
    importer.integers(try operand(index))
  }

  /// An operand that must be known when the file is converted, up to symbols.
  func knownIntegers(_ index: Int) throws(LoweringError) -> IntegerTensor {
    let operand = try operand(index)
    if let integers = importer.integers(operand) { return integers }
    throw .operand(
      reference, index: index, expected: "integers that are known at conversion", found: "\(type(operand))")
  }

  /// An operand that must be known when the file is converted.
  func constantIntegers(_ index: Int) throws(LoweringError) -> [Int] {
    let integers = try knownIntegers(index)
    guard let constants = integers.constants else {
      throw .undecided(reference, question: "operand \(index), \(integers),")
    }
    return constants
  }

  /// The number that an operand is; nil where it is no constant of one element.
  func number(_ index: Int) throws(LoweringError) -> Double? {
    switch try operand(index) {
    case .constant(let known) where known.content.shape.elementCount == 1:
      known.content.tensor().withView { $0.number(at: 0) }
    default: nil
    }
  }

  // MARK: Attributes

  private func refuse(_ name: String, _ expected: String) -> LoweringError {
    .attribute(reference, name: name, expected: expected, found: node.attributes[name]?.summary ?? "none")
  }

  private func attribute(_ name: String) -> ONNXAttribute? {
    attributesRead.insert(name)
    return node.attributes[name]
  }

  func int(_ name: String) throws(LoweringError) -> Int? {
    switch attribute(name) {
    case nil: return nil
    case .int(let value)?: return Int(value)
    default: throw refuse(name, "an integer")
    }
  }

  func int(_ name: String, default value: Int) throws(LoweringError) -> Int { try int(name) ?? value }

  func ints(_ name: String) throws(LoweringError) -> [Int]? {
    switch attribute(name) {
    case nil: return nil
    case .ints(let values)?: return values.map { Int($0) }
    default: throw refuse(name, "integers")
    }
  }

  func float(_ name: String) throws(LoweringError) -> Float? {
    switch attribute(name) {
    case nil: return nil
    case .float(let value)?: return value
    default: throw refuse(name, "a number")
    }
  }

  func string(_ name: String, default value: String) throws(LoweringError) -> String {
    switch attribute(name) {
    case nil: return value
    case .string(let text)?: return text
    default: throw refuse(name, "a text")
    }
  }

  func tensor(_ name: String) throws(LoweringError) -> Tensor? {
    switch attribute(name) {
    case nil: return nil
    case .tensor(let tensor)?: return tensor
    default: throw refuse(name, "a tensor")
    }
  }

  func graph(_ name: String) throws(LoweringError) -> ONNXGraph {
    guard case .graph(let graph)? = attribute(name) else { throw refuse(name, "a graph") }
    return graph
  }

  func floats(_ name: String) throws(LoweringError) -> [Float]? {
    switch attribute(name) {
    case nil: return nil
    case .floats(let values)?: return values
    default: throw refuse(name, "numbers")
    }
  }

  /// Accepts an integer attribute only where it has a value that changes nothing.
  func require(_ name: String, _ expected: Int, default value: Int) throws(LoweringError) {
    guard try int(name, default: value) == expected else { throw refuse(name, "\(expected)") }
  }

  /// Reads attributes that change nothing at inference.
  func ignore(_ names: String...) { attributesRead.formUnion(names) }

  /// Turns an axis that may count from the end into 0..<rank.
  func axis(_ axis: Int, rank: Int, _ name: String = "axis") throws(LoweringError) -> Int {
    guard axis >= -rank, axis < rank else {
      throw .attribute(reference, name: name, expected: "an axis of \(rank)", found: "\(axis)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes without repetition, each in 0..<rank, sorted.
  func axes(_ axes: [Int], rank: Int) throws(LoweringError) -> [Int] {
    var result: Set<Int> = []
    for axis in axes where !result.insert(try self.axis(axis, rank: rank, "axes")).inserted {
      throw .attribute(reference, name: "axes", expected: "different axes", found: "\(axes)")
    }
    return result.sorted()
  }

  // MARK: Making

  /// Applies an operator. Where all operands are small constants, so is the result.
  func apply(_ op: any Operator, _ operands: Imported...) throws(LoweringError) -> Imported {
    try importer.apply(op, operands, reference, name: name)
  }

  func apply(_ op: any Operator, to operands: [Imported]) throws(LoweringError) -> Imported {
    try importer.apply(op, operands, reference, name: name)
  }

  /// A tensor that this node computes.
  func constant(_ tensor: Tensor) -> Imported { .constant(KnownTensor(name: name, .stored(tensor))) }

  /// A number in a tensor's element type.
  func constant(_ number: Double, _ element: ElementType, _ suffix: String = "number") -> Imported {
    let tensor = Tensor(type: element, shape: []) { bytes in
      MutableTensorView(type: element, shape: [], bytes: bytes).store(number, at: 0)
    }
    return .constant(KnownTensor(name: "\(name).\(suffix)", .stored(tensor)))
  }

  /// The value under other extents; itself where they are its own.
  func reshape(_ operand: Imported, _ dimensions: [Dimension]) throws(LoweringError) -> Imported {
    if type(operand).dimensions == dimensions { return operand }
    try importer.check(dimensions, reference)
    return try apply(Reshape(dimensions), operand)
  }

  func undecided(_ question: String) -> LoweringError { .undecided(reference, question: question) }
}

extension ONNXAttribute {
  /// The value as errors show it.
  var summary: String {
    switch self {
    case .float(let value): "\(value)"
    case .int(let value): "\(value)"
    case .string(let text): text
    case .tensor(let tensor): "a tensor \(tensor.type) \(tensor.shape)"
    case .graph: "a graph"
    case .floats(let values): "\(values)"
    case .ints(let values): "\(values)"
    case .strings(let texts): texts.joined(separator: ", ")
    case .reference(let name): "a reference to \(name)"
    case .other(let kind): kind
    }
  }
}
