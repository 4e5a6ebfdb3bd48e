public import Tensors

extension Graph {
  /// A digest of what the network computes, whatever the numbers of its constants: inputs, operators with their
  /// settings, which value and which constant each reads, outputs, and the sites of grafts. Names of nodes and taps
  /// are no part of it.
  ///
  /// SHA-256 of one line for each input, node, output and site. It lives in files: lines keep their form.
  public var structure: Digest {
    var names: [ValueID: String] = [:]
    var lines: [String] = []
    func name(_ value: ValueID) -> String {
      if let known = names[value] { return known }
      if case .constant(let constant) = definition(of: value) { return "constant \(constant)" }
      return "unread"
    }
    for port in inputs {
      names[port.value] = "input \(port.name)"
      lines.append("input\t\(port.name)\t\(type(of: port.value))")
    }
    var count = 0
    for node in orderedNodes() {
      let settings = node.op.attributes.sorted.map { "\($0.name)=\($0.value)" }
      let operands = node.operands.map(name)
      lines.append(([node.op.identifier] + settings + operands).joined(separator: "\t"))
      for result in node.results {
        names[result] = "\(count)"
        count += 1
      }
    }
    for port in outputs { lines.append("output\t\(port.name)\t\(name(port.value))") }
    for site in sites {
      lines.append("site\t\(site.block)\t\(site.slot)\t\(site.stage.map(String.init) ?? "")\t\(name(site.value))")
    }
    return Array(lines.joined(separator: "\n").utf8).withUnsafeBytes { Digest(hashing: $0) }
  }

  /// The constants that the values at the sites are computed from: the backbone's own, without heads and norms that
  /// only outputs need.
  public var constantsBeforeSites: Set<String> {
    var needed = Set(sites.map(\.value))
    for node in orderedNodes().reversed() where !needed.isDisjoint(with: node.results) {
      needed.formUnion(node.operands)
    }
    return Set(needed.compactMap { constant(for: $0)?.name })
  }
}
