internal import Tensors

/// The format before PyTorch 1.6, which `_use_new_zipfile_serialization=False` still writes.
///
///     magic number, protocol version, system information, object, storage keys      a pickle each
///     for each key: element count(i64, little-endian), elements                      to the end of the file
extension TorchContents {
  /// LONG1 of ten bytes, 0x1950a86a20f9469cfc6c.
  private static let magic: [UInt8] = [
    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]
  private static let protocolVersion = 1001

  init(legacy file: UnsafeRawBufferPointer, path: String) throws(TorchError) {
    var position = try TorchContents.endOfMagic(file, path: path)
    func next() throws(TorchError) -> (value: PickleValue, heap: PickleHeap) {
      var machine = PickleMachine(file, at: position)
      let value = try machine.value(path: path)
      position = machine.position
      return (value, machine.heap)
    }

    let versionOffset = position
    let version = try next().value
    guard case .int(TorchContents.protocolVersion) = version else {
      throw .legacyHeader(
        path: path, offset: versionOffset, what: "protocol version",
        expected: "\(TorchContents.protocolVersion)",
        found: version.text ?? version.kind)
    }
    let systemOffset = position
    let system = try next()
    guard case .dict(let place) = system.value,
      case .bool(let isLittle)? = system.heap.members(place).last(where: { $0.key == "little_endian" })?.value
    else {
      throw .legacyHeader(
        path: path, offset: systemOffset, what: "system information", expected: "a dict with little_endian",
        found: system.value.kind)
    }
    guard isLittle else { throw .byteOrder(path: path, found: "big") }
    let object = try next()
    let keysOffset = position
    let list = try next()
    var keys: [String] = []
    if case .list(let place) = list.value {
      for item in list.heap.items(place) { if case .string(let key) = item { keys.append(key) } }
      if keys.count != list.heap.items(place).count { keys = [] }
    }
    guard case .list(let place) = list.value, keys.count == list.heap.items(place).count else {
      throw .legacyHeader(
        path: path, offset: keysOffset, what: "storage keys", expected: "a list of strings",
        found: list.value.kind)
    }
    let storages = try TorchContents.storages(file, at: position, keys, object.heap.storages, path: path)
    self.init(root: object.value, heap: object.heap, storages: storages)
  }

  /// The byte after the first pickle, which holds the magic number.
  private static func endOfMagic(_ file: UnsafeRawBufferPointer, path: String) throws(TorchError) -> Int {
    var reader = ByteReader(file, at: 2)
    if file.count > 2, file[2] == 0x95 { _ = reader.read(9) }
    guard let number = reader.read(magic.count), number.elementsEqual(magic),
      reader.read(UInt8.self) == UInt8(ascii: ".")
    else { throw .otherPickle(path: path) }
    return reader.position
  }

  private static func storages(
    _ file: UnsafeRawBufferPointer, at position: Int, _ keys: [String], _ named: [PickleHeap.Storage],
    path: String
  ) throws(TorchError) -> [String: Range<Int>] {
    let known = Dictionary(named.map { ($0.key, $0) }) { first, _ in first }
    var reader = ByteReader(file, at: position)
    var storages: [String: Range<Int>] = [:]
    for key in keys {
      let offset = reader.position
      guard let storage = known[key] else {
        throw .legacyHeader(
          path: path, offset: offset, what: "storage keys", expected: "keys that the pickle names",
          found: printable(key))
      }
      guard let count = reader.read(Int64.self) else {
        throw .storageCut(path: path, storage: key, offset: offset, expected: 8, found: reader.remaining)
      }
      guard count >= 0, count == storage.count else {
        throw .legacyHeader(
          path: path, offset: offset, what: "elements of storage \(printable(key))",
          expected: count < 0 ? "0 or more" : "\(storage.count)", found: "\(count)")
      }
      let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
      guard !overflow, size <= reader.remaining else {
        throw .storageCut(
          path: path, storage: key, offset: reader.position, expected: overflow ? .max : UInt64(size),
          found: reader.remaining)
      }
      let start = reader.position
      _ = reader.read(size)
      guard storages.updateValue(start..<start + size, forKey: key) == nil else {
        throw .storageTwice(path: path, storage: key)
      }
    }
    guard reader.remaining == 0 else {
      throw .bytesLeft(path: path, expected: reader.position, found: file.count)
    }
    return storages
  }
}
