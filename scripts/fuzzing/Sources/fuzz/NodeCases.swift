import CZstd
import Foundation
import ONNX
import Safetensors

/// The models of the onnx package's node tests, as far as fixtures/ holds them.
enum NodeCases {
  /// By name; only those with a form of a node that none before them has, not the operators' expansions into others.
  static func models() throws -> [(name: String, bytes: [UInt8])] {
    let packed = try Data(contentsOf: Place.fixtures.appending(path: "onnx_nodes/cases.safetensors.zst"))
    let path = Place.folder + "/cases.safetensors"
    try packed.withUnsafeBytes { source in
      let size = ZSTD_getFrameContentSize(source.baseAddress, source.count)
      guard size < 1 << 28 else { throw CocoaError(.fileReadCorruptFile) }
      var bytes = Data(count: Int(size))
      let written = bytes.withUnsafeMutableBytes {
        ZSTD_decompress($0.baseAddress, $0.count, source.baseAddress, source.count)
      }
      guard written == Int(size) else { throw CocoaError(.fileReadCorruptFile) }
      try bytes.write(to: URL(filePath: path))
    }
    let file = try SafetensorsFile(path: path)
    var known: Set<String> = []
    return try file.metadata.keys.sorted().filter { !$0.contains("_expanded") }.compactMap { name in
      let bytes = try file.tensor(named: "\(name)/model").withBytes { Array($0) }
      let model = Place.folder + "/case.onnx"
      try Data(bytes).write(to: URL(filePath: model))
      let found = (try? ONNXModel(path: model)).map(forms) ?? [name]
      defer { known.formUnion(found) }
      return known.isSuperset(of: found) ? nil : (name, bytes)
    }
  }

  /// Operators with their attributes and words, and the operands that are given.
  private static func forms(_ model: ONNXModel) -> [String] {
    (model.graph.nodes + model.functions.flatMap(\.nodes)).map { node in
      let attributes = node.attributes.sorted { $0.key < $1.key }.map { name, attribute in
        if case .string(let word) = attribute { "\(name)=\(word)" } else { name }
      }
      return "\(node.domain) \(node.op) \(attributes) \(node.inputs.map(\.isEmpty))"
    }
  }
}
