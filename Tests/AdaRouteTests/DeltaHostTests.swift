import AdaRoute
import Delta
import Foundation
import Grafting
import Runtime
import Safetensors
import Synchronization
import Tensors
import Testing

/// One base, many deltas, many threads.
@Suite struct DeltaHostTests {
  /// A base and deltas of several tasks, with what each answers in a session of its own.
  final class Tasks {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    let base: Model
    let inputs = ["input": Tensor.pattern([8, 3, 40, 40])]
    private(set) var answers: [Tensor] = []

    init(count: Int) throws {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      base = try Model(path: Fixture(name: "hf_vit").path(""))
      let trained = try SafetensorsFile(path: Fixture(name: "graft_hf_vit").path("graft.safetensors"))
      for task in 0..<count {
        let tensors = ScaledTensors(tensors: trained, factor: 1 + Float(task) / 4)
        try base.grafted(.given(tensors), settings: nil).writeDelta(to: path(task))
        let model = try base.applying(DeltaFile(path: path(task)))
        answers.append(try #require(try Session(model.graph, threads: 2).run(inputs)["logits"]))
      }
    }

    func path(_ task: Int) -> String { folder.appending(path: "task-\(task).ardelta").path }
    func answer(_ task: Int, image: Int) -> [Float]? { answers[task].rows([image])?.scalars() }

    /// Bytes of one delta that has run.
    func sizeInMemory() throws -> Int {
      let host = DeltaHost(base, threads: 1)
      try host.load(path(0), as: "0")
      _ = try host.run(inputs, delta: "0")
      return try #require(host.loaded[0].byteCount)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
  }

  @Test func eachDeltaAnswersAsInASessionOfItsOwn() throws {
    let tasks = try Tasks(count: 3)
    #expect(Set(tasks.answers.map { $0.scalars(Float.self) }).count == 3)
    let host = DeltaHost(tasks.base, threads: 2)
    for task in 0..<3 { try host.load(tasks.path(task), as: "\(task)") }
    for task in [2, 0, 1, 0] {
      #expect(
        try host.run(tasks.inputs, delta: "\(task)")["logits"]?.scalars() == tasks.answers[task].scalars(Float.self))
    }
    let plain = try Session(tasks.base.graph).run(tasks.inputs)["logits"]
    #expect(try host.run(tasks.inputs, delta: nil)["logits"]?.scalars() == plain?.scalars(Float.self))
    #expect(host.loaded.map(\.name) == ["0", "1", "2"])
    try host.unload("1")
    #expect(throws: HostError.unknownDelta("1", known: ["0", "2"])) { try host.run(tasks.inputs, delta: "1") }
    #expect(throws: HostError.unknownDelta("1", known: ["0", "2"])) { try host.unload("1") }
  }

  @Test func aMixedBatchEqualsSingleRuns() throws {
    let tasks = try Tasks(count: 3)
    let host = DeltaHost(tasks.base, threads: 2)
    for task in 0..<3 { try host.load(tasks.path(task), as: "\(task)") }
    let order: [Int?] = [2, 0, nil, 1, 0, 2, nil, 0]
    let mixed = try host.run(tasks.inputs, deltas: order.map { $0.map(String.init) })
    let plain = try Session(tasks.base.graph).run(tasks.inputs)["logits"]
    #expect(mixed.count == 8)
    for (image, task) in order.enumerated() {
      let expected = task.map { tasks.answer($0, image: image) } ?? plain?.rows([image])?.scalars()
      #expect(mixed[image]["logits"]?.scalars() == expected, "image \(image)")
      #expect(mixed[image]["logits"]?.shape == [1, 10])
    }
    #expect(throws: HostError.imageCount(names: 2, input: "input", images: 8)) {
      try host.run(tasks.inputs, deltas: ["0", "1"])
    }
  }

  /// The backbone's weights are packed once: what a delta adds is less than they are.
  @Test func deltasShareThePackedBackbone() throws {
    let tasks = try Tasks(count: 2)
    let alone = Session(try tasks.base.applying(DeltaFile(path: tasks.path(0))).graph)
    let first = try alone.run(tasks.inputs)["logits"]
    let base = Session(tasks.base.graph)
    let shared = Session(try tasks.base.applying(DeltaFile(path: tasks.path(0))).graph, sharing: base)
    #expect(try shared.run(tasks.inputs)["logits"]?.scalars() == first?.scalars(Float.self))
    // What a mapped file holds is packed when it is met again.
    for session in [alone, shared] { _ = try session.run(tasks.inputs) }
    #expect(base.packedByteCount > 0)
    #expect(shared.packedByteCount + base.packedByteCount == alone.packedByteCount)
    #expect(shared.packedByteCount < base.packedByteCount)
  }

