import Graph
import Tensors

/// Names the extents that a file leaves open.
///
/// The first input's leading extent is the batch, `N`; the others keep the file's names as far as a
/// dimension's text form allows. An extent without a name gets one from its input and axis.
struct Symbols {
  private var names: [String: String] = [:]
  private var used: Set<String> = []

  static let batch = "N"

  mutating func type(of input: ONNXValue, isFirst: Bool) throws(LoweringError) -> TensorType {
    guard let shape = input.shape else {
      throw .input(name: input.name, expected: "a stated shape", found: "none")
    }
    guard let element = input.element else {
      throw .input(name: input.name, expected: "a stated type", found: "none")
    }
    guard shape.count <= 12 else {
      throw .input(name: input.name, expected: "at most 12 axes", found: "\(shape.count)")
    }
    var dimensions: [Dimension] = []
    for (axis, extent) in shape.enumerated() {
      let isBatch = isFirst && axis == 0
      switch extent {
      case .known(let value):
        guard value >= 0, Dimension(value).constant == value else {
          throw .input(name: input.name, expected: "extents of 0 or more", found: "\(value) on axis \(axis)")
        }
        dimensions.append(Dimension(value))
      case .symbol(let name): dimensions.append(symbol(name, as: isBatch ? Symbols.batch : name))
      case .unknown:
        let name = isBatch ? Symbols.batch : free("\(input.name)_\(axis)")
        used.insert(name)
        dimensions.append(.symbol(name))
      }
    }
    return TensorType(element, dimensions)
  }

  private mutating func symbol(_ name: String, as wanted: String) -> Dimension {
    if let known = names[name] { return .symbol(known) }
    let own = free(wanted)
    names[name] = own
    used.insert(own)
    return .symbol(own)
  }

  /// A name that no extent has.
  mutating func unused(_ wanted: String) -> String {
    let name = free(wanted)
    used.insert(name)
    return name
  }

  private func free(_ name: String) -> String {
    let kept = name.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        ? Character(scalar) : "_"
    }
    var clean = String(kept)
    if clean.first.map({ $0.isNumber }) ?? true { clean = "d" + clean }
    var (result, count) = (clean, 1)
    while used.contains(result) {
      count += 1
      result = "\(clean)_\(count)"
    }
    return result
  }
}
