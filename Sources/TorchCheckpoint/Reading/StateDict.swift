/// The dict of tensors in a checkpoint, and what stands beside it.
///
/// Training code wraps a model's tensors in a dict of its own, under a key of `wrappers`, once or twice. The
/// first key whose dict holds tensors is taken; averaged weights (EMA) come last, so they are taken only
/// where there are no plain ones. A dict without such a key holds the tensors itself.
struct StateDict {
  /// The keys that lead to the dict, outermost first.
  let wrapping: [String]
  /// Sorted by name.
  let tensors: [(name: String, tensor: Int)]
  let metadata: [String: String]
  /// What mmcv's training loops keep under `meta`: the classes' names, and the configuration as they write it.
  let classes: [String]
  let configuration: String?

  static let wrappers = ["state_dict", "model", "module", "net", "state_dict_ema", "model_ema"]

  /// Dicts in dicts that are looked into.
  private static let depthLimit = 4
  /// Characters of a value that metadata keeps.
  private static let textLimit = 200

  init(_ contents: TorchContents, path: String) throws(TorchError) {
    let heap = contents.heap
    guard case .dict(let root) = contents.root else {
      throw .noDictionary(path: path, found: contents.root.kind)
    }
    var seen: Set<Int> = []
    guard let found = StateDict.find(root, heap, depth: 0, &seen) else {
      throw .noTensors(path: path, keys: StateDict.tellable(heap.members(root)).map(\.key).sorted())
    }
    wrapping = found.keys
    let members = heap.members(found.place)
    var tensors = members.compactMap { member in
      if case .tensor(let place) = member.value { (name: member.key, tensor: place) } else { nil }
    }
    guard tensors.count <= PickleLimits.tensors else {
      throw .tooManyTensors(path: path, limit: PickleLimits.tensors, found: tensors.count)
    }
    if let long = tensors.first(where: { $0.name.utf8.count > PickleLimits.key }) {
      throw .nameTooLong(path: path, tensor: long.name, limit: PickleLimits.key)
    }
    let parallel = "module."
    if tensors.allSatisfy({ $0.name.hasPrefix(parallel) }) {
      tensors = tensors.map { (String($0.name.dropFirst(parallel.count)), $0.tensor) }
    }
    tensors.sort { $0.name < $1.name }
    for (tensor, next) in zip(tensors, tensors.dropFirst()) where tensor.name == next.name {
      throw .duplicateTensor(path: path, tensor: tensor.name)
    }
    self.tensors = tensors
    (classes, configuration) = StateDict.training(heap.members(root), heap)
    metadata = StateDict.scalars(members, heap).merging(StateDict.scalars(heap.members(root), heap)) { $1 }
  }

  private static func find(
    _ place: Int, _ heap: PickleHeap, depth: Int, _ seen: inout Set<Int>
  ) -> (keys: [String], place: Int)? {
    guard depth < depthLimit, seen.insert(place).inserted else { return nil }
    let members = heap.members(place)
    for key in wrappers {
      guard case .dict(let inner)? = members.last(where: { $0.key == key })?.value else { continue }
      if let found = find(inner, heap, depth: depth + 1, &seen) { return ([key] + found.keys, found.place) }
    }
    let holdsTensors = members.contains { if case .tensor = $0.value { true } else { false } }
    return holdsTensors ? ([], place) : nil
  }

  /// Scalars as text, those of a `meta` dict too.
  private static func scalars(
    _ members: [(key: String, value: PickleValue)], _ heap: PickleHeap
  ) -> [String: String] {
    var metadata: [String: String] = [:]
    for (key, value) in tellable(members) {
      if let text = value.text { metadata[key] = shortened(text) }
    }
    if case .dict(let place)? = members.last(where: { $0.key == "meta" })?.value {
      for (key, value) in tellable(heap.members(place)) {
        metadata["meta." + key] = value.text.map(shortened)
      }
    }
    return metadata
  }

  private static func training(
    _ members: [(key: String, value: PickleValue)], _ heap: PickleHeap
  ) -> (classes: [String], configuration: String?) {
    guard case .dict(let place)? = members.last(where: { $0.key == "meta" })?.value else { return ([], nil) }
    let meta = heap.members(place)
    var (classes, configuration): ([String], String?) = ([], nil)
    switch meta.last(where: { $0.key == "CLASSES" })?.value {
    case .tuple(let place), .list(let place):
      let items = heap.items(place)
      let names = items.compactMap { if case .string(let name) = $0 { name } else { nil } }
      if names.count == items.count { classes = names }
    default: break
    }
    if case .string(let text)? = meta.last(where: { $0.key == "config" })?.value { configuration = text }
    return (classes, configuration)
  }

  private static func tellable(
    _ members: [(key: String, value: PickleValue)]
  ) -> [(key: String, value: PickleValue)] {
    members.filter { $0.key.utf8.count <= PickleLimits.key }
  }

  private static func shortened(_ text: String) -> String {
    let head = text.unicodeScalars.prefix(textLimit)
    guard head.endIndex < text.unicodeScalars.endIndex else { return text }
    return String(String.UnicodeScalarView(head)) + "…"
  }
}
