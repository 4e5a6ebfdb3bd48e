// Free of the test library: scripts/fuzzing begins from these files too.

/// A file that must be refused, and the whole message, the path aside.
struct Hostile: Sendable {
  let name: String
  let bytes: [UInt8]
  let message: String

  init(_ name: String, _ bytes: [UInt8], _ message: String) {
    self.name = name
    self.bytes = bytes
    self.message = message
  }

  init(_ name: String, _ archive: Archive, _ message: String) { self.init(name, archive.bytes, message) }

  static let small = wrongFiles + archives + pickles + tensors + legacyFiles
  static let all = small + bulky
}

private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

private let sound = Pickle.dict(("a", Pickle.tensor()))

/// Files that are something else.
private let wrongFiles: [Hostile] = [
  Hostile("empty", [] as [UInt8], "the file is empty"),
  Hostile(
    "Git LFS pointer", text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 346284714\n"),
    "a Git LFS pointer instead of the file itself (oid \"sha256:4d7a\", size \"346284714\" bytes); run `git lfs pull`"
  ),
  Hostile(
    "HTML page", text("<!DOCTYPE html><html><body>404</body></html>"),
    "not a PyTorch checkpoint but an HTML or XML page, probably an error page saved by a download"),
  Hostile(
    "safetensors", [2, 0, 0, 0, 0, 0, 0, 0] + text("{}"), "not a PyTorch checkpoint but a safetensors file"),
  Hostile(
    "ONNX", [0x08, 0x08, 0x12, 0x07] + text("pytorch"),
    "not a PyTorch checkpoint but a protobuf message, such as an ONNX model"),
  Hostile(
    "HDF5", [0x89] + text("HDF\r\n\u{1A}\n") + [0, 0],
    "not a PyTorch checkpoint but an HDF5 file, such as TensorFlow's and Keras's weights"),
  Hostile("GGUF", text("GGUF") + [3, 0, 0, 0], "not a PyTorch checkpoint but a GGUF file"),
  Hostile(
    "tar", text("storages") + [UInt8](repeating: 0, count: 249) + text("ustar\u{0}00"),
    "not a PyTorch checkpoint but a tar archive"),
  Hostile("text", text("hello"), "not a PyTorch checkpoint: it begins like neither an archive nor a pickle"),
  Hostile(
    "plain ZIP", Archive(Pickle.whole(sound), folder: "a/b"),
    "not a PyTorch checkpoint but a ZIP archive without data.pkl"),
  Hostile(
    "another pickle", Pickle.whole(sound), "a Python pickle, but not one that torch.save writes"),
  Hostile(
    "TorchScript by its constants",
    Archive(Pickle.whole(sound), others: [.init(name: "archive/constants.pkl", data: [])]),
    "a TorchScript archive, which holds a program: load it with torch.jit.load and save its state_dict() with torch.save"
  ),
  Hostile(
    "TorchScript by its code",
    Archive(Pickle.whole(sound), others: [.init(name: "archive/code/__torch__.py", data: [])]),
    "a TorchScript archive, which holds a program: load it with torch.jit.load and save its state_dict() with torch.save"
  ),
]

/// A sound archive with something changed.
private func changed(_ name: String, _ message: String, _ change: (inout Archive) -> Void) -> Hostile {
  var archive = Archive(of: sound)
  change(&archive)
  return Hostile(name, archive, message)
}

private func extra(_ name: String, _ data: String) -> (inout Archive) -> Void {
  { $0.entries.append(.init(name: name, data: Array(data.utf8))) }
}

private let cut = "the archive does not end in its end record: the file is cut off, or something follows it"

