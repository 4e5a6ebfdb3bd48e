import AdaRoute
import Delta
import Foundation
import Graph
import ModelFile
import ModelFileSeeds
import ONNXSeeds
import SafetensorsSeeds
import Tensors
import TorchSeeds

extension Target {
  /// Writes files of this kind to begin from, small enough to be changed often: what the tests make, and of what they
  /// read the forms that fixtures/ does not hold.
  func writeSeeds(to folder: URL) throws {
    func path(_ name: String) -> String { folder.appending(path: name).path }
    func write(_ files: [(name: String, bytes: [UInt8])]) throws {
      for (number, file) in files.enumerated() where file.bytes.count <= Target.sizeLimit {
        try Data(file.bytes).write(to: URL(filePath: path("made-\(number)")))
      }
    }
    switch self {
    case .safetensors: try write(SafetensorsSeeds.files)
    case .index: try write(SafetensorsSeeds.indices)
    case .onnx: try write(ONNXSeeds.files)
    case .pickle: try write(TorchSeeds.files)
    case .image: try write(Target.foreignFiles)
    case .operators:
      try write(ONNXSeeds.operators)
      for (name, model) in try NodeCases.models() { try Data(model).write(to: URL(filePath: path("node-\(name)"))) }
    case .delta: try writeDeltas(to: path)
    case .converted:
      try ModelFileSeeds.write(to: path)
      try writeConverted(to: path)
    }
  }

  /// As long as the fuzzer lets files become.
  private static let sizeLimit = 100_000

  /// The beginnings by which what is no image is recognised.
  private static let foreignFiles: [(name: String, bytes: [UInt8])] = [
    "<!DOCTYPE html>", "<svg/>", "{}", "%PDF-1.7", "PK\u{3}\u{4}", "GIF89a", "\0\0\0\u{18}ftypavif",
    "\0\0\0\u{18}ftypheic", "\0\0\0\u{18}ftypisom", "RIFF\0\0\0\0WEBP", "version https://git-lfs.github.com/spec/v1\n",
    "a text",
  ].map { ($0, Array($0.utf8)) }

  private func grafted() throws -> Model {
    let graft = Place.fixtures.appending(path: "graft_hf_vit/graft.safetensors").path
    return try Model(path: Place.fixtures.appending(path: "hf_vit").path, weights: graft, delta: nil)
  }

  /// In several types, signed and not, with tensors left out and with new ones.
  private func writeDeltas(to path: (String) -> String) throws {
    let grafted = try grafted()
    for type: ElementType in [.float32, .bfloat16, .int8] {
      try grafted.writeDelta(to: path("valid-\(type).ardelta"), type: type)
    }
    try DeltaFile(path: path("valid-i8.ardelta")).write(to: path("signed.ardelta"), signedWith: SigningKey())
    // What the base has and the graft lacks.
    var manifest = try DeltaFile(path: path("valid-f32.ardelta")).manifest
    for (name, dropped) in [("left-out", manifest.baseTensors.prefix(2).map(\.name)), ("left-out-unknown", ["x"])] {
      manifest.dropped = dropped
      try DeltaWriter.write(to: path("\(name).ardelta"), manifest: manifest, tensors: [])
    }
    manifest.baseDigest = Digest(bytes: [UInt8](repeating: 1, count: Digest.size)) ?? manifest.baseDigest
    try DeltaWriter.write(to: path("another-digest.ardelta"), manifest: manifest, tensors: [])
    let whole = try Data(contentsOf: URL(filePath: path("valid-i8.ardelta")))
    for count in [6, 30, 90, whole.count - 1] {
      try whole.prefix(count).write(to: URL(filePath: path("cut-\(count).ardelta")))
    }
    var damaged = whole
    damaged[100] ^= 1
    try damaged.write(to: URL(filePath: path("damaged.ardelta")))
    try Data("\u{2}\0\0\0\0\0\0\0{}".utf8).write(to: URL(filePath: path("empty.safetensors")))
  }

  /// The first model with each operator's record of attributes; of the models of fixtures/ only that operator.
  private func writeConverted(to path: (String) -> String) throws {
    let scratch = URL(filePath: Place.folder).appending(path: "model.onnx")
    var known: Set<String> = []
    func record(_ node: Node) -> String { "\(node.op.identifier) \(node.op.attributes.sorted.map(\.name))" }
    for (name, bytes) in try NodeCases.models() {
      try Data(bytes).write(to: scratch)
      guard let model = try? Model(path: scratch.path) else { continue }
      let records = model.graph.orderedNodes().map(record)
      guard !known.isSuperset(of: records) else { continue }
      known.formUnion(records)
      try model.write(to: path("\(name).adaroute"))
    }
    let provenance = Provenance(sourceName: "", sourceFormat: "", producer: "", version: "")
    func fixture(_ name: String) -> String { Place.fixtures.appending(path: name).path }
    let dense = fixture("dense/upernet_convnext")
    let others = try [
      grafted(), Model(path: fixture("hf_swin")), Model(path: fixture("timm_convnextv2")),
      Model(path: dense + "/checkpoint.pth", configuration: dense + "/case.json"),
    ]
    for (number, graph) in others.map(\.graph).enumerated() {
      for node in graph.orderedNodes() where known.insert(record(node)).inserted {
        var alone = Graph()
        let operands = node.operands.enumerated().map { alone.addInput("operand\($0)", graph.type(of: $1)) }
        for (position, result) in try alone.append(node.op, operands).enumerated() {
          alone.addOutput("result\(position)", result)
        }
        let file = path("\(node.op.identifier)-\(number).adaroute")
        try ConvertedModel(graph: alone, provenance: provenance).write(to: file)
      }
    }
    let met = known.map { String($0.prefix { $0 != " " }) }
    let missing = Set(OperatorCatalog.all.map { $0.identifier }).subtracting(met)
    guard missing.isEmpty else { fatalError("no seed has these operators: \(missing.sorted())") }
  }
}
