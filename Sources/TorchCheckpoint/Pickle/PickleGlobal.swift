/// A name that a pickle may refer to: what tensors are made from, and classes whose values are carried
/// unread.
///
/// A reference is only ever compared with this list. There is nothing behind a name that could be run.
enum PickleGlobal: Hashable, Sendable {
  case orderedDict
  /// `_rebuild_tensor`, its second and third version, and that of quantised tensors.
  case rebuildTensor(Rebuilding)
  /// A parameter is its tensor, the first argument.
  case rebuildParameter
  /// A tensor with attributes: (function, class, arguments, state).
  case rebuildFromType
  case size
  /// `bytes` in protocol 2: the text's Latin-1 bytes.
  case encode
  case storage(TorchType)
  case type(TorchType)
  /// Its values are represented by this name.
  case opaque(String)
  /// Not on the list; the file is refused once all such names are known.
  case refused

  enum Rebuilding: Hashable, Sendable { case plain, second, third, quantised }

  init(module: String, name: String) {
    if let global = PickleGlobal.known[module + "." + name] {
      self = global
    } else if PickleGlobal.storageModules.contains(module), let type = TorchType(storageClass: name) {
      self = .storage(type)
    } else {
      self = .refused
    }
  }

  var name: String {
    switch self {
    case .orderedDict: "collections.OrderedDict"
    case .rebuildTensor, .rebuildParameter, .rebuildFromType: "a function that makes a tensor"
    case .size: "torch.Size"
    case .encode: "_codecs.encode"
    case .storage: "a storage's class"
    case .type(let type): "torch.\(type.rawValue)"
    case .opaque(let name): name
    case .refused: "a name that is not known"
    }
  }

  private static let storageModules: Set<String> = ["torch", "torch.storage", "torch.cuda"]

  private static let known: [String: PickleGlobal] = {
    var known: [String: PickleGlobal] = [
      "collections.OrderedDict": .orderedDict,
      "torch._utils._rebuild_tensor": .rebuildTensor(.plain),
      "torch._utils._rebuild_tensor_v2": .rebuildTensor(.second),
      "torch._utils._rebuild_tensor_v3": .rebuildTensor(.third),
      "torch._utils._rebuild_qtensor": .rebuildTensor(.quantised),
      "torch._utils._rebuild_parameter": .rebuildParameter,
      "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
      "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
      "torch.Size": .size,
      "_codecs.encode": .encode,
    ]
    for type in TorchType.allCases { known["torch.\(type.rawValue)"] = .type(type) }
    for name in opaque { known[name] = .opaque(name) }
    return known
  }()

  /// Classes that checkpoints keep settings and statistics in.
  private static let opaque = [
    "argparse.Namespace", "builtins.set", "__builtin__.set", "pathlib.PosixPath", "pathlib.Path",
    "mmcv.utils.config.Config", "mmcv.utils.config.ConfigDict", "mmengine.config.config.Config",
    "mmengine.config.config.ConfigDict", "mmengine.logging.history_buffer.HistoryBuffer",
    "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct", "numpy.dtype", "numpy.ndarray", "torch.Tensor", "torch.device",
    "torch.nn.parameter.Parameter", "torch.per_tensor_affine", "torch.per_tensor_symmetric",
    "torch.per_channel_affine", "torch.per_channel_symmetric", "torch.per_channel_affine_float_qparams",
    "torch.serialization._get_layout",
  ]
}
