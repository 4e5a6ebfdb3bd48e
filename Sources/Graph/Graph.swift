public struct ValueID: Hashable, Comparable, Sendable {
  @usableFromInline let raw: Int
  public static func < (a: ValueID, b: ValueID) -> Bool { a.raw < b.raw }
}

public struct NodeID: Hashable, Comparable, Sendable {
  let raw: Int
  public static func < (a: NodeID, b: NodeID) -> Bool { a.raw < b.raw }
}

/// One application of an operator.
public struct Node: Sendable {
  public let id: NodeID
  /// Where the node comes from, for error messages: an exporter's node name. May be empty.
  public let name: String
  public let op: any Operator
  public fileprivate(set) var operands: [ValueID]
  public let results: [ValueID]

  public var result: ValueID { results[0] }
}

/// A network: typed values, the pure operators that make them, and the constants that they read.
///
/// Every value has one definition: an input, a constant, or a node's result. Nodes have no order of their own;
/// `orderedNodes` gives the one that follows from the outputs.
public struct Graph: Sendable {
  public enum Definition: Hashable, Sendable {
    case input(String)
    case constant(String)
    case node(NodeID, result: Int)
  }

  public struct Port: Hashable, Sendable {
    public let name: String
    public let value: ValueID
  }

  struct Value: Sendable {
    let type: TensorType
    var definition: Definition
    /// The nodes that read the value, ascending, each once.
    var users: [NodeID] = []
  }

  /// Both by identifier; a node that was removed leaves its place empty.
  private var values: [Value] = []
  private var nodes: [Node?] = []
  public private(set) var nodeCount = 0
  private var constantValues: [String: ValueID] = [:]

  public private(set) var constants: [String: Constant] = [:]
  public private(set) var inputs: [Port] = []
  public private(set) var outputs: [Port] = []
  /// Values inside the network that can be asked for by name, such as a router's coefficients.
  public private(set) var taps: [String: ValueID] = [:]
  /// Where a graft may be placed.
  public private(set) var sites: [Site] = []

  public init() {}

  // MARK: Building

  public mutating func addInput(_ name: String, _ type: TensorType) -> ValueID {
    let value = addValue(type, .input(name))
    inputs.append(Port(name: name, value: value))
    return value
  }

  /// The value of a constant; the same one where the name is known already.
  public mutating func addConstant(_ constant: Constant) -> ValueID {
    if let value = constantValues[constant.name] { return value }
    let value = addValue(constant.type, .constant(constant.name))
    constants[constant.name] = constant
    constantValues[constant.name] = value
    return value
  }

  /// Applies an operator; the results' types follow from the operands'.
  public mutating func append(
    _ op: any Operator, _ operands: [ValueID], name: String = ""
  ) throws(TypeError) -> [ValueID] {
    let types = try op.resultTypes(operands.map { type(of: $0) })
    let id = NodeID(raw: nodes.count)
    let results = types.indices.map { addValue(types[$0], .node(id, result: $0)) }
    nodes.append(Node(id: id, name: name, op: op, operands: operands, results: results))
    nodeCount += 1
    for operand in operands { addUser(id, of: operand) }
    return results
  }

  /// Applies an operator that has one result.
  public mutating func add(
    _ op: any Operator, _ operands: ValueID..., name: String = ""
  ) throws(TypeError) -> ValueID {
    try append(op, operands, name: name)[0]
  }

  public mutating func addOutput(_ name: String, _ value: ValueID) {
    outputs.append(Port(name: name, value: value))
  }

  public mutating func setTap(_ name: String, _ value: ValueID) { taps[name] = value }
  public mutating func addSite(_ site: Site) { sites.append(site) }

  private mutating func addValue(_ type: TensorType, _ definition: Definition) -> ValueID {
    values.append(Value(type: type, definition: definition))
    return ValueID(raw: values.count - 1)
  }

  private mutating func addUser(_ id: NodeID, of value: ValueID) {
    // Nearly always the youngest node.
    let before = values[value.raw].users.lastIndex { $0 <= id }
    if let before, values[value.raw].users[before] == id { return }
    values[value.raw].users.insert(id, at: before.map { $0 + 1 } ?? 0)
  }

  private mutating func remove(_ node: Node) {
    for operand in node.operands { values[operand.raw].users.removeAll { $0 == node.id } }
    nodes[node.id.raw] = nil
    nodeCount -= 1
  }

  // MARK: Asking

  var valueCount: Int { values.count }
  public func type(of value: ValueID) -> TensorType { values[value.raw].type }
  public func definition(of value: ValueID) -> Definition { values[value.raw].definition }

  /// The node that makes a value; nil for inputs and constants.
  public func producer(of value: ValueID) -> Node? {
    guard case .node(let id, _) = definition(of: value) else { return nil }
    return nodes[id.raw]
  }

