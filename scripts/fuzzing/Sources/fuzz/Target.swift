import AdaRoute
import Delta
import Foundation
import Graph
import Images
import ONNX
import ONNXSeeds
import Runtime
import Safetensors
import SafetensorsSeeds
import Tensors
import TorchCheckpoint

/// A front end that takes bytes from a stranger.
enum Target: String, CaseIterable {
  case safetensors, index, onnx, pickle, converted, delta, image, operators

  static let chosen = Target(rawValue: ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? "") ?? .safetensors

  /// The name that a file of this kind has.
  private var fileName: String {
    switch self {
    case .safetensors: "model.safetensors"
    case .index: "model.safetensors.index.json"
    case .onnx, .operators: "model.onnx"
    case .pickle: "checkpoint.pth"
    case .converted: "model.adaroute"
    case .delta: "task.ardelta"
    case .image: "photo.jpg"
    }
  }

  /// Hands the bytes to the front end as a file, and uses what it makes of them as a user would. Errors are what is
  /// expected, in words without control characters; traps, memory faults and long times are findings.
  func run(_ bytes: UnsafeRawBufferPointer) {
    let path = Place.folder + "/" + fileName
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { return }
    do { try read(path) } catch {
      let words = "\(error)"
      guard words.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else { fatalError("control characters in an error") }
    }
  }

  private func read(_ path: String) throws {
    switch self {
    case .safetensors, .index:
      _ = try Inspection(path: path).json
      let file = try openSafetensors(path: path)
      try touch(file)
      if let file = file as? SafetensorsFile {
        for name in file.names { _ = try file.withBytes(named: name) { $0.reduce(0, &+) } }
      }
    case .pickle:
      _ = try Inspection(path: path).json
      let file = try TorchFile(path: path)
      try touch(file)
      if let inner = file.names.first?.split(separator: ".").first.flatMap({ file.stripping(prefix: $0 + ".") }) {
        try touch(inner)
      }
    case .onnx:
      _ = try Inspection(path: path).json
      let file = try ONNXFile(path: path)
      touch(file.model.graph)
      try file.validateStillWhole()
      _ = try Model(path: path)
    case .operators:
      try compute(Model(path: path))
    case .converted:
      _ = try Inspection(path: path).text(tensors: true, graph: true)
      let model = try Model(path: path)
      try model.validateContents()
      try compute(model)
    case .delta:
      let delta = try DeltaFile(path: path)
      _ = try Inspection(path: path).text(tensors: true, graph: false)
      try delta.verify()
      for tensor in delta.manifest.tensors {
        touch(try delta.storedTensor(named: tensor.name))
        touch(try delta.tensor(named: tensor.name))
      }
      _ = try Place.base.applying(delta)
    case .image:
      _ = try RGBImage(path: path)
    }
  }

  private func touch(_ tensor: Tensor) {
    _ = tensor.withBytes { $0.reduce(0, &+) }
  }

  /// Every tensor, whether or not others are of types that nothing computes with.
  private func touch(_ file: some TensorCollection) throws {
    for name in file.names where file.contains(name) {
      do { touch(try file.tensor(named: name)) } catch { _ = "\(error)" }
    }
    try file.validateStillWhole()
  }

  private func touch(_ graph: ONNXGraph) {
    graph.initializers.values.forEach(touch)
    for attribute in graph.nodes.flatMap(\.attributes.values) {
      switch attribute {
      case .tensor(let tensor): touch(tensor)
      case .graph(let graph): touch(graph)
      default: break
      }
    }
  }

  /// Runs small graphs on small inputs.
  private func compute(_ model: Model) throws {
    let graph = model.graph
    var inputs: [String: Tensor] = [:]
    let types = graph.inputs.map { graph.type(of: $0.value) }
    let symbols = Dictionary(types.flatMap(\.dimensions).flatMap(\.symbols).map { ($0, 2) }) { first, _ in first }
    for port in graph.inputs {
      let type = graph.type(of: port.value)
      guard let shape = type.shape(symbols), shape.elementCount <= 1 << 16 else { return }
      inputs[port.name] = Tensor(type: type.element, shape: shape) { bytes in
        for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index % 3) }
      }
    }
    // What takes gigabytes is refused only where the machine has fewer.
    for value in graph.orderedNodes().flatMap(\.results) {
      guard let shape = graph.type(of: value).shape(symbols), shape.elementCount <= 1 << 22 else { return }
    }
    let outputs = try Session(graph, threads: 1).run(inputs)
    for tensor in outputs.values { touch(tensor) }
  }
}

/// What targets need beside the input.
enum Place {
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../../fixtures").standardizedFileURL

  /// A folder for this process, with the shards and the external data that seeds name.
  static let folder: String = {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(getpid())")
    let outside = folder.appending(path: "outside")
    do {
      try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: true)
      switch Target.chosen {
      case .index:
        let sharded = fixtures.appending(path: "hf_vit_sharded")
        for name in try FileManager.default.contentsOfDirectory(atPath: sharded.path)
        where name.hasSuffix(".safetensors") {
          try FileManager.default.copyItem(at: sharded.appending(path: name), to: folder.appending(path: name))
        }
        try SafetensorsSeeds.prepare(folder.path, outside: outside.path)
      case .onnx: try ONNXSeeds.prepare(folder.path)
      default: break
      }
    } catch { fatalError("\(folder.path): \(error)") }
    return folder.path
  }()

  /// The base of the deltas in the corpus.
  static let base: Model = {
    guard let model = try? Model(path: fixtures.appending(path: "hf_vit").path) else {
      fatalError("fixtures/hf_vit cannot be read")
    }
    return model
  }()
}
