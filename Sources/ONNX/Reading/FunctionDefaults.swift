/// What a function is called by.
struct FunctionKey: Hashable {
  let domain, name: String
}

/// The attributes that calls of the file's functions have where they do not give them.
final class FunctionDefaults {
  private var byFunction: [FunctionKey: [String: ONNXAttribute]] = [:]
  /// A small file must not become a large model: defaults times calls.
  private var remaining = ONNXLimits.filledDefaults

  /// False where the function is known already.
  func add(_ defaults: [String: ONNXAttribute], of function: FunctionKey) -> Bool {
    byFunction.updateValue(defaults, forKey: function) == nil
  }

  /// Gives a call what it leaves out; other nodes stay as they are.
  func fill(_ node: inout ONNXNode, path: String) throws(ONNXError) {
    guard let defaults = byFunction[FunctionKey(domain: node.domain, name: node.op)] else { return }
    guard defaults.count <= remaining else {
      throw .tooManyDefaults(path: path, limit: ONNXLimits.filledDefaults)
    }
    remaining -= defaults.count
    node.attributes.merge(defaults) { given, _ in given }
  }
}
