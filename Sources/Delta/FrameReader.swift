import Tensors

/// Reads tensors from the frames of a file, and compares their digests.
struct FrameReader: Sendable {
  private let file: MappedFile
  /// Where the first frame begins.
  private let framesStart: Int
  private let contexts = ZstdContexts(.decompression)

  init(_ file: MappedFile, framesStart: Int) {
    self.file = file
    self.framesStart = framesStart
  }

  func read(_ stored: StoredTensor) throws(DeltaError) -> Tensor {
    guard let context = contexts.take() else {
      throw .frameMalformed(path: file.path, tensor: stored.name, frame: 0, reason: "no memory for libzstd")
    }
    defer { contexts.giveBack(context) }
    let decoder = FrameDecoder(path: file.path, tensor: stored, context: context)
    var failure: DeltaError?
    let tensor = Tensor(type: stored.type, shape: stored.shape) { bytes in
      do throws(DeltaError) {
        var filled = 0
        for (position, frame) in stored.frames.enumerated() {
          let target = UnsafeMutableRawBufferPointer(rebasing: bytes[filled..<filled + frame.size])
          try decoder.decode(content(of: frame), at: position, into: target)
          filled += frame.size
        }
      } catch { failure = error }
    }
    guard failure == nil, Digest(of: tensor) == stored.digest else {
      do { try file.validateStillWhole() } catch { throw .file(error) }
      // The frames' digests tell which part of the file is damaged.
      try verify(stored)
      throw failure ?? .tensorDigestDiffers(path: file.path, tensor: stored.name)
    }
    return tensor
  }

  func verify(_ stored: StoredTensor) throws(DeltaError) {
    for (position, frame) in stored.frames.enumerated() where Digest(hashing: content(of: frame)) != frame.digest {
      throw .frameDigestDiffers(path: file.path, tensor: stored.name, frame: position)
    }
  }

  private func content(of frame: StoredFrame) -> UnsafeRawBufferPointer {
    let lower = framesStart + frame.offset
    return UnsafeRawBufferPointer(rebasing: file.bytes[lower..<lower + frame.compressedSize])
  }
}
