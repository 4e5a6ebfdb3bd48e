// Pickles and archives that torch.save does not write. Free of the test library, for scripts/fuzzing.

/// Pieces of pickles of protocol 2.
enum Pickle {
  static func text(_ text: String) -> [UInt8] {
    opcode("X") + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func opcode(_ code: Character) -> [UInt8] { [code.asciiValue ?? 0] }

  static func int(_ value: Int) -> [UInt8] { [0x8A, 8] + littleEndian(value) }

  static func tuple(_ items: [UInt8]...) -> [UInt8] { opcode("(") + items.joined() + opcode("t") }

  static func integers(_ values: [Int]) -> [UInt8] { opcode("(") + values.flatMap(int) + opcode("t") }

  static func dict(_ members: (String, [UInt8])...) -> [UInt8] {
    opcode("}") + opcode("(") + members.flatMap { text($0.0) + $0.1 } + opcode("u")
  }

  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

  static func call(_ callee: [UInt8], _ arguments: [UInt8]...) -> [UInt8] {
    callee + opcode("(") + arguments.joined() + opcode("t") + opcode("R")
  }

  static func storage(_ type: String = "FloatStorage", key: String = "0", count: Int) -> [UInt8] {
    tuple(text("storage"), global("torch", type), text(key), text("cpu"), int(count)) + opcode("Q")
  }

  /// A tensor of the storage `0` of six floats, unless another is given.
  static func tensor(
    _ sizes: [Int] = [2, 3], strides: [Int] = [3, 1], offset: Int = 0, storage: [UInt8] = storage(count: 6)
  ) -> [UInt8] {
    call(
      global("torch._utils", "_rebuild_tensor_v2"), storage, int(offset), integers(sizes), integers(strides),
      [0x89],
      call(global("collections", "OrderedDict")))
  }

  static func whole(_ body: [UInt8]) -> [UInt8] { [0x80, 2] + body + opcode(".") }
}

/// An archive of stored entries, each field of which can be made to lie.
struct Archive {
  struct Entry {
    var name: String
    var data: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var localName: String?
    var localMethod: UInt16?
    var localFlags: UInt16?
    var localSize: UInt32?
    var checksum: UInt32 = 0
    var localChecksum: UInt32 = 0
    /// What the directory states; the data's size where it is nil.
    var size: UInt32?
    var stored: UInt32?
    var offset: UInt32?
    var disk: UInt16 = 0
    var extra: [UInt8] = []
  }

  var entries: [Entry]
  var count: UInt16?
  var directoryOffset: UInt32?
  var directorySize: UInt32?
  var disk: UInt16 = 0
  /// Between the last entry and the directory, between that and the end record, and after it.
  var gap: [UInt8] = []
  var records: [UInt8] = []
  var trailer: [UInt8] = []

  /// A checkpoint of this pickle and six floats as storage `0`.
  init(_ pickle: [UInt8], folder: String = "archive", others: [Entry] = []) {
    let floats = (1...6).flatMap { littleEndian(Float($0).bitPattern) }
    entries =
      [
        Entry(name: "\(folder)/data.pkl", data: pickle), Entry(name: "\(folder)/data/0", data: floats),
      ] + others
  }

  /// A checkpoint of this value.
  init(of value: [UInt8]) { self.init(Pickle.whole(value)) }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let start = UInt32(file.count)
      let size = UInt32(entry.data.count)
      let local = entry.localName ?? entry.name
      file += littleEndian(UInt32(0x0403_4B50)) + littleEndian(UInt16(20))
      file += littleEndian(entry.localFlags ?? entry.flags) + littleEndian(entry.localMethod ?? entry.method)
      file += littleEndian(UInt32(0)) + littleEndian(entry.localChecksum)
      file += littleEndian(entry.localSize ?? size) + littleEndian(entry.localSize ?? size)
      file +=
        littleEndian(UInt16(local.utf8.count)) + littleEndian(UInt16(0)) + Array(local.utf8) + entry.data
      directory += littleEndian(UInt32(0x0201_4B50)) + littleEndian(UInt32(20)) + littleEndian(entry.flags)
      directory += littleEndian(entry.method) + littleEndian(UInt32(0)) + littleEndian(entry.checksum)
      directory += littleEndian(entry.stored ?? size) + littleEndian(entry.size ?? size)
      directory += littleEndian(UInt16(entry.name.utf8.count)) + littleEndian(UInt16(entry.extra.count))
      directory += littleEndian(UInt16(0)) + littleEndian(entry.disk) + [UInt8](repeating: 0, count: 6)
      directory += littleEndian(entry.offset ?? start) + Array(entry.name.utf8) + entry.extra
    }
    file += gap
    let offset = UInt32(file.count)
    file += directory + records
    let stated = count ?? UInt16(entries.count)
    file += littleEndian(UInt32(0x0605_4B50)) + littleEndian(disk) + littleEndian(disk) + littleEndian(stated)
    file += littleEndian(stated) + littleEndian(directorySize ?? UInt32(directory.count))
    return file + littleEndian(directoryOffset ?? offset) + littleEndian(UInt16(0)) + trailer
  }

  /// The zip64 record and its locator for a directory of these measures, `start` being where they begin.
  static func records64(start: Int, count: UInt64, size: UInt64, offset: UInt64, stated: Int? = nil)
    -> [UInt8]
  {
    var bytes =
      littleEndian(UInt32(0x0606_4B50)) + littleEndian(UInt64(44)) + littleEndian(UInt32(0x002D_002D))
    bytes += littleEndian(UInt64(0)) + littleEndian(count) + littleEndian(count) + littleEndian(size)
    bytes += littleEndian(offset) + littleEndian(UInt32(0x0706_4B50)) + littleEndian(UInt32(0))
    return bytes + littleEndian(UInt64(stated ?? start)) + littleEndian(UInt32(1))
  }
}

/// A file of the format before the archives: one storage `0` of six floats, unless `storages` says otherwise.
func legacy(
  _ value: [UInt8], version: [UInt8] = Pickle.int(1001), littleEndian isLittle: UInt8 = 0x88,
  keys: [UInt8] = Pickle.opcode("]") + Pickle.text("0") + Pickle.opcode("a"), storages: [UInt8]? = nil
) -> [UInt8] {
  let magic: [UInt8] = [
    0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]
  let floats = (1...6).flatMap { littleEndian(Float($0).bitPattern) }
  return magic + Pickle.whole(version) + Pickle.whole(Pickle.dict(("little_endian", [isLittle])))
    + Pickle.whole(value) + Pickle.whole(keys) + (storages ?? littleEndian(Int64(6)) + floats)
}

/// An archive whose directory is stated by zip64 records alone, and an entry's place by its zip64 field.
func zip64(_ value: [UInt8], change: (inout Archive) -> Void = { _ in }) -> Archive {
  var archive = Archive(of: value)
  archive.entries[1].size = .max
  archive.entries[1].stored = .max
  archive.entries[1].extra =
    littleEndian(UInt16(1)) + littleEndian(UInt16(16)) + littleEndian(UInt64(24))
    + littleEndian(UInt64(24))
  change(&archive)
  let plain = archive.bytes
  let directory = archive.entries.reduce(0) { $0 + 46 + $1.name.utf8.count + $1.extra.count }
  let start = plain.count - 22
  archive.records = Archive.records64(
    start: start, count: UInt64(archive.entries.count), size: UInt64(directory),
    offset: UInt64(start - directory))
  archive.count = .max
  archive.directorySize = .max
  archive.directoryOffset = .max
  return archive
}

func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
