extension PickleMachine {
  /// ("storage", class, key, location, count), and None where a legacy file could name a view.
  mutating func storage(_ identifier: PickleValue) throws(PickleFault) -> PickleValue {
    guard case .tuple(let place) = identifier else {
      throw .wrongKind(what: "a persistent identifier", expected: "a tuple", found: identifier.kind)
    }
    let parts = heap.items(place)
    guard parts.count == 5 || parts.count == 6, case .string("storage") = parts[0] else {
      throw .wrongKind(
        what: "a persistent identifier", expected: "(\"storage\", class, key, location, count)",
        found: "(" + parts.prefix(6).map(\.kind).joined(separator: ", ") + ")")
    }
    guard case .global(.storage(let type)) = parts[1] else {
      if case .global(.refused) = parts[1] { return .opaque(parts[1].kind) }
      throw .wrongKind(what: "a storage", expected: "a storage's class", found: parts[1].kind)
    }
    guard case .string(let key) = parts[2] else {
      throw .wrongKind(what: "a storage's key", expected: "a string", found: parts[2].kind)
    }
    guard key.utf8.count <= PickleLimits.name else {
      throw .lengthOutOfRange(limit: PickleLimits.name, found: UInt64(key.utf8.count))
    }
    guard case .int(let count) = parts[4] else {
      throw .wrongKind(what: "a storage's count", expected: "an int", found: parts[4].kind)
    }
    if parts.count == 6 {
      guard case .none = parts[5] else {
        throw .wrongKind(what: "a storage", expected: "no view of another storage", found: parts[5].kind)
      }
    }
    try countObject()
    heap.storages.append(PickleHeap.Storage(key: key, type: type, count: count))
    return .storage(heap.storages.count - 1)
  }

  mutating func rebuild(
    _ global: PickleGlobal, _ arguments: [PickleValue]
  ) throws(PickleFault) -> PickleValue {
    switch global {
    case .rebuildTensor(let form): return try tensor(form, arguments)
    case .rebuildParameter:
      guard 3...4 ~= arguments.count else {
        throw .argumentCount(function: "_rebuild_parameter", found: arguments.count)
      }
      return arguments[0]
    default:
      guard arguments.count == 4, case .global(.rebuildTensor(let form)) = arguments[0],
        case .tuple(let place) = arguments[2]
      else { throw .argumentCount(function: "_rebuild_from_type_v2", found: arguments.count) }
      return try tensor(form, heap.items(place))
    }
  }

  /// (storage, offset, size, stride) and then: nothing more; (requires_grad, hooks[, metadata]);
  /// (requires_grad, hooks, type[, metadata]); (quantiser, requires_grad, hooks).
  private mutating func tensor(
    _ form: PickleGlobal.Rebuilding, _ arguments: [PickleValue]
  ) throws(PickleFault) -> PickleValue {
    let counts =
      switch form {
      case .plain: 4...4
      case .second: 6...7
      case .third: 7...8
      case .quantised: 7...7
      }
    guard counts.contains(arguments.count) else {
      throw .argumentCount(function: "_rebuild_tensor", found: arguments.count)
    }
    guard case .storage(let storage) = arguments[0] else {
      if case .opaque = arguments[0] { return arguments[0] }
      throw .wrongKind(what: "a tensor's storage", expected: "a storage", found: arguments[0].kind)
    }
    guard case .int(let offset) = arguments[1] else {
      throw .wrongKind(what: "a tensor's offset", expected: "an int", found: arguments[1].kind)
    }
    let sizes = try extents(arguments[2], "a tensor's size")
    let strides = try extents(arguments[3], "a tensor's stride")
    var type = heap.storages[storage].type
    if form == .third {
      guard case .global(.type(let own)) = arguments[6] else {
        throw .wrongKind(what: "a tensor's type", expected: "a type", found: arguments[6].kind)
      }
      type = own
    }
    let metadata =
      form == .second ? arguments.dropFirst(6).first : form == .third ? arguments.dropFirst(7).first : nil
    try countObject()
    heap.tensors.append(
      PickleHeap.Tensor(
        type: type, storage: storage, sizes: sizes, strides: strides, offset: offset,
        isTransformed: try statesTransformation(metadata)))
    return .tensor(heap.tensors.count - 1)
  }

  /// The place of a tuple of integers, one an axis.
  private func extents(_ value: PickleValue, _ what: String) throws(PickleFault) -> Int {
    guard case .tuple(let place) = value else {
      throw .wrongKind(what: what, expected: "a tuple", found: value.kind)
    }
    let items = heap.items(place)
    guard items.count <= PickleLimits.rank else { throw .tooMany(what: "axes", limit: PickleLimits.rank) }
    for item in items {
      guard case .int = item else { throw .wrongKind(what: what, expected: "integers", found: item.kind) }
    }
    return place
  }

  /// Whether metadata says that values are conjugated or negated when they are read.
  private func statesTransformation(_ metadata: PickleValue?) throws(PickleFault) -> Bool {
    guard case .dict(let place)? = metadata else { return false }
    // It has a member for each of the two.
    guard heap.items(place).count <= 8 else {
      throw .tooMany(what: "members of a tensor's metadata", limit: 4)
    }
    return heap.members(place).contains { if case .bool(true) = $0.value { true } else { false } }
  }
}
