import Delta

/// Which deltas a host has, which of them are in memory, and which were used last.
struct DeltaTable {
  struct Entry {
    let path: String
    let manifest: DeltaManifest
    var isPinned: Bool
    /// Nil while the delta is not in memory.
    var model: HostedModel?
    var lastUse: Int
  }

  private var entries: [String: Entry] = [:]
  private var clock = 0

  var all: [HostedDelta] {
    entries.map { name, entry in
      HostedDelta(name: name, path: entry.path, byteCount: entry.model?.byteCount, isPinned: entry.isPinned)
    }.sorted { $0.name < $1.name }
  }

  func entry(_ name: String) throws(HostError) -> Entry {
    guard let entry = entries[name] else { throw .unknownDelta(name, known: entries.keys.sorted()) }
    return entry
  }

  /// The delta for a run that begins; nil where it is not in memory.
  mutating func take(_ name: String) throws(HostError) -> HostedModel? {
    var entry = try entry(name)
    clock += 1
    entry.lastUse = clock
    entries[name] = entry
    return entry.model
  }

  mutating func insert(_ model: HostedModel, name: String, file: DeltaFile, budget: Int) throws(HostError) {
    let pinned = pinnedByteCount(except: name)
    guard model.byteCount <= budget - pinned else {
      throw .overBudget(name: name, needed: model.byteCount, pinned: pinned, budget: budget)
    }
    clock += 1
    entries[name] = Entry(
      path: file.path, manifest: file.manifest, isPinned: entries[name]?.isPinned ?? false, model: model,
      lastUse: clock)
    trim(to: budget)
  }

  mutating func remove(_ name: String) throws(HostError) {
    _ = try entry(name)
    entries[name] = nil
  }

  mutating func pin(_ name: String, _ isPinned: Bool, budget: Int) throws(HostError) {
    var entry = try entry(name)
    let pinned = pinnedByteCount(except: name)
    if isPinned, let needed = entry.model?.byteCount, needed > budget - pinned {
      throw .overBudget(name: name, needed: needed, pinned: pinned, budget: budget)
    }
    entry.isPinned = isPinned
    entries[name] = entry
    trim(to: budget)
  }

  /// Takes the least recently used deltas out of memory, but not the latest one, until the others fit.
  mutating func trim(to budget: Int) {
    guard budget != .max else { return }
    var total = entries.values.reduce(0) { $0 + ($1.model?.byteCount ?? 0) }
    let candidates = entries.filter { $0.value.model != nil && !$0.value.isPinned && $0.value.lastUse != clock }
    for (name, entry) in candidates.sorted(by: { $0.value.lastUse < $1.value.lastUse }) where total > budget {
      total -= entry.model?.byteCount ?? 0
      entries[name]?.model = nil
    }
  }

  private func pinnedByteCount(except name: String) -> Int {
    entries.reduce(0) { $1.key != name && $1.value.isPinned ? $0 + ($1.value.model?.byteCount ?? 0) : $0 }
  }
}
