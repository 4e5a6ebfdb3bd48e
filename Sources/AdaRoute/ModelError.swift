public import Delta
public import Images

/// Why a model cannot be made into another, or used as asked.
public enum ModelError: Error, Hashable, Sendable {
  case notGrafted(path: String)
  case alreadyGrafted(path: String)
  /// The base is not the one that the delta was made on.
  case baseDiffers(delta: String, base: String, [BaseMismatch])
  /// The base holds tensors that the delta's base does not.
  case baseHasMore(delta: String, base: String, tensors: [String])
  case unknownMethod(delta: String, method: String)
  case methodConfiguration(path: String, reason: String)
  case labelsMalformed(path: String, reason: String)
  case labelCount(path: String, labels: Int, classes: Int)
  case noPreprocessing(path: String)
  case preprocessingMalformed(path: String)
  case imageSize(image: String, found: ImageSize, expected: String)
  case outputIsInput(String)
}

extension ModelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notGrafted(let path): "\(path): the model is not grafted: there is nothing for a delta to hold"
    case .alreadyGrafted(let path): "\(path): the model is grafted already; graft its base"
    case .baseDiffers(let delta, let base, let mismatches):
      "\(delta): made for another base than \(base): " + shortened(mismatches.map(\.description), "; ")
    case .baseHasMore(let delta, let base, let tensors):
      "\(delta): made for another base than \(base), which also holds " + shortened(tensors, ", ")
    case .unknownMethod(let delta, let method):
      "\(delta): made by the graft method \(method), which this version does not know"
    case .methodConfiguration(let path, let reason): "\(path): the graft's settings cannot be read: \(reason)"
    case .labelsMalformed(let path, let reason): "\(path): no list of labels: \(reason)"
    case .labelCount(let path, let labels, let classes):
      "\(path): \(labels) labels, but the model has \(classes) classes"
    case .noPreprocessing(let path):
      "\(path): the model does not state how images are prepared: convert it with a configuration that does "
        + "(timm's config.json or transformers' preprocessor_config.json beside it), or give tensors with --input"
    case .preprocessingMalformed(let path): "\(path): the model's preprocessing cannot be read"
    case .imageSize(let image, let found, let expected):
      "\(image): prepared to \(found.height)x\(found.width) pixels, but the model takes \(expected)"
    case .outputIsInput(let path): "\(path): the output would overwrite the input"
    }
  }
}

/// The first five of many.
func shortened(_ items: [String], _ separator: String) -> String {
  items.prefix(5).joined(separator: separator) + (items.count > 5 ? " and \(items.count - 5) more" : "")
}
