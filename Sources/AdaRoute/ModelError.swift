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
  /// Other operators than the delta's base, or others in between.
  case baseStructureDiffers(delta: String, base: String)
  /// A grafted model is compared with a base of which it has no tensor.
  case nothingShared(path: String, base: String)
  /// A grafted model is not its base with a graft and other heads or norms.
  case otherNetwork(path: String, base: String)
  /// A network cannot be given other tensors.
  case cannotReplace(path: String, tensors: [String], reason: String)
  case unknownMethod(delta: String, method: String)
  case methodConfiguration(path: String, reason: String)
  case labelsMalformed(path: String, reason: String)
  case labelCount(path: String, labels: Int, classes: Int)
  case noPreprocessing(path: String)
  case preprocessingMalformed(path: String)
  case denseMalformed(path: String, reason: String)
  case imageSize(image: String, found: ImageSize, expected: String)
  /// The network takes images of one size only.
  case oneImageSize(path: String, taken: String, asked: ImageSize)
  case noImageInput(path: String)
  /// For images of this size something in the network has no extent.
  case imageTooSmall(path: String, asked: ImageSize)
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
    case .baseStructureDiffers(let delta, let base):
      "\(delta): made for another network than \(base): the tensors are the same, but not the operators or their "
        + "settings; convert the base's checkpoint again with the configuration that it was trained with"
    case .nothingShared(let path, let base):
      "\(path): no tensor is the same as in \(base): another base, or one that was kept in another type"
    case .otherNetwork(let path, let base):
      "\(path): not the network of \(base) with a graft, heads and norms: the operators or their settings differ"
    case .cannotReplace(let path, let tensors, let reason):
      "\(path): the network cannot be given other tensors \(shortened(tensors, ", ")): \(reason)"
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
    case .denseMalformed(let path, let reason): "\(path): the settings of the model's heads cannot be read: \(reason)"
    case .imageSize(let image, let found, let expected):
      "\(image): prepared to \(found.height)x\(found.width) pixels, but the model takes \(expected)"
    case .oneImageSize(let path, let taken, let asked):
      "\(path): images of \(asked.height)x\(asked.width) asked for, but the model takes \(taken) only"
    case .noImageInput(let path): "\(path): the model's input is no batch of images"
    case .imageTooSmall(let path, let asked):
      "\(path): images of \(asked.height)x\(asked.width) are too small for the network"
    case .outputIsInput(let path): "\(path): the output would overwrite the input"
    }
  }
}

/// The first five of many.
func shortened(_ items: [String], _ separator: String) -> String {
  items.prefix(5).joined(separator: separator) + (items.count > 5 ? " and \(items.count - 5) more" : "")
}
