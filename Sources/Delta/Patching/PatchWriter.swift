public import Kernels
import Tensors

extension DeltaPatch {
  /// Writes what turns `old` into `new`. A changed tensor is kept as what differs from the earlier one's bits, or
  /// whole where that is smaller.
  public static func write(
    to path: String, from old: DeltaFile, to new: DeltaFile, pool: ThreadPool = ThreadPool()
  ) throws(DeltaError) {
    let earlier = Dictionary(uniqueKeysWithValues: old.manifest.tensors.map { ($0.name, $0) })
    let changed = new.manifest.tensors.filter { tensor in
      guard let before = earlier[tensor.name] else { return true }
      return (before.type, before.shape) != (tensor.type, tensor.shape) || before.digest != tensor.digest
    }
    let level = new.manifest.level ?? 3
    let contexts = ZstdContexts(.compression)
    let encoded = try pool.map(changed.count) { (index) throws(DeltaError) in
      let name = changed[index].name
      let tensor = try new.storedTensor(named: name)
      let whole = try FrameEncoder.encode(tensor, name: name, level: level, contexts)
      guard let before = earlier[name], (before.type, before.shape) == (tensor.type, tensor.shape) else {
        return (tensor: whole, isDifference: false)
      }
      let difference = try FrameEncoder.encode(
        tensor.exclusiveOr(old.storedTensor(named: name)), name: name, level: level, contexts)
      return difference.compressedSize < whole.compressedSize
        ? (tensor: difference, isDifference: true) : (tensor: whole, isDifference: false)
    }
    do {
      try old.validateStillWhole()
      try new.validateStillWhole()
    } catch { throw .file(error) }
    let message = PatchMessage(
      old: old.contentDigest, content: new.manifest.content, level: level,
      signatures: new.signatures.entries.isEmpty ? [] : new.signatures.bytes, fileDigest: new.digest,
      changes: zip(encoded.map(\.tensor).placed(), encoded).map {
        Change(stored: $0, isDifference: $1.isDifference)
      })
    try Envelope.write(
      .patch, message: message.encoded(), frames: encoded.flatMap(\.tensor.frames).map(\.bytes), to: path)
  }
}
