import Graph
import Tensors

// Branches and loops that are decided when the file is converted: the graph holds what they come to.

extension Lowering {
  /// The branch that a known condition takes. https://onnx.ai/onnx/operators/onnx__If.html
  static let branch = Lowering("If", since: 1) { (node) throws(LoweringError) in
    let holds = try node.flag(node.operand(0), index: 0)
    _ = try node.graph(holds ? "else_branch" : "then_branch")
    let branch = try node.graph(holds ? "then_branch" : "else_branch")
    return try node.importer.results(of: branch, [], node)
  }

  /// A known number of rounds, one after the other. https://onnx.ai/onnx/operators/onnx__Loop.html
  static let loop = Lowering("Loop", since: 1) { (node) throws(LoweringError) in
    let body = try node.graph("body")
    let rounds = node.optional(0) == nil ? nil : try node.constantIntegers(0).first
    var goesOn = node.optional(1)
    var carried: [Imported] = []
    for index in 2..<max(node.operandCount, 2) { carried.append(try node.operand(index)) }
    let stacks = body.outputs.count - 1 - carried.count
    guard body.inputs.count == carried.count + 2, stacks >= 0 else {
      throw .attribute(
        node.reference, name: "body", expected: "\(carried.count + 2) inputs", found: "\(body.inputs.count)")
    }
    var parts = [[Imported]](repeating: [], count: stacks)
    var round = 0
    while rounds.map({ round < $0 }) ?? true {
      if let condition = goesOn, try !node.flag(condition, index: 1) { break }
      try node.require(rounds: round + 1)
      let count = node.constant(Double(round), .int64, "round")
      let condition = goesOn ?? node.constant(1, .bool, "condition")
      let results = try node.importer.results(of: body, [count, condition] + carried, node)
      goesOn = results[0]
      carried = Array(results[1..<carried.count + 1])
      for index in 0..<stacks { parts[index].append(results[1 + carried.count + index]) }
      round += 1
    }
    var results = carried
    for part in parts { results.append(try node.stacked(part, axis: 0)) }
    return results
  }

  /// A body for each slice of its operands. https://onnx.ai/onnx/operators/onnx__Scan.html
  static let scan = Lowering("Scan", since: 9) { (node) throws(LoweringError) in
    let body = try node.graph("body")
    let count = try node.int("num_scan_inputs", default: 0)
    var operands: [Imported] = []
    for index in 0..<node.operandCount { operands.append(try node.operand(index)) }
    guard count >= 1, count <= operands.count, body.inputs.count == operands.count else {
      throw .attribute(
        node.reference, name: "num_scan_inputs", expected: "from 1 to \(operands.count)", found: "\(count)")
    }
    var states = Array(operands.dropLast(count))
    let sliced = Array(operands.suffix(count))
    let stacks = body.outputs.count - states.count
    guard stacks >= 0 else {
      throw .attribute(
        node.reference, name: "body", expected: "at least \(states.count) outputs", found: "\(body.outputs.count)")
    }
    let inputAxes = try node.axes("scan_input_axes", count)
    let inputDirections = try node.axes("scan_input_directions", count)
    let outputAxes = try node.axes("scan_output_axes", stacks)
    let outputDirections = try node.axes("scan_output_directions", stacks)
    var axes: [Int] = []
    for (x, axis) in zip(sliced, inputAxes) { axes.append(try node.axis(axis, rank: node.type(x).rank)) }
    guard let rounds = node.type(sliced[0]).dimensions[axes[0]].constant else {
      throw node.undecided("the number of rounds")
    }
    var parts = [[Imported]](repeating: [], count: stacks)
    for round in 0..<rounds {
      try node.require(rounds: round + 1)
      var slices: [Imported] = []
      for (index, x) in sliced.enumerated() {
        let place = inputDirections[index] == 0 ? round : rounds - 1 - round
        var rest = node.type(x).dimensions
        rest.remove(at: axes[index])
        slices.append(try node.reshape(node.apply(Slice(axis: axes[index], start: place, count: 1), x), rest))
      }
      let results = try node.importer.results(of: body, states + slices, node)
      states = Array(results[..<states.count])
      for index in 0..<stacks { parts[index].append(results[states.count + index]) }
    }
    var results = states
    for index in 0..<stacks {
      let ordered = outputDirections[index] == 0 ? parts[index] : parts[index].reversed()
      let rank = ordered.first.map { node.type($0).rank + 1 } ?? 1
      results.append(try node.stacked(ordered, axis: node.axis(outputAxes[index], rank: rank)))
    }
    return results
  }
}

extension NodeReader {
  /// Rounds of a loop; each becomes nodes of its own.
  private static let roundLimit = 4096

  fileprivate func require(rounds: Int) throws(LoweringError) {
    guard rounds <= NodeReader.roundLimit else {
      throw .limit(reference, what: "rounds of a loop", limit: NodeReader.roundLimit, found: rounds)
    }
  }

  /// A truth value that is known at conversion.
  fileprivate func flag(_ condition: Imported, index: Int) throws(LoweringError) -> Bool {
    if let constants = importer.integers(condition)?.constants, let first = constants.first { return first != 0 }
    throw .operand(
      reference, index: index, expected: "a truth value that is known at conversion", found: "\(type(condition))")
  }

  fileprivate func axes(_ name: String, _ count: Int) throws(LoweringError) -> [Int] {
    let stated = try ints(name) ?? [Int](repeating: 0, count: count)
    guard stated.count == count else {
      throw .attribute(reference, name: name, expected: "\(count) integers", found: "\(stated)")
    }
    return stated
  }

  /// Tensors of one shape along a new axis.
  fileprivate func stacked(_ parts: [Imported], axis: Int) throws(LoweringError) -> Imported {
    guard let first = parts.first else { throw undecided("the extents of a result of no rounds") }
    var dimensions = type(first).dimensions
    dimensions.insert(1, at: axis)
    var reshaped: [Imported] = []
    for part in parts { reshaped.append(try reshape(part, dimensions)) }
    return reshaped.count == 1 ? reshaped[0] : try apply(Concat(axis: axis), to: reshaped)
  }
}