private let archives: [Hostile] = [
  Hostile("cut by a byte", Array(Archive(of: sound).bytes.dropLast()), cut),
  Hostile("cut to its first header", Array(Archive(of: sound).bytes.prefix(40)), cut),
  Hostile("cut to four bytes", text("PK\u{3}\u{4}"), cut),
  changed("bytes after the end", cut) { $0.trailer = [0] },
  changed("a second disk", "a part of a split archive") { $0.disk = 1 },
  changed("an entry on a second disk", "a part of a split archive") { $0.entries[0].disk = 1 },
  changed("65535 entries stated", "at byte 426: no directory header found") { $0.count = .max },
  changed("one entry stated", "the archive's directory must end at byte 426, its entries end at 366") {
    $0.count = 1
  },
  changed("no entry stated", "the archive's directory must end at byte 426, its entries end at 304") {
    $0.count = 0
  },
  changed("directory stated later", "the archive's directory must end at byte 426, it ends at 427") {
    $0.directoryOffset = 305
  },
  changed(
    "directory at the end of UInt32", "the archive's directory must end at byte 426, it ends at 4294967417"
  ) {
    $0.directoryOffset = .max
  },
  changed("directory of 4 GB", "the archive's directory must end at byte 426, it ends at 4294967599") {
    $0.directorySize = .max
  },
  changed("something before the end record", "the archive's directory must end at byte 430, it ends at 426") {
    $0.records = [1, 2, 3, 4]
  },
  changed(
    "data.pkl twice", "two entries of one name: \"archive/data.pkl\" and \"archive/data.pkl\"",
    extra("archive/data.pkl", ".")),
  changed(
    "data.pkl in other letters", "two entries of one name: \"archive/data.pkl\" and \"archive/DATA.PKL\"",
    extra("archive/DATA.PKL", ".")),
  changed(
    "a storage twice", "two entries of one name: \"archive/data/0\" and \"archive/data/0\"",
    extra("archive/data/0", "")),
  changed(
    "data.pkl in two folders", "one data.pkl expected, \"archive/data.pkl\" and \"other/data.pkl\" found",
    extra("other/data.pkl", ".")),
  changed(
    "another local name", "entry \"archive/data.pkl\": its own header and the directory state another name"
  ) {
    $0.entries[0].localName = "archive/data.plk"
  },
  changed(
    "another local method", "entry \"archive/data/0\": its own header and the directory state another method"
  ) {
    $0.entries[1].localMethod = 8
  },
  changed(
    "other local flags", "entry \"archive/data/0\": its own header and the directory state another flags"
  ) {
    $0.entries[1].localFlags = 8
  },
  changed(
    "another local size", "entry \"archive/data/0\": its own header and the directory state another size"
  ) {
    $0.entries[1].localSize = 23
  },
  changed(
    "another local size beside a descriptor",
    "entry \"archive/data/0\": its own header and the directory state another size"
  ) {
    $0.entries[1].flags = 8
    $0.entries[1].localSize = 23
  },
  changed(
    "another local checksum",
    "entry \"archive/data/0\": its own header and the directory state another checksum"
  ) {
    $0.entries[1].checksum = 1
  },
  changed(
    "compressed storage",
    "entry \"archive/data/0\" is compressed (method 8): torch.save stores entries as they are"
  ) {
    $0.entries[1].method = 8
  },
  changed(
    "compressed pickle",
    "entry \"archive/data.pkl\" is compressed (method 12): torch.save stores entries as they are"
  ) {
    $0.entries[0].method = 12
  },
  changed("encrypted", "entry \"archive/data/0\" is encrypted") { $0.entries[1].flags = 1 },
  changed("stored and real size differ", "entry \"archive/data/0\": 25 bytes expected, 24 stored") {
    $0.entries[1].size = 25
    $0.entries[1].flags = 8
    $0.entries[1].localSize = 0
  },
  changed(
    "an entry that reaches into the directory",
    "entry \"archive/data/0\": it must end before byte 304, where the directory begins, but reaches byte 305"
  ) {
    $0.entries[1].size = 25
    $0.entries[1].stored = 25
    $0.entries[1].localSize = 25
  },
  changed(
    "an entry of 4 GB",
    "entry \"archive/data/0\": it must end before byte 304, where the directory begins, but reaches byte 4294967574"
  ) {
    $0.entries[1].size = .max - 1
    $0.entries[1].stored = .max - 1
    $0.entries[1].localSize = .max - 1
  },
  changed(
    "an entry in the directory",
    "entry \"archive/data/0\": it must end before byte 304, where the directory begins, but reaches byte 304"
  ) {
    $0.entries[1].offset = 304
  },
  changed("an entry where none is", "at byte 1: no header of the entry \"archive/data/0\" found") {
    $0.entries[1].offset = 1
  },
  changed("an entry in another", "entry \"archive/data/0\" begins within \"archive/data.pkl\"") { archive in
    var inner = archive
    inner.entries.removeFirst()
    archive.entries[0].data = Array(inner.bytes.prefix(68))
    archive.entries[1].offset = 46
  },
  changed("an empty name", "at byte 456: an entry's name that is empty or not UTF-8", extra("", "")),
  changed(
    "a zero byte in a name", "at byte 477: an entry's name that is empty or not UTF-8",
    extra("archive/data.pkl\0x.py", "")),
  changed(
    "big numbers", "numbers in byte order little expected, \"big\" found", extra("archive/byteorder", "big")),
  changed(
    "version 11", "a checkpoint of version 1 to 10 expected, \"11\" found", extra("archive/version", "11\n")),
  changed("no version", "a checkpoint of version 1 to 10 expected, \"\" found", extra("archive/version", "")),
  Hostile(
    "zip64 without its field", zip64(sound) { $0.entries[1].extra = [] },
    "entry \"archive/data/0\": its zip64 field is missing or too short"),
  Hostile(
    "zip64 field cut",
    zip64(sound) {
      $0.entries[1].extra.removeLast(8)
      $0.entries[1].extra[2] = 8
    }, "entry \"archive/data/0\": its zip64 field is missing or too short"),
  Hostile(
    "zip64 size of 2^64 - 1",
    zip64(sound) {
      $0.entries[1].extra = [1, 0, 16, 0] + [UInt8](repeating: 0xFF, count: 16)
      $0.entries[1].flags = 8
      $0.entries[1].localSize = .max
    },
    "entry \"archive/data/0\": it must end before byte 304, where the directory begins, but reaches byte 18446744073709551615"
  ),
  changed(
    "zip64 of 2^63 entries", "an archive of at most 1048576 entries expected, 9223372036854775808 found"
  ) {
    $0.records = Archive.records64(start: 426, count: 1 << 63, size: 122, offset: 304)
    $0.count = .max
  },
  changed(
    "zip64 offset and size that overflow",
    "the archive's directory must end at byte 426, it ends at 18446744073709551615"
  ) {
    $0.records = Archive.records64(start: 426, count: 2, size: 122, offset: .max)
    $0.directoryOffset = .max
  },
  changed("zip64 record elsewhere", "at byte 426: no zip64 end record found") {
    $0.records = Archive.records64(start: 426, count: 2, size: 122, offset: 304, stated: 100)
  },
  changed("end records that disagree", "the archive's end records disagree: 3 and 2") {
    $0.records = Archive.records64(start: 426, count: 3, size: 122, offset: 304)
  },
]

