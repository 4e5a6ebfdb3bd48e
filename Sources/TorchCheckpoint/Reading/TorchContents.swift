internal import Tensors

/// What a checkpoint's container gives: its pickle's value, and where each storage lies in the file.
struct TorchContents {
  let root: PickleValue
  let heap: PickleHeap
  let storages: [String: Range<Int>]

  init(root: PickleValue, heap: PickleHeap, storages: [String: Range<Int>]) {
    self.root = root
    self.heap = heap
    self.storages = storages
  }

  init(_ file: UnsafeRawBufferPointer, path: String) throws(TorchError) {
    if file.isEmpty { throw .emptyFile(path: path) }
    if let pointer = GitLFSPointer(recognising: file) {
      throw .gitLFSPointer(path: path, oid: pointer.oid, size: pointer.size)
    }
    switch ForeignFormat(recognising: file) {
    case .zip: self = try TorchContents(archive: file, path: path)
    case .pickle: self = try TorchContents(legacy: file, path: path)
    case .some(let format): throw .foreignFormat(path: path, format: format)
    case nil: throw .notRecognised(path: path)
    }
  }
}

extension PickleMachine {
  /// Runs to the end; a fault is told only where all names that the pickle referred to are known ones.
  mutating func value(path: String) throws(TorchError) -> PickleValue {
    let outcome: Result<PickleValue, PickleFault>
    do throws(PickleFault) { outcome = .success(try run()) } catch { outcome = .failure(error) }
    guard refused.isEmpty else { throw .refusedGlobals(path: path, names: refused.sorted()) }
    switch outcome {
    case .success(let value): return value
    case .failure(let fault): throw .pickle(path: path, offset: opcodeOffset, fault: fault)
    }
  }
}
