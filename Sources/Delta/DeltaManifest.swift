public import Tensors

/// What a delta says about itself: which base it fits, how the graft is recreated, which tensors it holds.
public struct DeltaManifest: Hashable, Sendable {
  /// Version 2 added `ElementLayout.rotatedPlanes`, version 3 scaled integers, version 4 planes with frames of their
  /// own.
  public static let currentVersion = 4
  public static let supportedVersions = 1...4

  public internal(set) var formatVersion = DeltaManifest.currentVersion
  public var producer: String
  public var baseDigest: Digest
  /// The tensors that the base must have, ascending by name.
  public private(set) var baseTensors: [TensorFingerprint]
  /// The graft method's identifier and its configuration as JSON.
  public var method: String
  public var configuration: String
  /// Class names; empty where the delta has none.
  public var labels: [String]
  /// What the base computes, whatever its numbers; nil in files of earlier versions.
  public var baseStructure: Digest?
  /// Tensors of the base that the grafted model does not have, ascending.
  public var dropped: [String]
  /// What stands behind the backbone in the grafted model, as JSON, where the delta brings it: a dense task's heads.
  public var dense: String?
  /// How hard the tensors were compressed; nil in files of version 1.
  public internal(set) var level: Int?
  /// What the file holds, ascending by name; the writer fills it in.
  public internal(set) var tensors: [StoredTensor] = []

  /// `baseDigest` is `Digest(of: baseTensors)` where none is given.
  public init(
    producer: String, baseTensors: [TensorFingerprint], baseDigest: Digest? = nil,
    method: String, configuration: String, labels: [String] = [], baseStructure: Digest? = nil,
    dropped: [String] = []
  ) {
    self.producer = producer
    self.baseTensors = baseTensors.sorted { $0.name < $1.name }
    self.baseDigest = baseDigest ?? Digest(of: baseTensors)
    self.method = method
    self.configuration = configuration
    self.labels = labels
    self.baseStructure = baseStructure
    self.dropped = dropped.sorted()
  }
}

extension DeltaManifest {
  /// The earliest version whose readers understand all that is stated.
  var neededVersion: Int {
    if tensors.contains(where: \.planesHaveFrames) { return 4 }
    return tensors.contains { !$0.scales.isEmpty || $0.largestError != nil } ? 3 : 2
  }

  /// What the delta is, whatever file holds it: the manifest without where and how the tensors are held, whose contents
  /// the digests in it state.
  var content: DeltaManifest {
    var content = self
    content.formatVersion = 1
    content.level = nil
    content.tensors = tensors.map {
      StoredTensor(
        name: $0.name, type: $0.type, originalType: $0.originalType, shape: $0.shape, digest: $0.digest,
        layout: .elements, planesHaveFrames: false, frames: [], scales: $0.scales, largestError: $0.largestError)
    }
    return content
  }
}

extension [StoredTensor] {
  /// The bytes of all frames, which follow each other.
  var framesByteCount: Int { reduce(0) { $1.frames.reduce($0) { $0 + $1.compressedSize } } }
}

/// A tensor of the delta and where its frames lie.
public struct StoredTensor: Hashable, Sendable {
  public let name: String
  /// The type in the file, and the type before it was stored.
  public let type: ElementType
  public let originalType: ElementType
  public let shape: Shape
  /// Of the row-major bytes in `type`.
  public let digest: Digest
  /// How the frames' contents hold the elements.
  public let layout: ElementLayout
  /// Whether each plane is a zstd frame of its own, as in files since version 4.
  public let planesHaveFrames: Bool
  public let frames: [StoredFrame]
  /// What integers that stand for floating-point numbers are multiplied with, in equal runs; empty for all others.
  public let scales: [Float]
  /// The largest absolute difference to the tensor before it was stored with fewer digits.
  public let largestError: Double?

  public var byteCount: Int { shape.elementCount * type.size }
}

/// A run of a tensor's bytes: one zstd frame, or one for each plane.
public struct StoredFrame: Hashable, Sendable {
  /// A tensor's bytes are cut every so many bytes, a multiple of every element size.
  public static let contentLimit = 4 << 20

  /// In bytes from the end of the manifest's frame.
  public let offset: Int
  public let compressedSize: Int
  public let size: Int
  /// Of the compressed bytes.
  public let digest: Digest
}