private func pickle(_ name: String, _ message: String, _ body: [UInt8]) -> Hostile {
  Hostile(name, Archive(body), message)
}

private let code = "the checkpoint refers to code, which is not run here: "
private let advice = "; load it in PyTorch and save its state_dict() alone"

/// `count` lists, each in the one before.
private func nested(_ count: Int) -> [UInt8] {
  Pickle.whole([UInt8](repeating: 0x5D, count: count) + [UInt8](repeating: 0x61, count: count - 1))
}

private let pickles: [Hostile] = [
  pickle(
    "os.system", code + "os.system" + advice,
    Pickle.whole(Pickle.call(Pickle.global("os", "system"), Pickle.text("id")))),
  pickle(
    "builtins.eval", code + "builtins.eval" + advice,
    Pickle.whole(
      Pickle.dict(
        ("a", Pickle.tensor()), ("b", Pickle.call(Pickle.global("builtins", "eval"), Pickle.text("1")))))),
  pickle(
    "all names at once", code + "os.system, posix.popen, subprocess.Popen" + advice,
    Pickle.whole(
      Pickle.opcode("]") + Pickle.opcode("(") + Pickle.call(Pickle.global("subprocess", "Popen"))
        + Pickle.call(Pickle.global("os", "system")) + Pickle.global("posix", "popen") + Pickle.opcode("e"))),
  pickle(
    "a name by STACK_GLOBAL", code + "os.system" + advice,
    [0x80, 4] + Pickle.text("os") + Pickle.text("system") + [0x93] + Pickle.opcode(")") + Pickle.opcode("R")
      + Pickle.opcode(".")),
  pickle(
    "a name of a known module", code + "torch._utils._rebuild_sparse_tensor, torch.load" + advice,
    Pickle.whole(
      Pickle.tuple(Pickle.global("torch", "load"), Pickle.global("torch._utils", "_rebuild_sparse_tensor")))),
  pickle(
    "a name, then nonsense", code + "os.system" + advice, [0x80, 2] + Pickle.global("os", "system") + [0xFF]),
  pickle(
    "a name with control characters", code + #"a\u{1B}[2J.b"# + advice,
    Pickle.whole(Pickle.global("a\u{1B}[2J", "b"))),
  pickle(
    "thirty names", code + (10..<30).map { "m.n\($0)" }.joined(separator: ", ") + " and 10 more" + advice,
    Pickle.whole(Pickle.opcode("(") + (10..<40).flatMap { Pickle.global("m", "n\($0)") } + Pickle.opcode("t"))
  ),
  pickle(
    "the opcode INST", "at byte 49: opcode 0x69 (INST) is none that tensors need",
    Pickle.whole(Pickle.opcode("(") + text("ios\nsystem\n"))),
  pickle(
    "the opcode OBJ", "at byte 49: opcode 0x6F (OBJ) is none that tensors need",
    Pickle.whole(Pickle.opcode("(") + Pickle.opcode("o"))),
  pickle(
    "the opcode EXT1", "at byte 48: opcode 0x82 (EXT1) is none that tensors need", Pickle.whole([0x82, 1])),
  pickle("an unknown opcode", "at byte 48: opcode 0xFF is none that tensors need", Pickle.whole([0xFF])),
  pickle("protocol 6", "at byte 46: a pickle of protocol 2 to 5 expected, 6 found", [0x80, 6, 0x4E, 0x2E]),
  pickle("protocol 0", "at byte 46: opcode 0x49 (INT) is none that tensors need", text("I1\n.")),
  pickle("empty pickle", "at byte 46: 1 bytes expected, 0 left", []),
  pickle("no end", "at byte 49: 1 bytes expected, 0 left", [0x80, 2, 0x4E]),
  pickle(
    "bytes after the end", "at byte 50: the pickle ends, but 3 bytes follow",
    Pickle.whole([0x4E]) + [1, 2, 3]),
  pickle(
    "two values at the end", "at byte 50: one value expected at the end, 2 found", Pickle.whole([0x4E, 0x4E])),
  pickle("no value at the end", "at byte 48: one value expected at the end, 0 found", Pickle.whole([])),
  pickle(
    "a mark at the end", "at byte 50: one value expected at the end, 1 found", Pickle.whole([0x4E, 0x28])),
  pickle(
    "a string of 4 GB", "at byte 48: a string of at most 16777216 bytes expected, 4294967295 found",
    [0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0xFF]),
  pickle(
    "a string of 2^64 - 1 bytes",
    "at byte 48: a string of at most 16777216 bytes expected, 18446744073709551615 found",
    [0x80, 4, 0x8D] + [UInt8](repeating: 0xFF, count: 8)),
  pickle("a string that is cut", "at byte 48: 5 bytes expected, 1 left", [0x80, 2, 0x58, 5, 0, 0, 0, 0x61]),
  pickle(
    "a string that is not UTF-8", "at byte 48: text that is not UTF-8",
    Pickle.whole([0x58, 1, 0, 0, 0, 0xFF])),
  pickle(
    "a name without end", "at byte 48: a string of at most 256 bytes expected, 257 found",
    Pickle.whole(text("c" + String(repeating: "x", count: 400)))),
  pickle(
    "a value that is not there", "at byte 48: value 7 is referred to before it is defined",
    Pickle.whole([0x68, 7])),
  pickle(
    "a tuple of nothing", "at byte 48: an opcode needs more values than there are", Pickle.whole([0x85])),
  pickle(
    "a tuple below a mark", "at byte 50: an opcode needs more values than there are",
    Pickle.whole([0x4E, 0x28, 0x85])),
  pickle("no mark", "at byte 48: an opcode needs a mark, but none is open", Pickle.whole([0x74])),
  pickle(
    "a key without a value", "at byte 51: a dict's key without a value",
    Pickle.whole([0x7D, 0x28, 0x4E, 0x75])),
  pickle(
    "members of a list", "at byte 51: what members are set in: a dict expected, a list found",
    Pickle.whole([0x5D, 0x4E, 0x4E, 0x73])),
  pickle(
    "items of a dict", "at byte 50: what is appended to: a list expected, a dict found",
    Pickle.whole([0x7D, 0x4E, 0x61])),
  pickle(
    "attributes of a number", "at byte 51: an object with attributes: a dict expected, an int found",
    Pickle.whole([0x4B, 1, 0x4E, 0x62])),
  pickle(
    "a call of a string", "at byte 51: what is called: a global expected, a string found",
    Pickle.whole([0x55, 0, 0x29, 0x52])),
  pickle(
    "a call of a type", "at byte 64: what is called: a function or a class expected, torch.float32 found",
    Pickle.whole(Pickle.global("torch", "float32") + [0x29, 0x52])),
  pickle("lists 300 deep", "at byte 447: more than 100 containers in each other", nested(300)),
  pickle(
    "a list in itself, often", "at byte 350: more than 100 containers in each other",
    Pickle.whole([0x5D, 0x71, 0] + (0..<200).flatMap { _ in [0x68, 0, 0x61] as [UInt8] })),
]

