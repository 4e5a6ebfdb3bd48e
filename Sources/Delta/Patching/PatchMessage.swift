import CProtobufC
import CSchemas
import Messages
import Tensors

/// What a patch says about itself; `schemas/delta.proto` states the fields.
struct PatchMessage: Sendable {
  /// Of the earlier delta's content.
  let old: Digest
  /// The later delta's.
  let content: DeltaManifest
  let level: Int
  /// The later delta's signature frame; empty where it has none.
  let signatures: [UInt8]
  let fileDigest: Digest
  /// Ascending by name.
  let changes: [DeltaPatch.Change]

  func encoded() -> [UInt8] {
    let memory = MessageMemory()
    var message = Adaroute__Delta__Patch()
    adaroute__delta__patch__init(&message)
    message.format_version = changes.contains { $0.stored.planesHaveFrames } ? 2 : 1
    message.old = memory.data(old)
    message.content = memory.data(content.encoded())
    message.level = UInt32(level)
    message.signatures = memory.data(signatures)
    message.file_digest = memory.data(fileDigest)
    (message.tensors, message.n_tensors) = memory.array(
      changes.map { change in
        let tensor = memory.message(change.stored)
        if change.isDifference { (tensor.pointee.has_difference, tensor.pointee.difference) = (1, 1) }
        return Optional(tensor)
      })
    defer { withExtendedLifetime(memory) {} }
    let size = adaroute__delta__patch__get_packed_size(&message)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = adaroute__delta__patch__pack(&message, buffer.baseAddress)
    }
  }
}

/// Reads a patch's message and checks all that it declares against the `available` bytes of frames.
struct PatchDecoder {
  let path: String
  let available: Int
  let sizeLimit: Int

  func decode(_ bytes: UnsafeRawBufferPointer) throws(DeltaError) -> PatchMessage {
    let budget = MessageBudget(forMessageOf: bytes.count)
    var allocator = budget.allocator
    defer { withExtendedLifetime(budget) {} }
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let message = adaroute__delta__patch__unpack(&allocator, bytes.count, start) else {
      throw .manifestUnreadable(path: path)
    }
    defer { adaroute__delta__patch__free_unpacked(message, &allocator) }
    return try decode(message.pointee)
  }

  private func decode(_ message: Adaroute__Delta__Patch) throws(DeltaError) -> PatchMessage {
    guard DeltaPatch.supportedVersions.contains(Int(clamping: message.format_version)) else {
      throw .unsupportedVersion(path: path, found: message.format_version, supported: DeltaPatch.currentVersion)
    }
    guard DeltaWriter.levels.contains(Int(message.level)) else {
      throw .invalidField(path: path, field: "compression level", found: "\(message.level)")
    }
    let content = try ManifestDecoder(path: path, available: nil, sizeLimit: sizeLimit).decode(
      UnsafeRawBufferPointer(start: message.content.data, count: message.content.len))
    let signatures = UnsafeRawBufferPointer(start: message.signatures.data, count: message.signatures.len)
    guard signatures.isEmpty || SignatureFrame(signatures) != nil else {
      throw .invalidField(path: path, field: "signatures", found: "\(signatures.count) bytes that are none")
    }
    let decoder = ManifestDecoder(path: path, available: available, sizeLimit: sizeLimit)
    let tensors = try decoder.tensors(message.tensors, message.n_tensors)
    try decoder.require(planesWithFrames: message.format_version >= 2, in: tensors)
    let end = tensors.framesByteCount
    guard end == available else { throw .trailingBytes(path: path, count: available - end) }
    let names = Set(content.tensors.map(\.name))
    for tensor in tensors where !names.contains(tensor.name) {
      throw .invalidField(path: path, field: "tensor", found: "'\(tensor.name)', which the later delta does not have")
    }
    return PatchMessage(
      old: try decoder.digest(message.old, "the earlier delta's SHA-256"), content: content,
      level: Int(message.level), signatures: Array(signatures),
      fileDigest: try decoder.digest(message.file_digest, "the later file's SHA-256"),
      changes: tensors.enumerated().map {
        DeltaPatch.Change(
          stored: $0.element, isDifference: message.tensors[$0.offset]?.pointee.difference ?? 0 != 0)
      })
  }
}
