import CZstd
public import Tensors

/// An open delta. Opening checks the manifest; a tensor is checked when it is read.
public final class DeltaFile: Sendable {
  public let manifest: DeltaManifest
  public var path: String { file.path }
  private let file: MappedFile
  /// Where the first tensor frame begins.
  private let start: Int

  /// The most bytes of tensors that a delta may declare, unless the caller says otherwise.
  public static let defaultSizeLimit = 1 << 33

  public convenience init(path: String) throws(DeltaError) {
    try self.init(path: path, sizeLimit: DeltaFile.defaultSizeLimit)
  }

  /// `sizeLimit` bounds the bytes of all tensors together, in the wider of their stored and original types.
  public init(path: String, sizeLimit: Int) throws(DeltaError) {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let container = try DeltaContainer(reading: file.bytes, path: path)
    let decoder = ManifestDecoder(
      path: path, available: file.bytes.count - container.framesStart, sizeLimit: sizeLimit)
    manifest = try decoder.decode(container.manifest)
    start = container.framesStart
    self.file = file
  }

  /// Whether these bytes begin as every delta does.
  public static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 16 && bytes[8..<16].elementsEqual(DeltaContainer.signature)
  }

  /// The tensor in its original type.
  public func tensor(named name: String) throws(DeltaError) -> Tensor {
    let stored = try entry(name)
    return try read(stored).converted(to: stored.originalType)
  }

  /// The tensor in the type in which the file holds it.
  public func storedTensor(named name: String) throws(DeltaError) -> Tensor {
    try read(entry(name))
  }

  /// Decodes every frame and compares every digest.
  public func verify() throws(DeltaError) {
    for tensor in manifest.tensors { _ = try read(tensor) }
  }

  private func entry(_ name: String) throws(DeltaError) -> StoredTensor {
    guard let entry = manifest.tensors.first(where: { $0.name == name }) else {
      throw .noSuchTensor(path: path, name: name)
    }
    return entry
  }

  private func read(_ stored: StoredTensor) throws(DeltaError) -> Tensor {
    do { try file.validateStillWhole() } catch { throw .file(error) }
    let decoder = FrameDecoder(path: path, tensor: stored)
    var failure: DeltaError?
    let tensor = Tensor(type: stored.type, shape: stored.shape) { bytes in
      do throws(DeltaError) {
        var filled = 0
        for (position, frame) in stored.frames.enumerated() {
          let lower = start + frame.offset
          let source = UnsafeRawBufferPointer(rebasing: file.bytes[lower..<lower + frame.compressedSize])
          let target = UnsafeMutableRawBufferPointer(rebasing: bytes[filled..<filled + frame.size])
          try decoder.decode(source, of: frame, at: position, into: target)
          filled += frame.size
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    guard Digest(of: tensor) == stored.digest else {
      throw .tensorDigestDiffers(path: path, tensor: stored.name)
    }
    return tensor
  }
}

/// Decodes the frames of one tensor.
struct FrameDecoder {
  let path: String
  let tensor: StoredTensor

  /// `target` has exactly the frame's declared size.
  func decode(
    _ source: UnsafeRawBufferPointer, of frame: StoredFrame, at position: Int,
    into target: UnsafeMutableRawBufferPointer
  ) throws(DeltaError) {
    guard Digest(hashing: source) == frame.digest else {
      throw .frameDigestDiffers(path: path, tensor: tensor.name, frame: position)
    }
    func malformed(_ reason: String) -> DeltaError {
      .frameMalformed(path: path, tensor: tensor.name, frame: position, reason: reason)
    }
    // A standard frame: magic, then a descriptor whose bit 2 promises a checksum of the content.
    guard source.count > 5, source.starts(with: [0x28, 0xB5, 0x2F, 0xFD]), source[4] & 4 != 0 else {
      throw malformed("it is no zstd frame with a checksum")
    }
    // Without the single-segment bit a window descriptor follows, whose upper five bits are log2(size) - 10.
    guard source[4] & 0x20 != 0 || source[5] >> 3 <= 13 else { throw malformed("its window exceeds 16 MiB") }
    guard ZSTD_findFrameCompressedSize(source.baseAddress, source.count) == source.count else {
      throw malformed("it does not end where the manifest says")
    }
    guard ZSTD_getFrameContentSize(source.baseAddress, source.count) == UInt64(target.count) else {
      throw malformed("its content has another size than the manifest says")
    }
    guard tensor.bytePlanes, tensor.type.size > 1 else {
      if let reason = decompress(source, into: target) { throw malformed(reason) }
      return
    }
    let planes = UnsafeMutableRawBufferPointer.allocate(byteCount: target.count, alignment: Storage.alignment)
    defer { planes.deallocate() }
    if let reason = decompress(source, into: planes) { throw malformed(reason) }
    BytePlanes.join(UnsafeRawBufferPointer(planes), into: target, width: tensor.type.size)
  }

  /// Fills `target` exactly; what went wrong otherwise.
  private func decompress(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> String? {
    let size = ZSTD_decompress(target.baseAddress, target.count, source.baseAddress, source.count)
    if ZSTD_isError(size) != 0 { return String(cString: ZSTD_getErrorName(size)) }
    return size == target.count ? nil : "\(size) bytes decoded, \(target.count) expected"
  }
}