  /// Every answer is one version's, before and after its task was loaded anew, while eight threads ask.
  @Test func replacingADeltaMixesNoAnswers() throws {
    let tasks = try Tasks(count: 2)
    let host = DeltaHost(tasks.base, threads: 2)
    let one = ["input": Tensor.pattern([8, 3, 40, 40]).rows([3]).unsafelyUnwrapped]
    let versions = (0..<2).map { tasks.answer($0, image: 3) }
    #expect(versions[0] != versions[1])
    let paths = (0..<2).map(tasks.path)
    try host.load(paths[0], as: "task")
    let tally = Tally()
    let threads = DispatchGroup()
    for _ in 0..<8 {
      threads.enter()
      Thread {
        repeat {
          let answer: [Float]? = try? host.run(one, delta: "task")["logits"]?.scalars()
          let version = versions.firstIndex { $0 == answer } ?? -1
          tally.counts.withLock { $0[version, default: 0] += 1 }
        } while !tally.isDone.load(ordering: .sequentiallyConsistent)
        threads.leave()
      }.start()
    }
    for swap in 1...1000 { try host.load(paths[swap % 2], as: "task") }
    tally.isDone.store(true, ordering: .sequentiallyConsistent)
    threads.wait()
    let counts = tally.counts.withLock(\.self)
    #expect(counts[-1] == nil)
    #expect(counts[0, default: 0] > 0 && counts[1, default: 0] > 0, "\(counts)")
  }

  /// How often each version answered.
  private final class Tally: Sendable {
    let counts = Mutex<[Int: Int]>([:])
    let isDone = Atomic(false)
  }

  @Test func theLeastRecentlyUsedLeavesMemoryAndComesBack() throws {
    let tasks = try Tasks(count: 3)
    let host = DeltaHost(tasks.base, threads: 1, memoryBudget: try 2 * tasks.sizeInMemory())
    func inMemory() -> [String] { host.loaded.filter { $0.byteCount != nil }.map(\.name) }
    for task in 0..<3 {
      try host.load(tasks.path(task), as: "\(task)")
      _ = try host.run(tasks.inputs, delta: "\(task)")
    }
    #expect(inMemory() == ["1", "2"])
    #expect(try host.run(tasks.inputs, delta: "0")["logits"]?.scalars() == tasks.answers[0].scalars(Float.self))
    #expect(inMemory() == ["0", "2"])
    try host.pin("2")
    _ = try host.run(tasks.inputs, delta: "1")
    #expect(inMemory() == ["1", "2"])
    try host.pin("2", false)
    _ = try host.run(tasks.inputs, delta: "0")
    #expect(inMemory() == ["0", "1"])
    // Pinned deltas leave no room for a third.
    try host.pin("0")
    try host.pin("1")
    #expect(throws: HostError.self) { try host.run(tasks.inputs, delta: "2") }
    #expect(inMemory() == ["0", "1"])
  }

  /// A file that was replaced under a loaded name is not taken for the one that was checked.
  @Test func aChangedFileIsRefusedWhenItIsReadAgain() throws {
    let tasks = try Tasks(count: 2)
    let host = DeltaHost(tasks.base, threads: 1, memoryBudget: try tasks.sizeInMemory())
    for task in 0..<2 {
      try host.load(tasks.path(task), as: "\(task)")
      _ = try host.run(tasks.inputs, delta: "\(task)")
    }
    let gone = try #require(host.loaded.first { $0.byteCount == nil })
    try FileManager.default.removeItem(atPath: gone.path)
    try FileManager.default.copyItem(atPath: tasks.path(1 - Int(gone.name)!), toPath: gone.path)
    #expect(throws: HostError.fileChanged(name: gone.name, path: gone.path)) {
      try host.run(tasks.inputs, delta: gone.name)
    }
  }

  @Test func aDeltaOfAnotherBaseIsNotLoaded() throws {
    let tasks = try Tasks(count: 1)
    let host = DeltaHost(try Model(path: Fixture(name: "timm_vit").path("")))
    #expect(throws: ModelError.self) { try host.load(tasks.path(0), as: "0") }
    #expect(host.loaded.isEmpty)
  }
}

/// A file's tensors, all their numbers times a factor.
private struct ScaledTensors: TensorCollection {
  let tensors: SafetensorsFile
  let factor: Float

  var names: [String] { tensors.names }
  var metadata: [String: String] { tensors.metadata }
  var paths: [String] { tensors.paths }
  func contains(_ name: String) -> Bool { tensors.contains(name) }
  func validateStillWhole() throws {}
  func tensor(named name: String) throws -> Tensor {
    let tensor = try tensors.tensor(named: name)
    guard let numbers: [Float] = tensor.scalars() else { return tensor }
    return Tensor(numbers.map { $0 * factor }, shape: tensor.shape)
  }
}

extension Tensor {
  /// Numbers between -1 and 1 that repeat nowhere soon.
  fileprivate static func pattern(_ shape: Shape) -> Tensor {
    Tensor(
      (0..<shape.elementCount).map { Float(sin(Double($0) * 12.9898) * 43758.5453).truncatingRemainder(dividingBy: 1) },
      shape: shape)
  }
}
