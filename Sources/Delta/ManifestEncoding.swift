import CProtobufC
import CSchemas
import Messages
import Tensors

extension DeltaManifest {
  /// The manifest as a message of `schemas/delta.proto`.
  func encoded() -> [UInt8] {
    let memory = MessageMemory()
    var message = Adaroute__Delta__Manifest()
    adaroute__delta__manifest__init(&message)
    message.format_version = UInt32(clamping: formatVersion)
    message.producer = memory.text(producer)
    message.base_digest = memory.data(baseDigest)
    message.method = memory.text(method)
    message.configuration = memory.text(configuration)
    (message.base_tensors, message.n_base_tensors) = memory.array(baseTensors.map { Optional(memory.message($0)) })
    (message.labels, message.n_labels) = memory.array(labels.map { Optional(memory.text($0)) })
    (message.tensors, message.n_tensors) = memory.array(tensors.map { Optional(memory.message($0)) })
    if let baseStructure {
      message.has_base_structure = 1
      message.base_structure = memory.data(baseStructure)
    }
    (message.dropped, message.n_dropped) = memory.array(dropped.map { Optional(memory.text($0)) })
    if let dense { message.dense = memory.text(dense) }
    if let level { (message.has_level, message.level) = (1, UInt32(clamping: level)) }
    defer { withExtendedLifetime(memory) {} }
    let size = adaroute__delta__manifest__get_packed_size(&message)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = adaroute__delta__manifest__pack(&message, buffer.baseAddress)
    }
  }
}

extension MessageMemory {
  func data(_ digest: Digest) -> ProtobufCBinaryData { data(digest.bytes) }

  fileprivate func message(_ tensor: TensorFingerprint) -> UnsafeMutablePointer<Adaroute__Delta__BaseTensor> {
    var message = Adaroute__Delta__BaseTensor()
    adaroute__delta__base_tensor__init(&message)
    message.name = text(tensor.name)
    message.type = text(tensor.type.description)
    (message.shape, message.n_shape) = array(tensor.shape.extents.map(UInt64.init))
    message.digest = data(tensor.digest)
    return self.message(message)
  }

  func message(_ tensor: StoredTensor) -> UnsafeMutablePointer<Adaroute__Delta__Tensor> {
    var message = Adaroute__Delta__Tensor()
    adaroute__delta__tensor__init(&message)
    message.name = text(tensor.name)
    message.type = text(tensor.type.description)
    message.original_type = text(tensor.originalType.description)
    (message.shape, message.n_shape) = array(tensor.shape.extents.map(UInt64.init))
    message.digest = data(tensor.digest)
    message.byte_planes = tensor.layout == .elements ? 0 : 1
    if tensor.layout == .rotatedPlanes { (message.has_rotated, message.rotated) = (1, 1) }
    if tensor.planesHaveFrames { (message.has_plane_frames, message.plane_frames) = (1, 1) }
    if !tensor.scales.isEmpty {
      message.has_scales = 1
      message.scales = data(tensor.scales.flatMap { littleEndian($0.bitPattern) })
    }
    if let error = tensor.largestError { (message.has_largest_error, message.largest_error) = (1, error) }
    (message.frames, message.n_frames) = array(tensor.frames.map { Optional(self.message($0)) })
    return self.message(message)
  }

  fileprivate func message(_ frame: StoredFrame) -> UnsafeMutablePointer<Adaroute__Delta__Frame> {
    var message = Adaroute__Delta__Frame()
    adaroute__delta__frame__init(&message)
    message.offset = UInt64(frame.offset)
    message.compressed_size = UInt64(frame.compressedSize)
    message.size = UInt64(frame.size)
    message.digest = data(frame.digest)
    return self.message(message)
  }
}
