public import Tensors

/// One tensor as a header describes it.
public struct TensorEntry: Hashable, Sendable {
  public let name: String
  public let type: SafetensorsType
  public let shape: Shape
  /// Where its bytes lie, counted from the start of the file that holds it.
  public let byteRange: Range<Int>
}

/// Tensors from safetensors: one file, or the shards of an index.
public protocol SafetensorsCollection: TensorCollection where Failure == SafetensorsError {
  /// Every tensor, those of types that cannot be computed with as well, sorted by name.
  var entries: [TensorEntry] { get }
}

extension SafetensorsCollection {
  public var names: [String] { entries.map(\.name) }

  public func contains(_ name: String) -> Bool { entry(named: name) != nil }

  public func entry(named name: String) -> TensorEntry? {
    position(of: name).map { entries[$0] }
  }

  /// The index into `entries` of the tensor under this name.
  func position(of name: String) -> Int? {
    let entries = self.entries
    var range = 0..<entries.count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if entries[middle].name == name { return middle }
      range = entries[middle].name < name ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }
}

/// Opens a safetensors file, or, where the path ends in `.json`, the sharded checkpoint whose index it is.
public func openSafetensors(path: String) throws(SafetensorsError) -> any SafetensorsCollection {
  path.hasSuffix(".json") ? try SafetensorsIndex(path: path) : try SafetensorsFile(path: path)
}
