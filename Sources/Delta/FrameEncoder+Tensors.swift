import CZstd
import Kernels
import Tensors

/// A tensor as a delta holds it.
struct EncodedTensor: Sendable {
  struct Frame: Sendable {
    let bytes: [UInt8]
    /// Of the content, and the digest of `bytes`.
    let size: Int
    let digest: Digest
  }

  let name: String
  let type: ElementType
  var originalType: ElementType
  let shape: Shape
  var scales: [Float] = []
  var largestError: Double?
  let layout: ElementLayout
  /// Of the tensor in `type`.
  let digest: Digest
  let frames: [Frame]

  var compressedSize: Int { frames.reduce(0) { $0 + $1.bytes.count } }
}

extension [EncodedTensor] {
  /// Where the frames lie that follow each other in this order.
  func placed() -> [StoredTensor] {
    var end = 0
    return map { tensor in
      let frames = tensor.frames.map { frame in
        defer { end += frame.bytes.count }
        return StoredFrame(offset: end, compressedSize: frame.bytes.count, size: frame.size, digest: frame.digest)
      }
      return StoredTensor(
        name: tensor.name, type: tensor.type, originalType: tensor.originalType, shape: tensor.shape,
        digest: tensor.digest, layout: tensor.layout, planesHaveFrames: tensor.layout != .elements, frames: frames,
        scales: tensor.scales,
        largestError: tensor.largestError)
    }
  }
}

extension FrameEncoder {
  /// Every tensor in the order given, rounded to `type` where one is given; by all threads of `pool`.
  static func encode(
    _ tensors: [(String, Tensor)], type: ElementType?, level: Int, pool: ThreadPool
  ) throws(DeltaError) -> [EncodedTensor] {
    let contexts = ZstdContexts(.compression)
    return try pool.map(tensors.count) { (index) throws(DeltaError) in
      let (name, tensor) = tensors[index]
      let rounded = RoundedTensor(tensor, as: type)
      var encoded = try encode(rounded.stored, name: name, level: level, contexts)
      encoded.originalType = tensor.type
      encoded.scales = rounded.scales
      encoded.largestError = rounded.largestError
      return encoded
    }
  }

  /// One frame for every `StoredFrame.contentLimit` bytes.
  static func encode(
    _ tensor: Tensor, name: String, level: Int, _ contexts: ZstdContexts
  ) throws(DeltaError) -> EncodedTensor {
    guard let context = contexts.take() else {
      throw .compressionFailed(tensor: name, reason: "no memory for libzstd")
    }
    defer { contexts.giveBack(context) }
    let encoder = FrameEncoder(context, tensor: name)
    let (layout, frames) = try tensor.withBytes { (bytes: UnsafeRawBufferPointer) throws(DeltaError) in
      let trial = try encoder.trial(of: bytes, tensor.type, level: level)
      var frames: [EncodedTensor.Frame] = []
      for lower in stride(from: 0, to: bytes.count, by: StoredFrame.contentLimit) {
        let upper = min(lower + StoredFrame.contentLimit, bytes.count)
        let content = UnsafeRawBufferPointer(rebasing: bytes[lower..<upper])
        let isTried = bytes.count <= sampleLimit
        let frame =
          isTried ? trial.frame : try encoder.compress(content, trial.choice, width: tensor.type.size)
        let digest = frame.withUnsafeBytes { Digest(hashing: $0) }
        frames.append(EncodedTensor.Frame(bytes: frame, size: content.count, digest: digest))
      }
      return (trial.choice.layout, frames)
    }
    return EncodedTensor(
      name: name, type: tensor.type, originalType: tensor.type, shape: tensor.shape, layout: layout,
      digest: Digest(of: tensor), frames: frames)
  }
}
