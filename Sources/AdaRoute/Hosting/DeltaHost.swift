public import Delta
import Graph
import Runtime
import Synchronization
public import Tensors

/// One base that serves many tasks: deltas are loaded, replaced and dropped while threads run images through them.
///
/// The backbone's weights are in memory once. A run takes its delta when it begins and keeps it to its end: every answer
/// is one delta's, whatever is loaded or dropped meanwhile.
public final class DeltaHost: Sendable {
  public let base: Model
  /// Bytes that deltas may take beside the base. Beyond it the least recently used ones leave memory, and are read from
  /// their files again when they are asked for.
  public let memoryBudget: Int
  private let session: Session
  private let trust: TrustPolicy
  private let deltas = Mutex(DeltaTable())
  /// Files are read one at a time, so that a delta which several runs ask for is read once.
  private let loading = Mutex(())

  /// `threads` defaults to the CPUs that the process may use. What `trust` does not cover is not loaded.
  public init(_ base: Model, threads: Int? = nil, memoryBudget: Int = .max, trust: TrustPolicy = .anyone) {
    self.base = base
    self.memoryBudget = memoryBudget
    self.trust = trust
    session = Session(base.graph, threads: threads)
  }

  /// Loads a delta under a name. Where the name is taken, runs that begin from now on use the new one.
  public func load(_ path: String, as name: String) throws {
    try loading.withLock { _ in
      let file = try DeltaFile(path: path)
      let model = try HostedModel(file, on: base, sharing: session, trust: trust)
      try deltas.withLock { try $0.insert(model, name: name, file: file, budget: memoryBudget) }
    }
  }

  /// Drops a delta; runs that use it end undisturbed.
  public func unload(_ name: String) throws(HostError) {
    try deltas.withLock { (table) throws(HostError) in try table.remove(name) }
  }

  /// A pinned delta stays in memory until it is unpinned or unloaded.
  public func pin(_ name: String, _ isPinned: Bool = true) throws {
    if isPinned { _ = try hosted(name) }
    try deltas.withLock { (table) throws(HostError) in try table.pin(name, isPinned, budget: memoryBudget) }
  }

  /// What is loaded, by name.
  public var loaded: [HostedDelta] { deltas.withLock(\.all) }

  /// Runs a batch with one delta, or without any where `name` is nil. `outputs` are the graph's own where nil.
  public func run(
    _ inputs: [String: Tensor], delta name: String?, outputs: [String]? = nil
  ) throws -> [String: Tensor] {
    defer { trim() }
    return try session(name).run(inputs, outputs: outputs)
  }

  /// Runs a batch whose images have each a delta of their own, or none where nil; the outputs of each image, [1, …].
  /// They are those of a run of the image alone, bit for bit.
  public func run(
    _ inputs: [String: Tensor], deltas names: [String?], outputs: [String]? = nil
  ) throws -> [[String: Tensor]] {
    for (input, tensor) in inputs where tensor.shape.extents.first != names.count {
      throw HostError.imageCount(names: names.count, input: input, images: tensor.shape.extents.first ?? 0)
    }
    defer { trim() }
    // All are taken before the first runs: images of one name get one delta.
    var sessions: [String?: Session] = [:]
    for name in names where sessions[name] == nil { sessions[name] = try session(name) }
    var results = [[String: Tensor]](repeating: [:], count: names.count)
    for (name, session) in sessions {
      let all = names.indices.filter { names[$0] == name }
      let size = session.graph.batchExtent ?? all.count
      for start in stride(from: 0, to: all.count, by: max(size, 1)) {
        let images = Array(all[start..<min(start + size, all.count)])
        let outputs = try session.run(inputs.compactMapValues { $0.rows(images) }, outputs: outputs)
        for (output, tensor) in outputs {
          guard tensor.shape.extents.first == images.count else {
            throw HostError.notPerImage(output: output, found: "\(tensor.shape)", images: images.count)
          }
          for (place, image) in images.enumerated() { results[image][output] = tensor.rows([place]) }
        }
      }
    }
    return results
  }

  private func session(_ name: String?) throws -> Session {
    guard let name else { return session }
    return try hosted(name).session
  }

  /// The delta of this name, read again where it had to leave memory.
  private func hosted(_ name: String) throws -> HostedModel {
    if let model = try deltas.withLock({ (table) throws(HostError) in try table.take(name) }) { return model }
    return try loading.withLock { _ in
      let (known, path, manifest) = try deltas.withLock { (table) throws(HostError) in
        (try table.take(name), try table.entry(name).path, try table.entry(name).manifest)
      }
      if let known { return known }
      let file = try DeltaFile(path: path)
      guard file.manifest == manifest else { throw HostError.fileChanged(name: name, path: path) }
      let model = try HostedModel(file, on: base, sharing: session, trust: trust)
      try deltas.withLock { try $0.insert(model, name: name, file: file, budget: memoryBudget) }
      return model
    }
  }

  /// A first run packs weights: the delta takes more memory than when it was loaded.
  private func trim() { deltas.withLock { $0.trim(to: memoryBudget) } }
}

/// A delta that a host knows.
public struct HostedDelta: Hashable, Sendable {
  public let name: String
  public let path: String
  /// Bytes in memory; nil while the delta is not in memory.
  public let byteCount: Int?
  public let isPinned: Bool
}

extension Graph {
  /// Images of a batch, where the graph fixes their number.
  fileprivate var batchExtent: Int? {
    inputs.first.flatMap { type(of: $0.value).dimensions.first?.constant }
  }
}
