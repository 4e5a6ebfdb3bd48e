import Delta

extension Model {
  /// Opens a model and, where they are named, grafts adapter tensors or applies a delta in memory.
  public init(path: String, configuration: String? = nil, weights: String?, delta: String?) throws {
    try self.init(path: path, configuration: configuration)
    if let weights { self = try grafted(byFile: weights) }
    if let delta { self = try applying(DeltaFile(path: delta)) }
  }
}
