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
    switch WrongFile.recognise(file) {
    case .empty: throw .emptyFile(path: path)
    case .gitLFSPointer(let oid, let size): throw .gitLFSPointer(path: path, oid: oid, size: size)
    case .format(.zip): self = try TorchContents(archive: file, path: path)
    case .format(.pickle): self = try TorchContents(legacy: file, path: path)
    case .format(let format): throw .foreignFormat(path: path, format: format)
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
