/// Rules that are applied together, once through the graph.
public struct RewritePass: Sendable {
  public let name: String
  public let rules: [RewriteRule]

  public init(_ name: String, _ rules: [RewriteRule]) {
    self.name = name
    self.rules = rules
  }

  /// Tries the rules at every node, operands before users, the first that fits. Returns how many fitted.
  @discardableResult
  public func run(_ graph: inout Graph) throws(RewriteError) -> Int {
    let interface = Interface(of: graph)
    var edits = 0
    for id in graph.orderedNodes().map(\.id) {
      // Earlier changes may have removed the node or given it other operands.
      guard let node = graph.node(id) else { continue }
      for rule in rules {
        guard let patch = rule.patch(at: node, in: graph) else { continue }
        let touched = patch.touched
        graph = patch.applied()
        graph.removeUnread(touched)
        edits += 1
        break
      }
    }
    if edits > 0 { graph.prune() }
    if edits > 0, let violation = graph.firstViolation(keeping: interface) {
      throw .invariant(pass: name, violation)
    }
    return edits
  }
}

extension Graph {
  /// Runs passes in turn, again and again until none changes anything, at most `rounds` times.
  ///
  /// Returns how many changes were made. More rounds than that would still leave the same function.
  @discardableResult
  public mutating func rewrite(_ passes: [RewritePass], rounds: Int = 4) throws(RewriteError) -> Int {
    var total = 0
    for _ in 0..<rounds {
      var edits = 0
      for pass in passes { edits += try pass.run(&self) }
      total += edits
      if edits == 0 { break }
    }
    return total
  }
}

/// A pass broke the graph: a defect of a rule, whatever the file.
public enum RewriteError: Error, Hashable, Sendable {
  case invariant(pass: String, Violation)
}

extension RewriteError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invariant(let pass, let violation): "after pass \(pass): \(violation)"
    }
  }
}