private func value(_ name: String, _ message: String, _ value: [UInt8]) -> Hostile {
  Hostile(name, Archive(of: value), message)
}

private func tensor(_ name: String, _ message: String, _ tensor: [UInt8]) -> Hostile {
  value(name, message, Pickle.dict(("a", tensor)))
}

private func rebuild(_ arguments: [UInt8]...) -> [UInt8] {
  Pickle.global("torch._utils", "_rebuild_tensor_v2") + Pickle.opcode("(") + arguments.joined()
    + Pickle.opcode("t")
    + Pickle.opcode("R")
}

private let tensors: [Hostile] = [
  value("a number", "a dict of tensors expected, an int found", Pickle.int(3)),
  value("a tensor alone", "a dict of tensors expected, a tensor found", Pickle.tensor()),
  value(
    "a list of tensors", "a dict of tensors expected, a list found",
    Pickle.opcode("]") + Pickle.tensor() + Pickle.opcode("a")),
  value(
    "no tensors", "no dict of tensors found; the keys are \"epoch\", \"optimizer\"",
    Pickle.dict(("optimizer", Pickle.dict(("step", Pickle.tensor()))), ("epoch", Pickle.int(1)))),
  value("no keys", "no dict of tensors found; the keys are ", Pickle.opcode("}")),
  value(
    "wrapped without end", "no dict of tensors found; the keys are \"model\"",
    Pickle.opcode("}") + [0x71, 0] + Pickle.text("model") + [0x68, 0] + Pickle.opcode("s")),
  value(
    "a name twice", "tensor \"a\" is listed twice",
    Pickle.dict(("a", Pickle.tensor()), ("a", Pickle.tensor()))),
  value(
    "a name twice, once composed and once decomposed", "tensor \"\u{E9}\" is listed twice",
    Pickle.dict(("\u{E9}", Pickle.tensor()), ("e\u{301}", Pickle.tensor()))),
  tensor("a negative extent", "tensor \"a\": shape [-2, 3] is out of range", Pickle.tensor([-2, 3])),
  tensor(
    "extents whose product overflows", "tensor \"a\": shape [4294967296, 4294967296] is out of range",
    Pickle.tensor([1 << 32, 1 << 32])),
  tensor(
    "extents whose product overflows behind a zero",
    "tensor \"a\": shape [0, 9223372036854775807] is out of range", Pickle.tensor([0, .max])),
  tensor(
    "too many elements",
    "tensor \"a\": shape [7] with strides [1] from element 0 reaches out of its storage of 6 elements",
    Pickle.tensor([7], strides: [1])),
  tensor(
    "a stride too wide",
    "tensor \"a\": shape [2, 3] with strides [4, 1] from element 0 reaches out of its storage of 6 elements",
    Pickle.tensor(strides: [4, 1])),
  tensor(
    "a stride that overflows",
    "tensor \"a\": shape [3, 3] with strides [9223372036854775807, 1] from element 0 reaches out of its storage of 6 elements",
    Pickle.tensor([3, 3], strides: [.max, 1])),
  tensor(
    "strides whose sum overflows",
    "tensor \"a\": shape [2, 2] with strides [9223372036854775807, 9223372036854775807] from element 0 reaches out of its storage of 6 elements",
    Pickle.tensor([2, 2], strides: [.max, .max])),
  tensor(
    "a negative stride", "tensor \"a\": strides [-3, 1] do not fit shape [2, 3]",
    Pickle.tensor(strides: [-3, 1])),
  tensor(
    "a stride too few", "tensor \"a\": strides [1] do not fit shape [2, 3]", Pickle.tensor(strides: [1])),
  tensor(
    "an offset too far",
    "tensor \"a\": shape [2, 3] with strides [3, 1] from element 1 reaches out of its storage of 6 elements",
    Pickle.tensor(offset: 1)),
  tensor(
    "a negative offset",
    "tensor \"a\": shape [2, 3] with strides [3, 1] from element -1 reaches out of its storage of 6 elements",
    Pickle.tensor(offset: -1)),
  tensor(
    "an offset at the end of Int",
    "tensor \"a\": shape [1] with strides [1] from element 9223372036854775807 reaches out of its storage of 6 elements",
    Pickle.tensor([1], strides: [1], offset: .max)),
  tensor(
    "strides of zero that make a petabyte",
    "tensor \"a\": tensors that are not contiguous take more than the file's 448 bytes",
    Pickle.tensor([1 << 40, 1 << 10], strides: [0, 0])),
  tensor(
    "strides of zero that make two elements too many",
    "tensor \"a\": tensors that are not contiguous take more than the file's 448 bytes",
    Pickle.tensor([171, 1], strides: [0, 1])),
  tensor(
    "a count that lies", "tensor \"a\": storage \"0\" of 7 float32 elements expected, 24 bytes found",
    Pickle.tensor(storage: Pickle.storage(count: 7))),
  tensor(
    "a negative count", "tensor \"a\": storage \"0\" of -6 float32 elements expected, 24 bytes found",
    Pickle.tensor(storage: Pickle.storage(count: -6))),
  tensor(
    "a count that overflows",
    "tensor \"a\": storage \"0\" of 4611686018427387910 float32 elements expected, 24 bytes found",
    Pickle.tensor(storage: Pickle.storage(count: 1 << 62 | 6))),
  tensor(
    "a type that lies", "tensor \"a\": storage \"0\" of 6 float64 elements expected, 24 bytes found",
    Pickle.tensor(storage: Pickle.storage("DoubleStorage", count: 6))),
  tensor(
    "a storage that is not there", "tensor \"a\": its storage \"1\" is missing",
    Pickle.tensor(storage: Pickle.storage(key: "1", count: 6))),
  tensor(
    "a storage outside the folder", "tensor \"a\": its storage \"../data.pkl\" is missing",
    Pickle.tensor(storage: Pickle.storage(key: "../data.pkl", count: 6))),
  tensor(
    "65 axes", "at byte 1493: more than 64 axes",
    Pickle.tensor([Int](repeating: 1, count: 65), strides: [Int](repeating: 1, count: 65))),
  tensor(
    "an extent of text", "at byte 182: a tensor's size: integers expected, a string found",
    rebuild(
      Pickle.storage(count: 6), Pickle.int(0), Pickle.tuple(Pickle.text("2")), Pickle.integers([1]),
      [0x89, 0x4E])),
  tensor(
    "a size that is no tuple", "at byte 184: a tensor's size: a tuple expected, an int found",
    rebuild(Pickle.storage(count: 6), Pickle.int(0), Pickle.int(6), Pickle.integers([1]), [0x89, 0x4E])),
  tensor(
    "an offset of text", "at byte 177: a tensor's offset: an int expected, None found",
    rebuild(Pickle.storage(count: 6), [0x4E], Pickle.integers([6]), Pickle.integers([1]), [0x89, 0x4E])),
  tensor(
    "no storage", "at byte 128: a tensor's storage: a storage expected, None found",
    rebuild([0x4E], Pickle.int(0), Pickle.integers([6]), Pickle.integers([1]), [0x89, 0x4E])),
  tensor(
    "too few arguments", "at byte 150: _rebuild_tensor cannot take 1 arguments",
    rebuild(Pickle.storage(count: 6))),
  tensor(
    "a storage of a list", "at byte 57: a persistent identifier: a tuple expected, a list found",
    Pickle.opcode("]") + Pickle.opcode("Q")),
  tensor(
    "a storage of a module",
    "at byte 70: a persistent identifier: (\"storage\", class, key, location, count) expected, (a string, None) found",
    Pickle.tuple(Pickle.text("module"), [0x4E]) + Pickle.opcode("Q")),
  tensor(
    "a storage of no class", "at byte 102: a storage: a storage's class expected, torch.float32 found",
    Pickle.tuple(
      Pickle.text("storage"), Pickle.global("torch", "float32"), Pickle.text("0"), [0x4E], Pickle.int(6))
      + Pickle.opcode("Q")),
  tensor(
    "a storage whose key is no text", "at byte 102: a storage's key: a string expected, None found",
    Pickle.tuple(
      Pickle.text("storage"), Pickle.global("torch", "FloatStorage"), [0x4E], [0x4E], Pickle.int(6))
      + Pickle.opcode("Q")),
  tensor(
    "a storage of no count", "at byte 98: a storage's count: an int expected, None found",
    Pickle.tuple(
      Pickle.text("storage"), Pickle.global("torch", "FloatStorage"), Pickle.text("0"), [0x4E], [0x4E])
      + Pickle.opcode("Q")),
  tensor(
    "a view of a storage", "at byte 108: a storage: no view of another storage expected, a tuple found",
    Pickle.tuple(
      Pickle.text("storage"), Pickle.global("torch", "FloatStorage"), Pickle.text("0"), [0x4E], Pickle.int(6),
      Pickle.opcode(")")) + Pickle.opcode("Q")),
  tensor(
    "a parameter of nothing", "at byte 91: _rebuild_parameter cannot take 0 arguments",
    Pickle.call(Pickle.global("torch._utils", "_rebuild_parameter"))),
  tensor(
    "a tensor of a class without its arguments", "at byte 96: _rebuild_from_type_v2 cannot take 1 arguments",
    Pickle.call(Pickle.global("torch._tensor", "_rebuild_from_type_v2"), [0x4E])),
  value(
    "an OrderedDict of a dict", "at byte 76: OrderedDict: a list of pairs expected, a dict found",
    Pickle.call(Pickle.global("collections", "OrderedDict"), Pickle.opcode("}"))),
  value(
    "an OrderedDict of single values", "at byte 78: OrderedDict: a list of pairs expected, a list of None found",
    Pickle.call(Pickle.global("collections", "OrderedDict"), Pickle.opcode("]") + [0x4E] + Pickle.opcode("a"))),
  value(
    "arguments in a list", "at byte 74: arguments: a tuple expected, a list found",
    Pickle.global("collections", "OrderedDict") + Pickle.opcode("]") + Pickle.opcode("R")),
  value(
    "bytes of a number", "at byte 76: _codecs.encode cannot take 1 arguments",
    Pickle.call(Pickle.global("_codecs", "encode"), Pickle.int(1))),
  value(
    "a size of a list", "at byte 63: torch.Size: a tuple expected, a list found",
    Pickle.call(Pickle.global("torch", "Size"), Pickle.opcode("]"))),
  value(
    "a global named by a number", "at byte 64: a global's name: a string expected, an int found",
    Pickle.int(1) + Pickle.text("a") + [0x93]),
  value(
    "a name of a kilobyte and more",
    "tensor \"" + String(repeating: "x", count: 200) + "…\": a name of at most 1024 bytes expected",
    Pickle.dict((String(repeating: "x", count: 1025), Pickle.tensor()))),
  tensor(
    "a storage's key of a kilobyte", "at byte 1147: a string of at most 256 bytes expected, 1000 found",
    Pickle.tensor(storage: Pickle.storage(key: String(repeating: "0", count: 1000), count: 6))),
  tensor(
    "metadata of many members", "at byte 224: more than 4 members of a tensor's metadata",
    rebuild(
      Pickle.storage(count: 6), Pickle.int(0), Pickle.integers([6]), Pickle.integers([1]), [0x89, 0x4E],
      Pickle.dict(("a", [0x4E]), ("b", [0x4E]), ("c", [0x4E]), ("d", [0x4E]), ("e", [0x4E])))),
]

