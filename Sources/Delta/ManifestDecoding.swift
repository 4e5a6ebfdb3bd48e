import CProtobufC
import CSchemas
import Messages
import Tensors

/// Reads a manifest and checks all that it declares against the `available` bytes of frames.
struct ManifestDecoder {
  let path: String
  /// Bytes after the manifest's frame; nil for a manifest that is read for its content, which states no frames.
  let available: Int?
  /// The most bytes that all tensors may take in memory.
  let sizeLimit: Int

  func decode(_ bytes: UnsafeRawBufferPointer) throws(DeltaError) -> DeltaManifest {
    let budget = MessageBudget(forMessageOf: bytes.count)
    var allocator = budget.allocator
    defer { withExtendedLifetime(budget) {} }
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let message = adaroute__delta__manifest__unpack(&allocator, bytes.count, start) else {
      throw .manifestUnreadable(path: path)
    }
    defer { adaroute__delta__manifest__free_unpacked(message, &allocator) }
    return try manifest(message.pointee)
  }

  private func manifest(_ message: Adaroute__Delta__Manifest) throws(DeltaError) -> DeltaManifest {
    guard let version = Int(exactly: message.format_version), DeltaManifest.supportedVersions.contains(version) else {
      throw .unsupportedVersion(
        path: path, found: message.format_version, supported: DeltaManifest.currentVersion)
    }
    var base: [TensorFingerprint] = []
    for position in 0..<message.n_base_tensors {
      guard let tensor = message.base_tensors[position]?.pointee else { throw .manifestUnreadable(path: path) }
      let name = try name(tensor.name, after: base.last?.name)
      base.append(
        TensorFingerprint(
          name: name, type: try type(tensor.type, of: name), shape: try shape(tensor.shape, tensor.n_shape, of: name),
          digest: try digest(tensor.digest, "SHA-256 of '\(name)'")))
    }
    var labels: [String] = []
    for position in 0..<message.n_labels { labels.append(try text(message.labels[position], "label")) }
    var manifest = DeltaManifest(
      producer: try text(message.producer, "producer"), baseTensors: base,
      baseDigest: try digest(message.base_digest, "the base's SHA-256"), method: try text(message.method, "method"),
      configuration: try text(message.configuration, "configuration"), labels: labels)
    manifest.formatVersion = version
    guard manifest.baseDigest == Digest(of: base) else {
      throw .invalidField(
        path: path, field: "the base's SHA-256", found: "\(manifest.baseDigest), not that of its tensors")
    }
    if message.has_base_structure != 0 {
      manifest.baseStructure = try digest(message.base_structure, "the SHA-256 of the base's structure")
    }
    let baseNames = Set(base.map(\.name))
    for position in 0..<message.n_dropped {
      let name = try name(message.dropped[position], after: manifest.dropped.last)
      guard baseNames.contains(name) else {
        throw .invalidField(path: path, field: "tensor left out", found: "'\(name)', which the base does not have")
      }
      manifest.dropped.append(name)
    }
    if let dense = message.dense { manifest.dense = try text(dense, "dense") }
    if message.has_level != 0 {
      guard DeltaWriter.levels.contains(Int(message.level)) else {
        throw .invalidField(path: path, field: "compression level", found: "\(message.level)")
      }
      manifest.level = Int(message.level)
    }
    manifest.tensors = try tensors(message.tensors, message.n_tensors)
    try require(planesWithFrames: version >= 4, in: manifest.tensors)
    return manifest
  }

  /// Throws where planes have frames of their own in a file of a version that did not know them.
  func require(planesWithFrames areKnown: Bool, in tensors: [StoredTensor]) throws(DeltaError) {
    guard !areKnown, let tensor = tensors.first(where: \.planesHaveFrames) else { return }
    throw .invalidField(
      path: path, field: "layout of '\(tensor.name)'", found: "frames of planes in an earlier version")
  }

  func tensors(
    _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Adaroute__Delta__Tensor>?>?, _ count: Int
  ) throws(DeltaError) -> [StoredTensor] {
    var tensors: [StoredTensor] = []
    var end = 0
    var total = 0
    for position in 0..<count {
      guard let tensor = messages?[position]?.pointee else { throw .manifestUnreadable(path: path) }
      let stored = try storedTensor(tensor, after: tensors.last?.name, end: &end)
      let size = stored.shape.elementCount * max(stored.type.size, stored.originalType.size)
      let (sum, overflow) = total.addingReportingOverflow(size)
      guard !overflow, sum <= sizeLimit else { throw .tooLarge(path: path, limit: sizeLimit) }
      total = sum
      tensors.append(stored)
    }
    return tensors
  }

  /// `end` is where the frames so far end; it never passes `available`.
  private func storedTensor(
    _ message: Adaroute__Delta__Tensor, after previous: String?, end: inout Int
  ) throws(DeltaError) -> StoredTensor {
    let name = try name(message.name, after: previous)
    let type = try type(message.type, of: name)
    let original = try self.type(message.original_type, of: name)
    let shape = try shape(message.shape, message.n_shape, of: name)
    let scales = try scales(message, of: name, elementCount: shape.elementCount)
    let isScaled = type == .int8 && original.isFloatingPoint
    guard type == original || (type.isFloatingPoint && original.isFloatingPoint) || isScaled,
      isScaled == !scales.isEmpty
    else {
      let with = scales.isEmpty ? "" : " with \(scales.count) scales"
      throw .invalidField(
        path: path, field: "original type of '\(name)'", found: "\(original) stored as \(type)\(with)")
    }
    let error = message.has_largest_error != 0 ? message.largest_error : nil
    if let error, !(error >= 0) {
      throw .invalidField(path: path, field: "largest error of '\(name)'", found: "\(error)")
    }
    let frames = try available.map { (available) throws(DeltaError) in
      try self.frames(message, of: name, byteCount: shape.elementCount * type.size, end: &end, available: available)
    }
    return StoredTensor(
      name: name, type: type, originalType: original, shape: shape,
      digest: try digest(message.digest, "SHA-256 of '\(name)'"), layout: try layout(message, type, of: name),
      planesHaveFrames: message.plane_frames != 0, frames: frames ?? [], scales: scales, largestError: error)
  }

