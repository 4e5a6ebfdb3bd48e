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

  let type: ElementType
  let layout: ElementLayout
  /// Of the tensor in `type`.
  let digest: Digest
  let frames: [Frame]
}

extension FrameEncoder {
  /// Every tensor in the order given, floating-point ones as `type` where one is given; by all threads of `pool`.
  static func encode(
    _ tensors: [(String, Tensor)], type: ElementType?, level: Int, pool: ThreadPool
  ) throws(DeltaError) -> [EncodedTensor] {
    try pool.map(tensors.count) { (index) throws(DeltaError) in
      let (name, tensor) = tensors[index]
      let stored = tensor.converted(to: tensor.type.isFloatingPoint ? type ?? tensor.type : tensor.type)
      return try encode(stored, name: name, level: level)
    }
  }

  /// One frame for every `StoredFrame.contentLimit` bytes.
  private static func encode(_ tensor: Tensor, name: String, level: Int) throws(DeltaError) -> EncodedTensor {
    guard let context = ZSTD_createCCtx() else {
      throw .compressionFailed(tensor: name, reason: "no memory for libzstd")
    }
    defer { ZSTD_freeCCtx(context) }
    let encoder = FrameEncoder(context, tensor: name)
    let choice = try encoder.choice(for: tensor, level: level)
    let frames = try tensor.withBytes { (bytes: UnsafeRawBufferPointer) throws(DeltaError) in
      var frames: [EncodedTensor.Frame] = []
      for lower in stride(from: 0, to: bytes.count, by: StoredFrame.contentLimit) {
        let upper = min(lower + StoredFrame.contentLimit, bytes.count)
        let content = UnsafeRawBufferPointer(rebasing: bytes[lower..<upper])
        let frame = try encoder.compress(content, choice, width: tensor.type.size)
        let digest = frame.withUnsafeBytes { Digest(hashing: $0) }
        frames.append(EncodedTensor.Frame(bytes: frame, size: content.count, digest: digest))
      }
      return frames
    }
    return EncodedTensor(type: tensor.type, layout: choice.layout, digest: Digest(of: tensor), frames: frames)
  }
}
