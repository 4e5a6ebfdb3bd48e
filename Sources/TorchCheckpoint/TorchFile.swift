public import Tensors

/// A PyTorch checkpoint (`.pth`, `.pt`, `.bin`), mapped into memory and read as data: nothing in it is run.
///
/// Opening reads the archive's directory and the pickle, and checks every tensor against its storage; the
/// tensors' bytes stay on the disk until they are used. A tensor whose elements follow one another looks into
/// the mapping without a copy; others are copied when they are asked for.
///
/// `names` are those of the dict of tensors that `StateDict` finds: the top-level one, or the one under
/// `state_dict`, `model`, `module`, `net`, `state_dict_ema` or `model_ema`, in this order. Where every name
/// begins with `module.`, which data-parallel training puts there, that is left out. `metadata` are the
/// scalars beside it, as text.
public struct TorchFile: TensorCollection {
  public let path: String
  public let metadata: [String: String]
  /// What mmcv's training loops keep in a checkpoint's `meta`: the classes' names, empty where there are none, and the
  /// configuration, as Python.
  public let classes: [String]
  public let trainingConfiguration: String?
  /// Every tensor, those of types that cannot be computed with as well, sorted by name.
  public let entries: [TorchEntry]
  /// The keys that lead to the dict of tensors, outermost first.
  public let wrapping: [String]
  /// Tensors that `stripping(prefix:)` left out, sorted.
  public let omitted: [String]
  private let places: [String: Int]
  private let file: MappedFile
  private let storage: Storage

  public init(path: String) throws(TorchError) {
    let file: MappedFile
    do throws(FileError) { file = try MappedFile(path: path) } catch { throw .file(error) }
    let contents = try TorchContents(file.bytes, path: path)
    let dictionary = try StateDict(contents, path: path)
    var entries: [TorchEntry] = []
    for (name, place) in dictionary.tensors {
      entries.append(try TorchEntry(name, contents.heap.tensors[place], in: contents, path: path))
    }
    try TorchFile.boundCopies(entries, limit: file.bytes.count, path: path)
    self.init(
      path: path, metadata: dictionary.metadata, classes: dictionary.classes,
      configuration: dictionary.configuration, entries: entries, wrapping: dictionary.wrapping, omitted: [],
      file: file, storage: Storage(mapping: file))
  }

  private init(
    path: String, metadata: [String: String], classes: [String], configuration: String?, entries: [TorchEntry],
    wrapping: [String], omitted: [String],
    file: MappedFile, storage: Storage
  ) {
    self.path = path
    self.metadata = metadata
    self.classes = classes
    trainingConfiguration = configuration
    self.entries = entries
    self.wrapping = wrapping
    self.omitted = omitted
    places = Dictionary(entries.enumerated().map { ($1.name, $0) }) { first, _ in first }
    self.file = file
    self.storage = storage
  }

  /// Strides of zero or shared storages must not make tensors of more bytes than the file has.
  private static func boundCopies(_ entries: [TorchEntry], limit: Int, path: String) throws(TorchError) {
    var rest = limit
    for entry in entries where entry.strides != nil {
      let (count, overflow) = entry.shape.elementCount.multipliedReportingOverflow(by: entry.type.size)
      guard !overflow, count <= rest else {
        throw .copiesTooLarge(path: path, limit: limit, tensor: entry.name)
      }
      rest -= count
    }
  }

  public var names: [String] { entries.map(\.name) }
  public var paths: [String] { [path] }

  public func contains(_ name: String) -> Bool { places[name] != nil }

  public func entry(named name: String) -> TorchEntry? { places[name].map { entries[$0] } }

  public func tensor(named name: String) throws(TorchError) -> Tensor {
    guard let entry = entry(named: name) else { throw .tensorNotFound(path: path, tensor: name) }
    guard let type = entry.type.elementType else {
      throw .unsupportedType(path: path, tensor: name, type: entry.type)
    }
    guard !entry.isTransformed else { throw .transformed(path: path, tensor: name) }
    guard let strides = entry.strides else {
      guard
        let tensor = Tensor(
          type: type, shape: entry.shape, storage: storage, offset: entry.byteRange.lowerBound)
      else { preconditionFailure("a checked entry lies within its file") }
      return tensor
    }
    defer { withExtendedLifetime(file) {} }
    let source = UnsafeRawBufferPointer(rebasing: file.bytes[entry.byteRange])
    return Tensor(type: type, shape: entry.shape) { bytes in
      copyStrided(source, entry.shape, strides, elementSize: type.size, into: bytes)
    }
  }

  public func validateStillWhole() throws(TorchError) {
    do throws(FileError) { try file.validateStillWhole() } catch { throw .file(error) }
  }

  /// The tensors whose names begin with `prefix`, under the rest of their names; nil where there are none.
  public func stripping(prefix: String) -> TorchFile? {
    let kept = entries.filter { $0.name.hasPrefix(prefix) && $0.name != prefix }
    guard !kept.isEmpty else { return nil }
    return TorchFile(
      path: path, metadata: metadata, classes: classes, configuration: trainingConfiguration,
      entries: kept.map { $0.named(String($0.name.dropFirst(prefix.count))) },
      wrapping: wrapping, omitted: names.filter { !$0.hasPrefix(prefix) || $0 == prefix }, file: file,
      storage: storage)
  }
}