  private func scales(
    _ message: Adaroute__Delta__Tensor, of name: String, elementCount: Int
  ) throws(DeltaError) -> [Float] {
    guard message.has_scales != 0 else { return [] }
    let bytes = Array(UnsafeBufferPointer(start: message.scales.data, count: message.scales.len))
    let count = bytes.count / 4
    let scales = (0..<count).map { place in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[4 * place + $1]) << (8 * $1) })
    }
    guard count > 0, bytes.count % 4 == 0, elementCount > 0, elementCount % count == 0,
      scales.allSatisfy({ $0.isFinite && $0 >= 0 })
    else {
      throw .invalidField(
        path: path, field: "scales of '\(name)'", found: "\(bytes.count) bytes for \(elementCount) elements")
    }
    return scales
  }

  private func frames(
    _ message: Adaroute__Delta__Tensor, of name: String, byteCount: Int, end: inout Int, available: Int
  ) throws(DeltaError) -> [StoredFrame] {
    var filled = 0
    var frames: [StoredFrame] = []
    for position in 0..<message.n_frames {
      guard let frame = message.frames[position]?.pointee else { throw .manifestUnreadable(path: path) }
      let expected = min(byteCount - filled, StoredFrame.contentLimit)
      guard expected > 0 else {
        throw .framesDoNotFill(path: path, tensor: name, expected: byteCount, found: "more")
      }
      guard frame.size == UInt64(expected) else {
        throw .invalidField(
          path: path, field: "size of frame \(position) of '\(name)'", found: "\(frame.size), not \(expected) bytes")
      }
      guard frame.offset == UInt64(end) else {
        throw .frameMisplaced(path: path, tensor: name, expected: end, found: frame.offset)
      }
      guard let size = Int(exactly: frame.compressed_size), size <= available - end else {
        throw .truncated(path: path, expected: Int(clamping: frame.compressed_size), found: available - end)
      }
      frames.append(
        StoredFrame(
          offset: end, compressedSize: size, size: expected,
          digest: try digest(frame.digest, "SHA-256 of frame \(position) of '\(name)'")))
      filled += expected
      end += size
    }
    guard filled == byteCount else {
      throw .framesDoNotFill(path: path, tensor: name, expected: byteCount, found: "\(filled)")
    }
    return frames
  }

  private func layout(
    _ message: Adaroute__Delta__Tensor, _ type: ElementType, of name: String
  ) throws(DeltaError) -> ElementLayout {
    let found: String
    switch (message.byte_planes != 0, message.rotated != 0) {
    case (true, _) where type.size == 1: found = "byte planes of \(type)"
    case (true, let isRotated): return isRotated ? .rotatedPlanes : .planes
    case (false, true): found = "rotated elements without byte planes"
    case (false, false) where message.plane_frames != 0: found = "frames of planes without byte planes"
    case (false, false): return .elements
    }
    throw .invalidField(path: path, field: "layout of '\(name)'", found: found)
  }

  private func text(
    _ pointer: UnsafePointer<CChar>?, _ field: @autoclosure () -> String
  ) throws(DeltaError) -> String {
    guard let pointer, let text = String(validatingCString: pointer) else {
      throw .invalidField(path: path, field: field(), found: "no UTF-8 text")
    }
    return text
  }

  private func name(_ pointer: UnsafePointer<CChar>?, after previous: String?) throws(DeltaError) -> String {
    let name = try text(pointer, "tensor name")
    guard !name.isEmpty else { throw .invalidField(path: path, field: "tensor name", found: "an empty name") }
    if let previous, !(previous < name) { throw .namesNotAscending(path: path, name: name) }
    return name
  }

  private func type(_ pointer: UnsafePointer<CChar>?, of name: String) throws(DeltaError) -> ElementType {
    let text = try text(pointer, "element type of '\(name)'")
    guard let type = ElementType(shortName: text) else {
      throw .invalidField(path: path, field: "element type of '\(name)'", found: text)
    }
    return type
  }

  private func shape(_ extents: UnsafePointer<UInt64>?, _ rank: Int, of name: String) throws(DeltaError) -> Shape {
    let extents = Array(UnsafeBufferPointer(start: extents, count: rank))
    guard rank <= 32, let shape = Shape(checking: extents.map { Int(exactly: $0) ?? -1 }) else {
      throw .invalidField(path: path, field: "shape of '\(name)'", found: "\(extents.prefix(32))")
    }
    return shape
  }

  func digest(_ data: ProtobufCBinaryData, _ field: @autoclosure () -> String) throws(DeltaError) -> Digest {
    guard let digest = Digest(bytes: Array(UnsafeBufferPointer(start: data.data, count: data.len))) else {
      throw .invalidField(path: path, field: field(), found: "\(data.len) bytes, not \(Digest.size)")
    }
    return digest
  }
}
