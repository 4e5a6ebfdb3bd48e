internal import Tensors

/// The format since PyTorch 1.6: a zip archive of entries stored as they are, all in one folder of any name.
///
///     NAME/data.pkl      the object's pickle
///     NAME/data/KEY      a storage's bytes, for each that the pickle names
///     NAME/byteorder     `little` or `big`; little where it is missing
///     NAME/version       a number
///
/// Other entries are not read.
extension TorchContents {
  /// The highest version that PyTorch writes.
  static let versionLimit = 10

  init(archive file: UnsafeRawBufferPointer, path: String) throws(TorchError) {
    let archive = try ZipArchive(file, path: path)
    let pickles = archive.entries.map(\.name).filter { name in
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 2 && parts[1] == "data.pkl"
    }
    guard let name = pickles.first, let pickle = archive.entry(name) else { throw .noPickle(path: path) }
    guard pickles.count == 1 else { throw .twoPickles(path: path, entries: pickles) }
    let folder = String(name.dropLast("data.pkl".count))
    let holdsProgram = archive.entries.contains { $0.name.hasPrefix(folder + "code/") }
    guard !holdsProgram, archive.entry(folder + "constants.pkl") == nil else {
      throw .torchScript(path: path)
    }

    func data(_ entry: ZipArchive.Entry) throws(TorchError) -> Range<Int> {
      guard entry.method == 0 else { throw .compressed(path: path, entry: entry.name, method: entry.method) }
      return entry.data
    }
    func text(_ name: String) throws(TorchError) -> String? {
      guard let entry = archive.entry(folder + name) else { return nil }
      let line = String(decoding: file[try data(entry)].prefix(64), as: UTF8.self)
      return String(line.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
    }
    if let order = try text("byteorder"), order != "little" { throw .byteOrder(path: path, found: order) }
    if let version = try text("version") {
      guard let number = Int(version), 1...TorchContents.versionLimit ~= number else {
        throw .version(path: path, limit: TorchContents.versionLimit, found: version)
      }
    }

    var storages: [String: Range<Int>] = [:]
    for entry in archive.entries where entry.name.hasPrefix(folder + "data/") {
      storages[String(entry.name.dropFirst((folder + "data/").count))] = try data(entry)
    }
    let range = try data(pickle)
    var machine = PickleMachine(
      UnsafeRawBufferPointer(rebasing: file[..<range.upperBound]), at: range.lowerBound)
    let root = try machine.value(path: path)
    guard machine.position == range.upperBound else {
      let fault = PickleFault.bytesLeft(count: range.upperBound - machine.position)
      throw .pickle(path: path, offset: machine.position, fault: fault)
    }
    self.init(root: root, heap: machine.heap, storages: storages)
  }
}
