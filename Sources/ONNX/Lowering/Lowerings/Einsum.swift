import Graph
import Tensors

extension Lowering {
  /// Sums of products over the labels that the result lacks. https://onnx.ai/onnx/operators/onnx__Einsum.html
  static let einsum = Lowering("Einsum", since: 12) { (node) throws(LoweringError) in
    let text = try node.string("equation", default: "").filter { $0 != " " }
    var operands: [Imported] = []
    for index in 0..<node.operandCount { operands.append(try node.operand(index)) }
    guard let equation = Equation(text, ranks: operands.map { node.type($0).rank }) else {
      throw .attribute(
        node.reference, name: "equation", expected: "labels for \(operands.map { node.type($0).description })",
        found: text)
    }
    return [try node.contracted(operands, equation)]
  }
}

/// Which label each axis has. Axes that an ellipsis stands for are labelled by numbers, counted from the last.
private struct Equation {
  typealias Labels = [String]
  let operands: [Labels]
  let result: Labels

  init?(_ text: String, ranks: [Int]) {
    let sides = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false)
    guard terms.count == ranks.count else { return nil }
    var operands: [Labels] = []
    var widest = 0
    for (term, rank) in zip(terms, ranks) {
      let named = term.count { $0 != "." }
      let hidden = term.contains(".") ? rank - named : 0
      guard hidden >= 0, let labels = Equation.labels(term, hidden: hidden), labels.count == rank else { return nil }
      widest = max(widest, hidden)
      operands.append(labels)
    }
    self.operands = operands
    let all = operands.flatMap(\.self)
    if sides.count == 2 {
      guard sides[1].first == ">", let labels = Equation.labels(sides[1].dropFirst(), hidden: widest),
        Set(labels).count == labels.count, labels.allSatisfy(all.contains)
      else { return nil }
      result = labels
    } else {
      // What occurs once, in alphabetical order, behind what the ellipsis stands for.
      let ellipsis = Equation.ellipsis(widest)
      let once = Set(all).filter { label in all.count { $0 == label } == 1 && !ellipsis.contains(label) }
      result = ellipsis + once.sorted()
    }
  }

  private static func ellipsis(_ count: Int) -> Labels { (0..<count).reversed().map { "\($0)" } }

  private static func labels(_ term: Substring, hidden: Int) -> Labels? {
    var labels: Labels = []
    var rest = term
    while let first = rest.first {
      if rest.hasPrefix("...") {
        labels += ellipsis(hidden)
        rest = rest.dropFirst(3)
      } else if first.isASCII, first.isLetter {
        labels.append(String(first))
        rest = rest.dropFirst()
      } else {
        return nil
      }
    }
    return labels
  }
}

extension NodeReader {
  fileprivate func contracted(_ operands: [Imported], _ equation: Equation) throws(LoweringError) -> Imported {
    var (left, labels) = try singled(operands[0], equation.operands[0])
    for index in operands.indices.dropFirst() {
      let (right, own) = try singled(operands[index], equation.operands[index])
      let wanted = Set(equation.operands[(index + 1)...].flatMap(\.self) + equation.result)
      (left, labels) = try product(left, labels, right, own, keeping: wanted)
    }
    let summed = labels.indices.filter { !equation.result.contains(labels[$0]) }
    if !summed.isEmpty {
      left = try apply(Reduce(.sum, axes: summed), left)
      labels = labels.filter(equation.result.contains)
    }
    guard labels.count == equation.result.count else { throw undecided("an axis of the result") }
    return try apply(Transpose(equation.result.map { labels.firstIndex(of: $0) ?? 0 }), left)
  }

  /// A tensor without repeated labels: of axes that share one, the diagonal.
  private func singled(_ x: Imported, _ labels: [String]) throws(LoweringError) -> (Imported, [String]) {
    var (x, labels) = (x, labels)
    while let second = labels.indices.first(where: { labels[..<$0].contains(labels[$0]) }),
      let first = labels.firstIndex(of: labels[second])
    {
      let dimensions = type(x).dimensions
      guard let extent = dimensions[first].constant, dimensions[second] == dimensions[first] else {
        throw undecided("the diagonal of \(type(x))")
      }
      let steps = try along(first, range(extent), rank: dimensions.count)
      var single = dimensions
      single[second] = 1
      let diagonal = try apply(
        GatherElements(axis: second), x, apply(Broadcast(single), steps))
      single.remove(at: second)
      x = try reshape(diagonal, single)
      labels.remove(at: second)
    }
    return (x, labels)
  }

  /// The product of two tensors, summed over the labels that both have and nobody needs.
  private func product(
    _ a: Imported, _ left: [String], _ b: Imported, _ right: [String], keeping wanted: Set<String>
  ) throws(LoweringError) -> (Imported, [String]) {
    let shared = left.filter(right.contains)
    let batch = shared.filter(wanted.contains)
    let inner = shared.filter { !wanted.contains($0) }
    let rows = left.filter { !right.contains($0) }
    let columns = right.filter { !left.contains($0) }
    let extents = try sizes(a, left, b, right)
    func matrix(_ x: Imported, _ labels: [String], _ groups: [[String]]) throws(LoweringError) -> Imported {
      let order = groups.flatMap(\.self)
      var ordered = try apply(Transpose(order.map { labels.firstIndex(of: $0) ?? 0 }), x)
      let full = order.map { extents[$0] ?? 1 }
      if type(ordered).dimensions != full { ordered = try apply(Broadcast(full), ordered) }
      return try reshape(ordered, groups.map { $0.reduce(1) { $0 * (extents[$1] ?? 1) } })
    }
    let first = try matrix(a, left, [batch, rows, inner])
    let second = try matrix(b, right, [batch, inner, columns])
    let result =
      type(a).element.isFloatingPoint ? try apply(MatMul(), first, second) : try exactProduct(first, second)
    let labels = batch + rows + columns
    return (try reshape(result, labels.map { extents[$0] ?? 1 }), labels)
  }

  /// Of stacks of matrices of integers.
  private func exactProduct(_ a: Imported, _ b: Imported) throws(LoweringError) -> Imported {
    let (left, right) = (type(a).dimensions, type(b).dimensions)
    let products = try apply(
      Binary(.multiply), reshape(a, left + [1]), reshape(b, [right[0], 1, right[1], right[2]]))
    return try apply(Reduce(.sum, axes: [2]), products)
  }

  private func sizes(
    _ a: Imported, _ left: [String], _ b: Imported, _ right: [String]
  ) throws(LoweringError) -> [String: Dimension] {
    var extents = Dictionary(zip(left, type(a).dimensions)) { first, _ in first }
    for (label, extent) in zip(right, type(b).dimensions) {
      let known = extents[label] ?? extent
      guard known == extent || known == 1 || extent == 1 else {
        throw .operand(
          reference, index: 1, expected: "\(known) along \(label)", found: "\(extent)")
      }
      extents[label] = known == 1 ? extent : known
    }
    return extents
  }
}
