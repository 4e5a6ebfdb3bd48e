public import Safetensors
import Tensors
public import TorchCheckpoint

/// What a checkpoint's headers say of its tensors.
public struct FileReport: Codable, Hashable, Sendable {
  public struct Entry: Codable, Hashable, Sendable {
    public let name: String
    public let type: String
    public let shape: [Int]
    public let bytes: Int
  }

  public let format: String
  public let path: String
  public let metadata: [String: String]
  public let tensorCount: Int
  public let parameters: Int
  public let bytes: Int
  public let tensors: [Entry]

  public init(_ collection: any SafetensorsCollection, path: String) {
    let entries = collection.entries.map {
      Entry(name: $0.name, type: $0.type.rawValue, shape: $0.shape.extents, bytes: $0.byteRange.count)
    }
    self.init("safetensors", path: path, metadata: collection.metadata, entries)
  }

  public init(_ file: TorchFile) {
    let entries = file.entries.map {
      Entry(name: $0.name, type: $0.type.rawValue, shape: $0.shape.extents, bytes: $0.byteRange.count)
    }
    self.init("pytorch", path: file.path, metadata: file.metadata, entries)
  }

  private init(_ format: String, path: String, metadata: [String: String], _ tensors: [Entry]) {
    self.format = format
    self.path = path
    self.metadata = metadata
    self.tensors = tensors
    tensorCount = tensors.count
    // Each count is bounded by its file's size in bits, so the sums fit.
    parameters = tensors.reduce(0) { $0 &+ $1.shape.reduce(1, &*) }
    bytes = tensors.reduce(0) { $0 &+ $1.bytes }
  }

  public var json: String { jsonText }

  public func text(tensors listed: Bool) -> String {
    var lines = [
      "\(path): \(format), \(tensorCount) tensors, \(parameters.grouped) parameters, \(bytes.grouped) bytes"
    ]
    lines += metadata.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
    guard listed else { return lines.joined(separator: "\n") }
    var table = TextTable()
    for tensor in tensors { table.add(tensor.name, tensor.type, "\(tensor.shape)") }
    return (lines + table.lines()).joined(separator: "\n")
  }
}