private func old(_ name: String, _ message: String, _ bytes: [UInt8]) -> Hostile {
  Hostile(name, bytes, message)
}

private let legacyFiles: [Hostile] = [
  old(
    "another version", "at byte 15: protocol version: 1001 expected, 1002 found",
    legacy(sound, version: Pickle.int(1002))),
  old(
    "a version of text", "at byte 15: protocol version: 1001 expected, a dict found",
    legacy(sound, version: Pickle.opcode("}"))),
  old(
    "a big-endian machine", "numbers in byte order little expected, \"big\" found",
    legacy(sound, littleEndian: 0x89)),
  old(
    "no system information",
    "at byte 28: system information: a dict with little_endian expected, a dict found",
    legacy(sound, littleEndian: 0x4E)),
  old(
    "os.system", code + "os.system" + advice,
    legacy(Pickle.call(Pickle.global("os", "system"), Pickle.text("id")))),
  old(
    "keys that are no list", "at byte 243: storage keys: a list of strings expected, None found",
    legacy(sound, keys: [0x4E])),
  old(
    "keys that are no strings", "at byte 243: storage keys: a list of strings expected, a list found",
    legacy(sound, keys: [0x5D, 0x4E, 0x61])),
  old(
    "a key that nothing names", "at byte 254: storage keys: keys that the pickle names expected, \"1\" found",
    legacy(sound, keys: Pickle.opcode("]") + Pickle.text("1") + Pickle.opcode("a"))),
  old(
    "no keys", "bytes after the last storage: a file of 247 bytes expected, 279 found",
    legacy(sound, keys: Pickle.opcode("]"))),
  old(
    "a key twice", "storage \"0\" is listed twice",
    legacy(
      sound, keys: Pickle.opcode("]") + [0x28] + Pickle.text("0") + Pickle.text("0") + [0x65],
      storages: (0..<2).flatMap { _ in littleEndian(Int64(6)) + [UInt8](repeating: 0, count: 24) })),
  old(
    "a storage without its count", "at byte 254: storage \"0\": 8 bytes expected, 3 left",
    legacy(sound, storages: [1, 2, 3])),
  old(
    "another count", "at byte 254: elements of storage \"0\": 6 expected, 7 found",
    legacy(sound, storages: littleEndian(Int64(7)))),
  old(
    "a negative count", "at byte 254: elements of storage \"0\": 0 or more expected, -1 found",
    legacy(
      Pickle.dict(("a", Pickle.tensor(storage: Pickle.storage(count: -1)))), storages: littleEndian(Int64(-1))
    )),
  old(
    "a count that overflows", "at byte 262: storage \"0\": 18446744073709551615 bytes expected, 0 left",
    legacy(
      Pickle.dict(("a", Pickle.tensor(storage: Pickle.storage(count: .max)))),
      storages: littleEndian(Int64.max))),
  old(
    "a storage that is cut", "at byte 262: storage \"0\": 24 bytes expected, 23 left",
    Array(legacy(sound).dropLast())),
  old(
    "bytes after the last storage", "bytes after the last storage: a file of 286 bytes expected, 287 found",
    legacy(sound) + [0]),
  old(
    "no keys' pickle", "at byte 243: 1 bytes expected, 0 left",
    Array(legacy(sound, keys: [], storages: []).dropLast(3))),
]

