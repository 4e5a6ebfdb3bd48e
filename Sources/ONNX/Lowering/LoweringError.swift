public import Graph
import Tensors

/// Which node of a file: what it is called, which operator it applies, and of which version.
public struct NodeReference: Hashable, Sendable {
  /// The node's own name, or its first result's where it has none.
  public let name: String
  public let op: String
  /// The standard domain is `""`.
  public let domain: String
  /// The version of the domain that the file asks for; nil where it states none.
  public let opset: Int?

  public init(name: String, op: String, domain: String = "", opset: Int?) {
    self.name = name
    self.op = op
    self.domain = domain
    self.opset = opset
  }

  init(_ node: ONNXNode, opset: Int?) {
    let name = node.name.isEmpty ? node.outputs.first { !$0.isEmpty } ?? "" : node.name
    self.init(name: name, op: node.op, domain: node.domain, opset: opset)
  }
}

extension NodeReference: CustomStringConvertible, Comparable {
  /// `Conv "/patch_embed/proj/Conv" (opset 17)`, `com.microsoft.FastGelu "gelu" (opset 1)`
  public var description: String {
    let version = opset.map { "opset \($0)" } ?? "no opset stated"
    return (domain.isEmpty ? "" : domain + ".") + "\(op) \"\(name)\" (\(version))"
  }

  public static func < (a: NodeReference, b: NodeReference) -> Bool {
    (a.domain, a.op, a.name, a.opset ?? 0) < (b.domain, b.op, b.name, b.opset ?? 0)
  }
}

/// Why an ONNX model makes no graph.
public enum LoweringError: Error, Hashable, Sendable {
  /// Every node whose operator is not known in the version that the file asks for, sorted.
  case unsupported([NodeReference])
  case attribute(NodeReference, name: String, expected: String, found: String)
  /// Attributes that the operator does not have, or that change it in a way that is not known; sorted.
  case unknownAttributes(NodeReference, [String])
  /// `index` counts from 0.
  case operand(NodeReference, index: Int, expected: String, found: String)
  /// Operands beyond those that the operator is known to have.
  case operandCount(NodeReference, expected: Int, found: Int)
  /// A result is read that the operator is not known to give.
  case result(NodeReference, index: Int, name: String)
  /// A name is read that no input, initializer or earlier node defines.
  case undefined(NodeReference, name: String)
  case redefined(NodeReference, name: String)
  /// A shape computation whose outcome depends on extents that are known only when the network runs.
  case undecided(NodeReference, question: String)
  case types(NodeReference, TypeError)
  case limit(NodeReference, what: String, limit: Int, found: Int)
  case input(name: String, expected: String, found: String)
  case output(name: String, found: String)
  case rewriting(RewriteError)
}

extension LoweringError: CustomStringConvertible {
  public var description: String { visible(words) }

  private var words: String {
    switch self {
    case .unsupported(let nodes):
      "operators that are not supported: " + nodes.map(\.description).joined(separator: ", ")
    case .attribute(let node, let name, let expected, let found):
      "\(node): attribute \(name): \(expected) expected, \(found) found"
    case .unknownAttributes(let node, let names):
      "\(node): attributes with no known meaning: \(names.joined(separator: ", "))"
    case .operand(let node, let index, let expected, let found):
      "\(node): operand \(index): \(expected) expected, \(found) found"
    case .operandCount(let node, let expected, let found):
      "\(node): at most \(expected) operands expected, \(found) found"
    case .result(let node, let index, let name):
      "\(node): result \(index) (\(name)) is read, but not supported"
    case .undefined(let node, let name): "\(node): reads \(name), which nothing before it defines"
    case .redefined(let node, let name): "\(node): defines \(name) a second time"
    case .undecided(let node, let question):
      "\(node): \(question) depends on extents that the file leaves open"
    case .types(let node, let error): "\(node): \(error)"
    case .limit(let node, let what, let limit, let found):
      "\(node): at most \(limit) \(what) expected, \(found) found"
    case .input(let name, let expected, let found): "input \(name): \(expected) expected, \(found) found"
    case .output(let name, let found): "output \(name): a value of the network expected, \(found) found"
    case .rewriting(let error): "the graph cannot be brought into its canonical form: \(error)"
    }
  }
}
