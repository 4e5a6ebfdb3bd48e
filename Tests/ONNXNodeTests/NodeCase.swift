import CZstd
import Foundation
import Graph
import ONNX
import Runtime
import Safetensors
import Tensors

/// One of the onnx package's node tests: a small model, what it is given, and what it must give.
struct NodeCase {
  enum Outcome: Equatable {
    case passed
    /// The file is not accepted, and why.
    case refused(String)
    /// What is not as expected.
    case differs(String)
  }

  let name: String
  let model: Tensor
  /// Empty, as `outputs`, where the case has tensors of types that safetensors lacks.
  let inputs: [String: Tensor]
  let outputs: [String: Tensor]
  let relative: Double
  let absolute: Double

  /// Converts the model, runs it, and compares as the onnx package's runner does.
  func outcome(in folder: URL) throws -> Outcome {
    let path = folder.appending(path: "\(name).onnx")
    try model.withBytes { try Data($0).write(to: path) }
    defer { try? FileManager.default.removeItem(at: path) }
    let found: [String: Tensor]
    do {
      let lowered = try LoweredModel(ONNXFile(path: path.path).model)
      found = try Session(lowered.graph, threads: 1).run(inputs)
    } catch {
      return .refused("\(error)")
    }
    guard !outputs.isEmpty else { return .differs("accepted, though its tensors are of no known type") }
    for (name, expected) in outputs.sorted(by: { $0.key < $1.key }) {
      guard let result = found[name] else { return .differs("no output \(name)") }
      guard result.type == expected.type, result.shape == expected.shape else {
        return .differs(
          "\(name): \(expected.type) \(expected.shape) expected, \(result.type) \(result.shape) found")
      }
      if let place = firstDifference(result, expected) { return .differs("\(name): differs at \(place)") }
    }
    return .passed
  }

  private func firstDifference(_ found: Tensor, _ expected: Tensor) -> String? {
    // As the package's runner: two units in the last place.
    let relative = expected.type == .bfloat16 ? max(relative, 0x1p-6) : relative
    return found.withView { found in
      expected.withView { expected in
        for position in 0..<expected.shape.elementCount {
          if !expected.type.isFloatingPoint {
            let (a, b) = (found.integer(at: position), expected.integer(at: position))
            if a != b, abs(Double(a) - Double(b)) > absolute + relative * abs(Double(b)) {
              return "\(position): \(a), not \(b)"
            }
            continue
          }
          let (a, b) = (found.number(at: position), expected.number(at: position))
          guard a == b || (a.isNaN && b.isNaN) || abs(a - b) <= absolute + relative * abs(b) else {
            return "\(position): \(a), not \(b)"
          }
        }
        return nil
      }
    }
  }
}

extension NodeCase {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/onnx_nodes")

  /// The names of the cases that pass, one a line.
  static func listed() throws -> [String] {
    try String(contentsOf: folder.appending(path: "passing.txt"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  /// The packed cases, sorted: scripts/peers/onnx_nodes.py says how they are written.
  static func packed(_ scratch: URL) throws -> [NodeCase] {
    let packed = try Data(contentsOf: folder.appending(path: "cases.safetensors.zst"))
    let path = scratch.appending(path: "cases.safetensors")
    try packed.withUnsafeBytes { source in
      let size = ZSTD_getFrameContentSize(source.baseAddress, source.count)
      guard size < 1 << 28 else { throw CocoaError(.fileReadCorruptFile) }
      var bytes = Data(count: Int(size))
      let written = bytes.withUnsafeMutableBytes {
        ZSTD_decompress($0.baseAddress, $0.count, source.baseAddress, source.count)
      }
      guard written == Int(size) else { throw CocoaError(.fileReadCorruptFile) }
      try bytes.write(to: path)
    }
    let file = try SafetensorsFile(path: path.path)
    var inputs: [String: [String: Tensor]] = [:]
    var outputs: [String: [String: Tensor]] = [:]
    var models: [String: Tensor] = [:]
    for entry in file.entries where entry.type.elementType != nil {
      let parts = entry.name.split(separator: "/", maxSplits: 2).map(String.init)
      let tensor = try file.tensor(named: entry.name)
      switch parts.dropFirst().first {
      case "in": inputs[parts[0], default: [:]][parts[2]] = tensor
      case "out": outputs[parts[0], default: [:]][parts[2]] = tensor
      default: models[parts[0]] = tensor
      }
    }
    return try file.metadata.sorted { $0.key < $1.key }.map { name, tolerances in
      let numbers = tolerances.split(separator: " ").compactMap { Double($0) }
      guard let model = models[name], numbers.count == 2 else { throw CocoaError(.fileReadCorruptFile) }
      return NodeCase(
        name: name, model: model, inputs: inputs[name] ?? [:], outputs: outputs[name] ?? [:], relative: numbers[0],
        absolute: numbers[1])
    }
  }
}
