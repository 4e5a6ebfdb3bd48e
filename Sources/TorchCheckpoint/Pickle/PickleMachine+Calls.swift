extension PickleMachine {
  mutating func global(module: String, name: String) -> PickleValue {
    let global = PickleGlobal(module: module, name: name)
    if case .refused(let full) = global { refused.insert(full) }
    return .global(global)
  }

  /// What a name on the list makes of its arguments.
  mutating func call(_ callee: PickleValue, _ arguments: PickleValue) throws(PickleFault) -> PickleValue {
    guard case .global(let global) = callee else {
      // A class of a refused name may make what is called again.
      if case .opaque = callee { return callee }
      throw .wrongKind(what: "what is called", expected: "a global", found: callee.kind)
    }
    guard case .tuple(let place) = arguments else {
      throw .wrongKind(what: "arguments", expected: "a tuple", found: arguments.kind)
    }
    let arguments = heap.items(place)
    switch global {
    case .opaque(let name), .refused(let name): return .opaque(name)
    case .orderedDict: return try orderedDict(arguments)
    case .encode:
      guard case .string(let text)? = arguments.first else {
        throw .argumentCount(function: "_codecs.encode", found: arguments.count)
      }
      return .bytes(text.unicodeScalars.count)
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
      case .list(let place) where heap.items(place).count == 2, .tuple(let place) where heap.items(place).count == 2:
        members += heap.items(place)
      default: throw .wrongKind(what: "OrderedDict", expected: "a list of pairs", found: "a list of \(pair.kind)")
      }
    }
    return .dict(try container(members))
  }
}
