public import Delta

extension Model {
  /// Opens a model and, where they are named, grafts adapter tensors or applies a delta in memory, if the policy trusts
  /// who signed it.
  public init(
    path: String, configuration: String? = nil, weights: String?, delta: String?, trust: TrustPolicy = .anyone
  ) throws {
    try self.init(path: path, configuration: configuration)
    if let weights { self = try grafted(byFile: weights) }
    if let delta { self = try applying(DeltaFile(path: delta), trust: trust) }
  }
}
