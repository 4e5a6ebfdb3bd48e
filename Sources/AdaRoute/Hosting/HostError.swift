/// Why a host cannot do as asked.
public enum HostError: Error, Hashable, Sendable {
  case unknownDelta(String, known: [String])
  /// The file is not what was loaded under this name; loading it again takes the new one.
  case fileChanged(name: String, path: String)
  /// Pinned deltas and this one need more memory than the host may use for deltas.
  case overBudget(name: String, needed: Int, pinned: Int, budget: Int)
  case imageCount(names: Int, input: String, images: Int)
  /// An output that is not one row an image cannot be told apart by image.
  case notPerImage(output: String, found: String, images: Int)
}

extension HostError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownDelta(let name, let known):
      "no delta is loaded as '\(name)'; loaded are " + (known.isEmpty ? "none" : known.joined(separator: ", "))
    case .fileChanged(let name, let path):
      "\(path): no longer the file that was loaded as '\(name)': load it again"
    case .overBudget(let name, let needed, let pinned, let budget):
      "'\(name)' takes \(needed) bytes beside \(pinned) of pinned deltas; \(budget) are allowed"
    case .imageCount(let names, let input, let images):
      "\(names) deltas are named for \(images) images of the input \(input)"
    case .notPerImage(let output, let found, let images):
      "the output \(output) is \(found) for \(images) images: not one row an image"
    }
  }
}