/// Files that are long. The fuzzer leaves them out.
private let bulky: [Hostile] = [
  pickle(
    "marks a million deep", "at byte 148: more than 100 marks open",
    Pickle.whole([UInt8](repeating: 0x28, count: 1_000_000))),
  pickle(
    "tuples a million deep", "at byte 148: more than 100 containers in each other",
    Pickle.whole([0x29] + [UInt8](repeating: 0x85, count: 1_000_000))),
  pickle(
    "a stack of a million", "at byte 1048624: more than 1048576 values on the stack",
    Pickle.whole([UInt8](repeating: 0x4E, count: 1_100_000))),
  pickle(
    "objects without end", "at byte 2097200: more than 1048576 objects",
    Pickle.whole((0..<1_100_000).flatMap { _ in [0x5D, 0x30] as [UInt8] })),
  pickle(
    "a memo without end", "at byte 1048625: more than 1048576 memo entries",
    Pickle.whole([0x4E] + [UInt8](repeating: 0x94, count: 1_100_000))),
  pickle(
    "opcodes without end", "at byte 8388654: more than 8388608 opcodes",
    Pickle.whole((0..<4_200_000).flatMap { _ in [0x4E, 0x30] as [UInt8] })),
  pickle(
    "a class's name of a megabyte", "at byte 1048636: a string of at most 256 bytes expected, 1048576 found",
    Pickle.whole(Pickle.text("os") + Pickle.text(String(repeating: "x", count: 1 << 20)) + [0x93])),
  pickle(
    "names without end",
    code + (1000..<1020).map { "m.\($0)" }.joined(separator: ", ") + " and 1005 more" + advice,
    Pickle.whole((1000..<9000).flatMap { Pickle.global("m", "\($0)") })),
  pickle(
    "an OrderedDict of the same pairs, often", "at byte 900110: more than 4194304 items",
    Pickle.whole(
      Pickle.global("collections", "OrderedDict") + [0x71, 0, 0x5D, 0x28]
        + (0..<300_000).flatMap { _ in [0x4E, 0x4E, 0x86] as [UInt8] } + [0x65, 0x85, 0x71, 1]
        + (0..<20).flatMap { _ in [0x68, 0, 0x68, 1, 0x52] as [UInt8] })),
  value(
    "131,073 names of one tensor", "at most 131072 tensors expected, 131073 found",
    Pickle.tensor() + [0x71, 0, 0x30, 0x7D, 0x28]
      + (0..<131_073).flatMap { Pickle.text("t\($0)") + [0x68, 0] } + [0x75]),
]
