import Graph
import Tensors

/// One node of the graph while it is written: what it reads, and how nodes of ONNX are made.
struct NodeWriter {
  private let node: Node
  private let exporter: Exporter

  init(_ node: Node, _ exporter: Exporter) {
    self.node = node
    self.exporter = exporter
  }

  var op: any Operator { node.op }
  var opset: Int { exporter.opset }
  /// For messages.
  var label: String { node.name.isEmpty ? node.op.identifier : "\(node.op.identifier) \(printable(node.name))" }

  var operandCount: Int { node.operands.count }
  func operand(_ index: Int) throws(ExportError) -> String { try exporter.name(of: node.operands[index]) }
  func type(_ index: Int) -> TensorType { exporter.graph.type(of: node.operands[index]) }
  var result: TensorType { exporter.graph.type(of: node.result) }

  func operands() throws(ExportError) -> [String] {
    var names: [String] = []
    for index in node.operands.indices { names.append(try operand(index)) }
    return names
  }

  /// An operand under other extents: a constant is reshaped in the file.
  func reshaped(_ index: Int, _ extents: [Int]) throws(ExportError) -> String {
    if let constant = exporter.graph.constant(for: node.operands[index]) {
      return exporter.addInitializer(constant.name, constant.content.reshaped(Shape(extents)))
    }
    return emit("Reshape", [try operand(index), integers(extents)])
  }

  /// An operand with its axes permuted: a constant is permuted in the file.
  func transposed(_ index: Int, _ permutation: [Int]) throws(ExportError) -> String {
    if let constant = exporter.graph.constant(for: node.operands[index]) {
      return exporter.addInitializer(constant.name, constant.content.transposed(permutation))
    }
    return transpose(try operand(index), permutation)
  }

  /// Says what a symbol is that the node defines, as a list of one integer.
  func define(_ symbol: String, as extent: String) { exporter.define(symbol, as: extent) }

  // MARK: Nodes of ONNX

  func emit(_ op: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]) -> String {
    exporter.emit(op, inputs, attributes)[0]
  }

  func emit(_ op: String, _ inputs: [String], _ attributes: [String: ONNXAttribute], results: Int) -> [String] {
    exporter.emit(op, inputs, attributes, results: results)
  }

  func integers(_ values: [Int]) -> String { exporter.integers(values) }

  /// A constant of the writing's own.
  func tensor(_ tensor: Tensor) -> String { exporter.addInitializer(exporter.freeName("table"), .stored(tensor)) }

  /// A number of the node's element type, without axes.
  func number(_ value: Double) -> String { exporter.number(value, result.element) }
  func number(_ value: Double, _ type: ElementType) -> String { exporter.number(value, type) }

  func transpose(_ x: String, _ permutation: [Int]) -> String {
    emit("Transpose", [x], ["perm": .ints(permutation.map(Int64.init))])
  }

  /// The extents as a list, for Expand.
  func extents(_ dimensions: [Dimension]) throws(ExportError) -> String {
    let constants = dimensions.compactMap(\.constant)
    if constants.count == dimensions.count { return integers(constants) }
    var parts: [String] = []
    for dimension in dimensions { parts.append(try exporter.extent(dimension, for: label)) }
    return parts.count == 1 ? parts[0] : emit("Concat", parts, ["axis": .int(0)])
  }

  /// x of a type under these extents. What is open is copied from x's own axes, or left to the operator, as far as
  /// one list of integers can say so; the rest follows from the inputs' shapes.
  func reshape(_ x: String, _ type: TensorType, _ dimensions: [Dimension]) throws(ExportError) -> String {
    let own = type.dimensions
    var entries: [Int?] = []
    for (axis, dimension) in dimensions.enumerated() {
      if let constant = dimension.constant {
        guard constant > 0 else { throw .setting(node: label, expected: "extents above 0", found: "\(dimension)") }
        entries.append(constant)
      } else {
        entries.append(axis < own.count && own[axis] == dimension ? 0 : nil)
      }
    }
    let open = entries.indices.filter { entries[$0] == nil }
    if let last = open.last { entries[last] = -1 }
    let known = entries.compactMap { $0 }
    if known.count == entries.count { return emit("Reshape", [x, integers(known)]) }
    var parts: [String] = []
    var run: [Int] = []
    for (axis, entry) in entries.enumerated() {
      if let entry {
        run.append(entry)
        continue
      }
      if !run.isEmpty { parts.append(integers(run)) }
      run = []
      parts.append(try exporter.extent(dimensions[axis], for: label))
    }
    if !run.isEmpty { parts.append(integers(run)) }
    return emit("Reshape", [x, parts.count == 1 ? parts[0] : emit("Concat", parts, ["axis": .int(0)])])
  }

  /// A range of one axis; `end` counts from the beginning, or from the end where it is negative.
  func slice(_ x: String, axis: Int, _ start: Int, _ end: Int) -> String {
    emit("Slice", [x, integers([start]), integers([end]), integers([axis])])
  }

  /// The end of an axis, for `slice`.
  static let axisEnd = Int(Int64.max)

  /// The mean over one axis.
  func mean(_ x: String, axis: Int, keeps: Bool = false) -> String {
    reduce("ReduceMean", x, [axis], keeps: keeps, axesAreOperandsSince: 18)
  }

  func reduce(_ op: String, _ x: String, _ axes: [Int], keeps: Bool, axesAreOperandsSince since: Int) -> String {
    let keepdims = ["keepdims": ONNXAttribute.int(keeps ? 1 : 0)]
    guard opset < since else { return emit(op, [x, integers(axes)], keepdims) }
    return emit(op, [x], keepdims.merging(["axes": .ints(axes.map(Int64.init))]) { $1 })
  }

  /// A product with a matrix [n, k] along the last axis, and a vector added where there is one.
  func linear(_ x: String, weight: Int, bias: Int?) throws(ExportError) -> String {
    let product = emit("MatMul", [x, try transposed(weight, [1, 0])])
    guard let bias else { return product }
    return emit("Add", [product, try operand(bias)])
  }
}
