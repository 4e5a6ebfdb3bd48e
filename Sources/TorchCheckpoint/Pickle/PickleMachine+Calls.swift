extension PickleMachine {
  mutating func global(module: String, name: String) throws(PickleFault) -> PickleValue {
    let length = max(module.utf8.count, name.utf8.count)
    guard length <= PickleLimits.name else {
      throw .lengthOutOfRange(limit: PickleLimits.name, found: UInt64(length))
    }
    let global = PickleGlobal(module: module, name: name)
    if global == .refused {
      refused.insert(module + "." + name)
      guard refused.count <= PickleLimits.refused else {
        throw .tooMany(what: "names that are not known", limit: PickleLimits.refused)
      }
    }
    return .global(global)
  }

  /// What a name on the list makes of its arguments.
  mutating func call(_ callee: PickleValue, _ arguments: PickleValue) throws(PickleFault) -> PickleValue {
    guard case .global(let global) = callee else {
      // What an unknown name made may be called again.
      if case .opaque = callee { return callee }
      throw .wrongKind(what: "what is called", expected: "a global", found: callee.kind)
    }
    guard case .tuple(let place) = arguments else {
      throw .wrongKind(what: "arguments", expected: "a tuple", found: arguments.kind)
    }
    let arguments = heap.items(place)
    switch global {
    case .opaque, .refused: return .opaque(global.name)
    case .orderedDict: return try orderedDict(arguments)
    case .encode:
      guard case .string? = arguments.first else {
        throw .argumentCount(function: "_codecs.encode", found: arguments.count)
      }
      return .bytes
    case .size:
      guard arguments.count == 1 else { throw .argumentCount(function: "torch.Size", found: arguments.count) }
      guard case .tuple = arguments[0] else {
        throw .wrongKind(what: "torch.Size", expected: "a tuple", found: arguments[0].kind)
      }
      return arguments[0]
    case .storage, .type:
      throw .wrongKind(what: "what is called", expected: "a function or a class", found: global.name)
    case .rebuildTensor, .rebuildParameter, .rebuildFromType: return try rebuild(global, arguments)
    }
  }

  /// An empty one, or one of a list of pairs, as Python 2 wrote them.
  private mutating func orderedDict(_ arguments: [PickleValue]) throws(PickleFault) -> PickleValue {
    guard let pairs = arguments.first else { return .dict(try container([])) }
    guard arguments.count == 1, case .list(let list) = pairs else {
      throw .wrongKind(what: "OrderedDict", expected: "a list of pairs", found: pairs.kind)
    }
    var members: [PickleValue] = []
    for pair in heap.items(list) {
      switch pair {
      case .list(let place) where heap.items(place).count == 2,
        .tuple(let place) where heap.items(place).count == 2:
        members += heap.items(place)
      default:
        throw .wrongKind(what: "OrderedDict", expected: "a list of pairs", found: "a list of \(pair.kind)")
      }
    }
    return .dict(try container(members))
  }
}
