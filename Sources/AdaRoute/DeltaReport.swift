public import Delta
import Grafting
import Tensors

/// What a delta's manifest says.
public struct DeltaReport: Codable, Hashable, Sendable {
  public struct Entry: Codable, Hashable, Sendable {
    public let name: String
    /// In the file, and when the tensor is read.
    public let storedType: String
    public let type: String
    public let shape: [Int]
    /// Compressed.
    public let bytes: Int
    /// The largest absolute difference to the tensor before it was rounded; nil where it was not.
    public let largestError: Double?
  }

  public let format: String
  public let path: String
  public let producer: String
  public let method: String
  public let configuration: String
  public let baseDigest: String
  public let baseTensors: Int
  /// Elements that are trained, and elements of buffers.
  public let parameters: Int
  public let buffers: Int
  /// Of the tensors as they are read, and as the file holds them.
  public let rawBytes: Int
  public let storedBytes: Int
  public let labels: Int
  public let tensors: [Entry]
  /// Tensors of the base that the grafted model does not have.
  public let dropped: [String]
  /// What the base computes; nil where the delta is of an earlier version.
  public let baseStructure: String?
  /// The keys, in hexadecimal, of its valid signatures.
  public let signers: [String]
  /// How the base compares, where the delta was just made on it.
  public let comparison: BaseComparison?

  public init(
    _ manifest: DeltaManifest, path: String, signers: [VerificationKey] = [], comparison: BaseComparison? = nil
  ) {
    self.signers = signers.map(\.description)
    format = "ardelta"
    self.path = path
    producer = manifest.producer
    method = manifest.method
    configuration = manifest.configuration
    baseDigest = manifest.baseDigest.description
    baseTensors = manifest.baseTensors.count
    let counts = AdaRouteMethod.count(manifest.tensors.map { ($0.name, $0.shape.elementCount) })
    (parameters, buffers) = counts
    tensors = manifest.tensors.map { tensor in
      Entry(
        name: tensor.name, storedType: tensor.type.description, type: tensor.originalType.description,
        shape: tensor.shape.extents, bytes: tensor.frames.reduce(0) { $0 + $1.compressedSize },
        largestError: tensor.largestError)
    }
    rawBytes = manifest.tensors.reduce(0) { $0 + $1.shape.elementCount * $1.originalType.size }
    storedBytes = tensors.reduce(0) { $0 + $1.bytes }
    labels = manifest.labels.count
    dropped = manifest.dropped
    baseStructure = manifest.baseStructure?.description
    self.comparison = comparison
  }

  /// Of a delta that exists.
  public init(_ delta: DeltaFile) { self.init(delta.manifest, path: delta.path, signers: delta.signers) }

  public var json: String { jsonText }

  public func text(tensors listed: Bool) -> String {
    let share = rawBytes > 0 ? 100 * Double(storedBytes) / Double(rawBytes) : 100
    var lines = [
      "\(path): a delta of \(tensors.count) tensors, \(parameters.grouped) parameters, "
        + "\(buffers.grouped) buffer elements"
    ]
    var table = TextTable()
    table.add("method", method)
    table.add("settings", configuration)
    table.add("base", "\(baseTensors) tensors, SHA-256 \(baseDigest)")
    table.add("operators", baseStructure.map { "SHA-256 \($0)" } ?? "not stated: they are not compared")
    let others = tensors.map(\.name).filter { !AdaRouteMethod.ownsTensor(named: $0) }
    if !others.isEmpty { table.add("beside it", shortened(others, ", ")) }
    if !dropped.isEmpty { table.add("left out", shortened(dropped, ", ")) }
    table.add("size", "\(storedBytes.grouped) of \(rawBytes.grouped) bytes (\(share.formatted(digits: 1)) %)")
    if let worst = tensors.max(by: { $0.largestError ?? -1 < $1.largestError ?? -1 }), let error = worst.largestError {
      table.add("rounded", "largest error \(error.scientific), in \(worst.name)")
    }
    table.add("labels", labels > 0 ? "\(labels)" : "none")
    table.add("signed by", signers.isEmpty ? "nobody" : signers.joined(separator: ", "))
    table.add("producer", producer)
    lines += table.lines()
    lines += comparison?.lines ?? []
    if listed {
      var list = TextTable(rightAligned: [3])
      for tensor in tensors {
        let type = tensor.type == tensor.storedType ? tensor.type : "\(tensor.storedType) for \(tensor.type)"
        list.add(tensor.name, type, "\(tensor.shape)", tensor.bytes.grouped)
      }
      lines += list.lines()
    }
    return lines.joined(separator: "\n")
  }
}
