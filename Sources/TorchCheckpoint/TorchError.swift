public import Tensors

/// What is wrong with a PyTorch checkpoint. Offsets are in bytes from the start of the file.
public enum TorchError: Error, Hashable, Sendable {
  case file(FileError)

  // Not such a file at all.
  case emptyFile(path: String)
  case gitLFSPointer(path: String, oid: String, size: String)
  case foreignFormat(path: String, format: ForeignFormat)
  case notRecognised(path: String)
  /// A pickle, but not one of torch.save.
  case otherPickle(path: String)
  case torchScript(path: String)

  // The archive.
  case endRecordMissing(path: String)
  case splitArchive(path: String)
  case recordMissing(path: String, offset: Int, record: String)
  case endRecordsDisagree(path: String, expected: UInt64, found: UInt64)
  case tooManyEntries(path: String, limit: Int, found: UInt64)
  case directoryMisplaced(path: String, expected: Int, found: UInt64)
  case directorySize(path: String, expected: Int, found: Int)
  case entryName(path: String, offset: Int)
  case duplicateEntry(path: String, entry: String, other: String)
  case headersDisagree(path: String, entry: String, field: String)
  case zip64Field(path: String, entry: String)
  case entryOutside(path: String, entry: String, limit: Int, found: UInt64)
  case entriesOverlap(path: String, entry: String, other: String)
  case storedSize(path: String, entry: String, expected: UInt64, found: UInt64)
  case encrypted(path: String, entry: String)
  case compressed(path: String, entry: String, method: UInt16)
  case noPickle(path: String)
  case twoPickles(path: String, entries: [String])
  case byteOrder(path: String, found: String)
  case version(path: String, limit: Int, found: String)

  // The older format, which is no archive.
  case legacyHeader(path: String, offset: Int, what: String, expected: String, found: String)
  case storageTwice(path: String, storage: String)
  case storageCut(path: String, storage: String, offset: Int, expected: UInt64, found: Int)
  case bytesLeft(path: String, expected: Int, found: Int)

  // The pickle.
  case pickle(path: String, offset: Int, fault: PickleFault)
  case refusedGlobals(path: String, names: [String])

  // What it describes.
  case noDictionary(path: String, found: String)
  case noTensors(path: String, keys: [String])
  case duplicateTensor(path: String, tensor: String)
  case tooManyTensors(path: String, limit: Int, found: Int)
  case nameTooLong(path: String, tensor: String, limit: Int)

  // Tensors.
  case shapeOutOfRange(path: String, tensor: String, extents: [Int])
  case strides(path: String, tensor: String, extents: [Int], strides: [Int])
  case storageMissing(path: String, tensor: String, storage: String)
  case storageSize(path: String, tensor: String, storage: String, type: TorchType, count: Int, found: Int)
  /// `expected` elements lie in the storage; the tensor reaches to `found`, nil where that is out of range.
  case outsideStorage(
    path: String, tensor: String, offset: Int, extents: [Int], strides: [Int], expected: Int)
  case copiesTooLarge(path: String, limit: Int, tensor: String)
  case tensorNotFound(path: String, tensor: String)
  case unsupportedType(path: String, tensor: String, type: TorchType)
  case transformed(path: String, tensor: String)
}

