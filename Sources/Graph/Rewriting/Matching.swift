import Tensors

// What rewrite rules ask of a graph.

extension Graph {
  /// The number that a value is, where it is a constant of one element.
  func scalar(_ value: ValueID) -> Double? {
    guard let constant = constant(for: value), constant.shape.elementCount == 1 else { return nil }
    return constant.tensor().withView { $0.number(at: 0) }
  }

  /// The only reader of a value that nothing outside the graph reads; nil where there are more, or none.
  func onlyUser<Op: Operator>(of value: ValueID, as _: Op.Type) -> (node: Node, op: Op)? {
    let users = users(of: value)
    guard users.count == 1, !isOutput(value), !taps.values.contains(value), let op = users[0].op as? Op else {
      return nil
    }
    return (users[0], op)
  }

  /// The operand beside `value` of a function of two, where `value` is one of them and they differ.
  func other(than value: ValueID, in node: Node) -> ValueID? {
    guard node.operands.count == 2, node.operands[0] != node.operands[1] else { return nil }
    if node.operands[0] == value { return node.operands[1] }
    return node.operands[1] == value ? node.operands[0] : nil
  }

  /// A function of two with a number on one side: the number, and the other side.
  ///
  /// The number may not widen the other side's shape.
  func withScalar(_ value: ValueID, _ function: Binary.Function) -> (operand: ValueID, scalar: Double)? {
    guard let (node, binary) = producer(of: value, as: Binary.self), binary.function == function else {
      return nil
    }
    let sides = function == .add || function == .multiply ? [1, 0] : [1]
    for side in sides {
      if let scalar = scalar(node.operands[side]), type(of: node.operands[1 - side]) == type(of: value) {
        return (node.operands[1 - side], scalar)
      }
    }
    return nil
  }

  /// Whether `value` is computed from `ancestor`, or is it.
  public func depends(_ value: ValueID, on ancestor: ValueID) -> Bool {
    var seen: Set<ValueID> = [value]
    var stack = [value]
    while let next = stack.popLast() {
      if next == ancestor { return true }
      for operand in producer(of: next)?.operands ?? [] where seen.insert(operand).inserted {
        stack.append(operand)
      }
    }
    return false
  }

  /// A value as a product: a number times other values, each as often as it occurs.
  ///
  /// Multiplications, and divisions by a number, are followed as deep as exporters nest them, but not into
  /// `leaves`.
  func factors(of value: ValueID, leaves: Set<ValueID> = [], depth: Int = 6) -> Product {
    guard depth > 0, !leaves.contains(value) else { return Product(scalar: 1, values: [value]) }
    if let (operand, scalar) = withScalar(value, .multiply) {
      return factors(of: operand, leaves: leaves, depth: depth - 1) * scalar
    }
    if let (operand, scalar) = withScalar(value, .divide) {
      return factors(of: operand, leaves: leaves, depth: depth - 1) * (1 / scalar)
    }
    guard let (node, binary) = producer(of: value, as: Binary.self), binary.function == .multiply,
      node.operands.allSatisfy({ type(of: $0) == type(of: value) })
    else { return Product(scalar: 1, values: [value]) }
    let parts = node.operands.map { factors(of: $0, leaves: leaves, depth: depth - 1) }
    return Product(scalar: parts[0].scalar * parts[1].scalar, values: parts[0].values + parts[1].values)
  }

  struct Product {
    let scalar: Double
    let values: [ValueID]

    static func * (product: Product, factor: Double) -> Product {
      Product(scalar: product.scalar * factor, values: product.values)
    }

    /// Whether the product is `scalar` times these values, in any order.
    func isEqual(_ scalar: Double, _ values: [ValueID]) -> Bool {
      self.scalar.isNear(scalar) && self.values.sorted() == values.sorted()
    }
  }

  /// The product `scalar · values` that is made from `value`, one of `values`, through products with one
  /// reader each.
  func product(_ scalar: Double, of values: [ValueID], from value: ValueID) -> ValueID? {
    var top = value
    for _ in 0..<4 {
      guard let (node, binary) = onlyUser(of: top, as: Binary.self),
        binary.function == .multiply || binary.function == .divide
      else { return nil }
      top = node.result
      if factors(of: top, leaves: Set(values)).isEqual(scalar, values) { return top }
    }
    return nil
  }
}

extension Double {
  /// Equal but for what rounding to float32 changes.
  func isNear(_ other: Double) -> Bool { abs(self - other) <= 1e-6 * abs(other) }

  /// The number that a float32 setting was written as: 1e-6, where the file holds 9.999999974752427e-07.
  public init(writtenAs number: Float) { self = Double("\(number)") ?? Double(number) }
}

extension Patch {
  /// A constant derived from one that the graph holds, under a name of its own; the same one when asked
  /// again.
  mutating func addDerived(_ content: Constant.Content, from constant: Constant, _ change: String) -> ValueID {
    var name = "\(constant.name).\(change)"
    var count = 1
    while let taken = self.constant(named: name), !taken.content.isSame(as: content) {
      count += 1
      name = "\(constant.name).\(change)\(count)"
    }
    return addConstant(Constant(name: name, content))
  }

  /// A constant of `count` elements along the last axis as a vector; nil where it is something else.
  mutating func vector(_ value: ValueID, count: Dimension, in graph: Graph) -> ValueID? {
    guard let constant = graph.constant(for: value), let last = constant.type.dimensions.last, last == count,
      constant.type.dimensions.dropLast().allSatisfy({ $0 == 1 })
    else { return nil }
    if constant.shape.rank == 1 { return value }
    let content = constant.content.reshaped(Shape([constant.shape.elementCount]))
    return addDerived(content, from: constant, "reshaped")
  }
}
