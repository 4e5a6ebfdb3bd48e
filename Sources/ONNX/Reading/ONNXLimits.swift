/// What a file may ask for. Real models stay far below; a file that does not is refused before memory is
/// spent.
enum ONNXLimits {
  /// Messages within messages. A graph within a graph takes three: graph, node, attribute.
  ///
  /// Scanning and unpacking recurse this deep at most, which any thread's stack holds.
  static let depth = 64
  /// Nodes of the graph, of the graphs within it and of the functions, taken together.
  static let nodes = 1_000_000
  /// Bytes of the file's structure: all that is left of it without the tensors' data.
  static let skeletonBytes = 32 << 20
  /// Bytes of memory that the unpacked structure may take for every byte of the skeleton.
  static let unpackedFactor = 16
  /// Attributes that calls of functions take from the functions' defaults, all calls taken together.
  static let filledDefaults = 1_000_000
  /// Bytes of a name: of a value, a node, an operator, a domain, an attribute, a function, an external file.
  static let nameBytes = 4096
  /// Axes of a tensor or a declared value.
  static let rank = 32

  /// Versions of the standard operator set whose operators' meanings are known.
  static let standardOpsets = 7...28
  /// The first revision of the format that imports operator sets by version.
  static let oldestIRVersion = 3
}