extension TorchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .emptyFile(let path): "\(path): the file is empty"
    case .gitLFSPointer(let path, let oid, let size):
      "\(path): a Git LFS pointer instead of the file itself (oid \(printable(oid)), size \(printable(size)) bytes); "
        + "run `git lfs pull`"
    case .foreignFormat(let path, let format): "\(path): not a PyTorch checkpoint but \(format)"
    case .notRecognised(let path):
      "\(path): not a PyTorch checkpoint: it begins like neither an archive nor a pickle"
    case .otherPickle(let path): "\(path): a Python pickle, but not one that torch.save writes"
    case .torchScript(let path):
      "\(path): a TorchScript archive, which holds a program: load it with torch.jit.load and save its state_dict() "
        + "with torch.save"

    case .endRecordMissing(let path):
      "\(path): the archive does not end in its end record: the file is cut off, or something follows it"
    case .splitArchive(let path): "\(path): a part of a split archive"
    case .recordMissing(let path, let offset, let record): "\(path): at byte \(offset): no \(record) found"
    case .endRecordsDisagree(let path, let expected, let found):
      "\(path): the archive's end records disagree: \(expected) and \(found)"
    case .tooManyEntries(let path, let limit, let found):
      "\(path): an archive of at most \(limit) entries expected, \(found) found"
    case .directoryMisplaced(let path, let expected, let found):
      "\(path): the archive's directory must end at byte \(expected), it ends at \(found)"
    case .directorySize(let path, let expected, let found):
      "\(path): the archive's directory must end at byte \(expected), its entries end at \(found)"
    case .entryName(let path, let offset):
      "\(path): at byte \(offset): an entry's name that is empty or not UTF-8"
    case .duplicateEntry(let path, let entry, let other):
      "\(path): two entries of one name: \(printable(other)) and \(printable(entry))"
    case .headersDisagree(let path, let entry, let field):
      "\(path): entry \(printable(entry)): its own header and the directory state another \(field)"
    case .zip64Field(let path, let entry):
      "\(path): entry \(printable(entry)): its zip64 field is missing or too short"
    case .entryOutside(let path, let entry, let limit, let found):
      "\(path): entry \(printable(entry)): it must end before byte \(limit), where the directory begins, but reaches "
        + "byte \(found)"
    case .entriesOverlap(let path, let entry, let other):
      "\(path): entry \(printable(entry)) begins within \(printable(other))"
    case .storedSize(let path, let entry, let expected, let found):
      "\(path): entry \(printable(entry)): \(expected) bytes expected, \(found) stored"
    case .encrypted(let path, let entry): "\(path): entry \(printable(entry)) is encrypted"
    case .compressed(let path, let entry, let method):
      "\(path): entry \(printable(entry)) is compressed (method \(method)): torch.save stores entries as they are"
    case .noPickle(let path): "\(path): not a PyTorch checkpoint but a ZIP archive without data.pkl"
    case .twoPickles(let path, let entries):
      "\(path): one data.pkl expected, \(entries.map { printable($0) }.joined(separator: " and ")) found"
    case .byteOrder(let path, let found):
      "\(path): numbers in byte order little expected, \(printable(found)) found"
    case .version(let path, let limit, let found):
      "\(path): a checkpoint of version 1 to \(limit) expected, \(printable(found)) found"

    case .legacyHeader(let path, let offset, let what, let expected, let found):
      "\(path): at byte \(offset): \(what): \(expected) expected, \(found) found"
    case .storageTwice(let path, let storage): "\(path): storage \(printable(storage)) is listed twice"
    case .storageCut(let path, let storage, let offset, let expected, let found):
      "\(path): at byte \(offset): storage \(printable(storage)): \(expected) bytes expected, \(found) left"
    case .bytesLeft(let path, let expected, let found):
      "\(path): bytes after the last storage: a file of \(expected) bytes expected, \(found) found"

    case .pickle(let path, let offset, let fault): "\(path): at byte \(offset): \(fault)"
    case .refusedGlobals(let path, let names):
      "\(path): the checkpoint refers to code, which is not run here: "
        + names.prefix(20).map { String(printable($0).dropFirst().dropLast()) }.joined(separator: ", ")
        + (names.count > 20 ? " and \(names.count - 20) more" : "")
        + "; load it in PyTorch and save its state_dict() alone"

    case .noDictionary(let path, let found): "\(path): a dict of tensors expected, \(found) found"
    case .noTensors(let path, let keys):
      "\(path): no dict of tensors found; the keys are \(keys.prefix(10).map { printable($0) }.joined(separator: ", "))"
        + (keys.count > 10 ? " and \(keys.count - 10) more" : "")
    case .duplicateTensor(let path, let tensor): "\(path): tensor \(printable(tensor)) is listed twice"
    case .tooManyTensors(let path, let limit, let found):
      "\(path): at most \(limit) tensors expected, \(found) found"
    case .nameTooLong(let path, let tensor, let limit):
      "\(path): tensor \(printable(tensor)): a name of at most \(limit) bytes expected"

    case .shapeOutOfRange(let path, let tensor, let extents):
      "\(path): tensor \(printable(tensor)): shape \(extents) is out of range"
    case .strides(let path, let tensor, let extents, let strides):
      "\(path): tensor \(printable(tensor)): strides \(strides) do not fit shape \(extents)"
    case .storageMissing(let path, let tensor, let storage):
      "\(path): tensor \(printable(tensor)): its storage \(printable(storage)) is missing"
    case .storageSize(let path, let tensor, let storage, let type, let count, let found):
      "\(path): tensor \(printable(tensor)): storage \(printable(storage)) of \(count) \(type.rawValue) elements expected, "
        + "\(found) bytes found"
    case .outsideStorage(let path, let tensor, let offset, let extents, let strides, let expected):
      "\(path): tensor \(printable(tensor)): shape \(extents) with strides \(strides) from element \(offset) reaches out "
        + "of its storage of \(expected) elements"
    case .copiesTooLarge(let path, let limit, let tensor):
      "\(path): tensor \(printable(tensor)): tensors that are not contiguous take more than the file's \(limit) bytes"
    case .tensorNotFound(let path, let tensor): "\(path): no tensor \(printable(tensor))"
    case .unsupportedType(let path, let tensor, let type):
      "\(path): tensor \(printable(tensor)): \(type.rawValue) is not a type to compute with"
    case .transformed(let path, let tensor):
      "\(path): tensor \(printable(tensor)) is a conjugated or negated view of its storage, which is not supported"
    }
  }
}
