/// A local change of a graph that leaves its function as it is.
///
/// A rule is tried at nodes of its anchors' operators alone: those that hardly anything but the looked-for
/// shape has.
public struct RewriteRule: Sendable {
  public let name: String
  private let anchors: Set<String>
  private let body: @Sendable (Node, Graph) throws(TypeError) -> Patch?

  /// `body` gives the change, or nil where the shape around the node is another one. What does not type does
  /// not fit.
  public init(
    _ name: String, anchors: [any Operator.Type],
    _ body: @escaping @Sendable (Node, Graph) throws(TypeError) -> Patch?
  ) {
    self.name = name
    self.anchors = Set(anchors.map { $0.identifier })
    self.body = body
  }

  public init<Op: Operator>(
    _ name: String, anchor: Op.Type, _ body: @escaping @Sendable (Node, Op, Graph) throws(TypeError) -> Patch?
  ) {
    self.init(name, anchors: [anchor]) { (node, graph) throws(TypeError) in
      guard let op = node.op as? Op else { return nil }
      return try body(node, op, graph)
    }
  }

  /// The change that the rule makes at a node; nil where it makes none.
  public func patch(at node: Node, in graph: Graph) -> Patch? {
    guard anchors.contains(node.op.identifier) else { return nil }
    return try? body(node, graph)
  }
}