  /// The node that makes a value, where it applies this operator.
  public func producer<Op: Operator>(of value: ValueID, as _: Op.Type) -> (node: Node, op: Op)? {
    guard let node = producer(of: value), let op = node.op as? Op else { return nil }
    return (node, op)
  }

  /// Whether some node applies this operator.
  public func applies<Op: Operator>(_: Op.Type) -> Bool { nodes.contains { $0?.op is Op } }

  public func constant(for value: ValueID) -> Constant? {
    guard case .constant(let name) = definition(of: value) else { return nil }
    return constants[name]
  }

  /// The node under an identifier, as it is now; nil where it has been removed.
  public func node(_ id: NodeID) -> Node? { nodes.indices.contains(id.raw) ? nodes[id.raw] : nil }

  func isUser(_ id: NodeID, of value: ValueID) -> Bool { values[value.raw].users.contains(id) }

  /// The nodes that read a value, oldest first.
  public func users(of value: ValueID) -> [Node] { values[value.raw].users.compactMap { nodes[$0.raw] } }

  public func isOutput(_ value: ValueID) -> Bool { outputs.contains { $0.value == value } }

  /// The nodes that the outputs and taps need, operands before users, in the order of a depth-first walk.
  ///
  /// The order depends only on the network, not on how it was built, so equal networks list alike.
  public func orderedNodes() -> [Node] {
    var order: [Node] = []
    order.reserveCapacity(nodeCount)
    var seen = [Bool](repeating: false, count: nodes.count)
    var stack: [(node: Node, next: Int)] = []
    func visit(_ value: ValueID) {
      guard case .node(let id, _) = definition(of: value), !seen[id.raw], let node = nodes[id.raw] else { return }
      seen[id.raw] = true
      stack.append((node, 0))
    }
    let roots = outputs.map(\.value) + taps.sorted { $0.key < $1.key }.map(\.value)
    for root in roots {
      visit(root)
      while let top = stack.indices.last {
        let next = stack[top].next
        if next < stack[top].node.operands.count {
          stack[top].next += 1
          visit(stack[top].node.operands[next])
        } else {
          order.append(stack.removeLast().node)
        }
      }
    }
    return order
  }

  // MARK: Changing

  /// Lets every user of `old`, outputs, taps and sites included, read `new` instead.
  ///
  /// Traps where the types differ; `Patch` checks that before.
  mutating func replaceUses(of old: ValueID, with new: ValueID, except exempt: Set<NodeID>) {
    precondition(type(of: old) == type(of: new), "a value is replaced by one of the same type")
    let users = values[old.raw].users
    values[old.raw].users = users.filter(exempt.contains)
    for id in users where !exempt.contains(id) {
      guard let operands = nodes[id.raw]?.operands else { continue }
      nodes[id.raw]?.operands = operands.map { $0 == old ? new : $0 }
      addUser(id, of: new)
    }
    outputs = outputs.map { $0.value == old ? Port(name: $0.name, value: new) : $0 }
    taps = taps.mapValues { $0 == old ? new : $0 }
    sites = sites.map { $0.value == old ? $0.moved(to: new) : $0 }
  }

  /// Replaces every constant by one of the same name and type. Traps where `change` gives another.
  public mutating func mapConstants(_ change: (Constant) -> Constant) {
    constants = constants.mapValues { constant in
      let changed = change(constant)
      precondition(changed.name == constant.name && changed.type == constant.type, "a constant keeps name and type")
      return changed
    }
  }

  /// Gives a constant another name. Returns false, and changes nothing, where that name is taken.
  @discardableResult
  public mutating func renameConstant(_ name: String, to newName: String) -> Bool {
    guard let constant = constants[name], let value = constantValues[name], constantValues[newName] == nil else {
      return false
    }
    (constants[name], constantValues[name]) = (nil, nil)
    constants[newName] = constant.renamed(newName)
    constantValues[newName] = value
    values[value.raw].definition = .constant(newName)
    return true
  }

  /// Removes the nodes of these values as far as nothing reads them, and then what only they read.
  mutating func removeUnread(_ unread: [ValueID]) {
    var stack = unread
    while let value = stack.popLast() {
      guard let node = producer(of: value),
        node.results.allSatisfy({ values[$0.raw].users.isEmpty && !isOutput($0) && !taps.values.contains($0) })
      else { continue }
      remove(node)
      stack += node.operands
    }
  }

  /// Removes nodes and constants that neither outputs nor taps need. Returns how many nodes went.
  @discardableResult
  public mutating func prune() -> Int {
    let kept = orderedNodes()
    let keptIDs = Set(kept.map(\.id))
    let removed = nodes.compactMap(\.self).filter { !keptIDs.contains($0.id) }
    for node in removed { remove(node) }
    let read = Set(kept.flatMap(\.operands) + outputs.map(\.value) + taps.values)
    for (name, value) in constantValues where !read.contains(value) {
      constantValues[name] = nil
      constants[name] = nil
    }
    return removed.count
  }
}
