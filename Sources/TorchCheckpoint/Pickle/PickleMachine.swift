internal import Tensors

/// Reads one pickle of protocol 2 to 5 as data: a stack machine that builds values and calls nothing.
///
/// Source: the opcodes of CPython's Lib/pickletools.py. Of these it knows the ones that pickles of tensors,
/// containers and scalars are made of. There is no recursion, and every quantity has a limit
/// (`PickleLimits`).
struct PickleMachine {
  var heap = PickleHeap()
  /// Names that the pickle refers to and that are not on the list.
  var refused: Set<String> = []
  /// Where the last opcode began, and where the next one will.
  private(set) var opcodeOffset: Int
  var position: Int { reader.position }

  private var reader: ByteReader
  private var stack: [PickleValue] = []
  /// For each open mark, the stack's height below it.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// Of all containers together.
  private var itemCount = 0

  /// Reads at `position` of `bytes`, which must outlive the machine.
  init(_ bytes: UnsafeRawBufferPointer, at position: Int) {
    reader = ByteReader(bytes, at: position)
    opcodeOffset = position
  }

  /// Runs to the pickle's end and returns its value.
  mutating func run() throws(PickleFault) -> PickleValue {
    for _ in 0..<PickleLimits.opcodes {
      opcodeOffset = reader.position
      let opcode = try read(UInt8.self)
      if opcode == UInt8(ascii: ".") {
        guard stack.count == 1, marks.isEmpty else { throw .valuesLeft(count: stack.count) }
        return stack[0]
      }
      try execute(opcode)
    }
    throw .tooMany(what: "opcodes", limit: PickleLimits.opcodes)
  }

  private mutating func execute(_ opcode: UInt8) throws(PickleFault) {
    switch opcode {
    case 0x80:  // PROTO
      let version = Int(try read(UInt8.self))
      guard 2...5 ~= version else { throw .protocolVersion(found: version) }
    case 0x95: _ = try read(UInt64.self)  // FRAME: how writers buffered, of no meaning
    case UInt8(ascii: "("): try mark()
    case UInt8(ascii: "0"): try discard()
    case UInt8(ascii: "1"): _ = try itemsToMark()
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "J"): try push(.int(Int(try read(Int32.self))))
    case UInt8(ascii: "K"): try push(.int(Int(try read(UInt8.self))))
    case UInt8(ascii: "M"): try push(.int(Int(try read(UInt16.self))))
    case 0x8A: try push(longInteger(UInt64(try read(UInt8.self))))
    case 0x8B: try push(longInteger(UInt64(try read(UInt32.self))))
    case UInt8(ascii: "G"): try push(.float(Double(bitPattern: try read(UInt64.self).byteSwapped)))
    case 0x8C: try push(.string(text(UInt64(try read(UInt8.self)))))
    case UInt8(ascii: "X"), UInt8(ascii: "T"): try push(.string(text(UInt64(try read(UInt32.self)))))
    case 0x8D: try push(.string(text(try read(UInt64.self))))
    case UInt8(ascii: "U"): try push(.string(text(UInt64(try read(UInt8.self)))))
    case UInt8(ascii: "C"): try skipBytes(UInt64(try read(UInt8.self)))
    case UInt8(ascii: "B"): try skipBytes(UInt64(try read(UInt32.self)))
    case 0x8E, 0x96: try skipBytes(try read(UInt64.self))
    case UInt8(ascii: "q"): try memoize(Int(try read(UInt8.self)))
    case UInt8(ascii: "r"): try memoize(Int(try read(UInt32.self)))
    case 0x94: try memoize(memo.count)
    case UInt8(ascii: "h"): try recall(Int(try read(UInt8.self)))
    case UInt8(ascii: "j"): try recall(Int(try read(UInt32.self)))
    case UInt8(ascii: "c"): try push(global(module: line(), name: line()))
    default: try build(opcode)
    }
  }

  /// The opcodes that make values of values.
  private mutating func build(_ opcode: UInt8) throws(PickleFault) {
    switch opcode {
    case UInt8(ascii: "]"): try push(.list(container([])))
    case UInt8(ascii: "}"): try push(.dict(container([])))
    case UInt8(ascii: ")"): try push(.tuple(container([])))
    case UInt8(ascii: "t"): try push(.tuple(container(itemsToMark())))
    case 0x85, 0x86, 0x87: try push(.tuple(container(pop(Int(opcode) - 0x84))))
    case UInt8(ascii: "a"): try append(pop(1))
    case UInt8(ascii: "e"): try append(itemsToMark())
    case UInt8(ascii: "s"): try set(pop(2))
    case UInt8(ascii: "u"): try set(itemsToMark())
    case 0x8F: try push(.opaque("set"))
    case 0x90: _ = try itemsToMark()
    case 0x91:
      _ = try itemsToMark()
      try push(.opaque("frozenset"))
    case 0x93:  // STACK_GLOBAL
      let names = try pop(2)
      guard case .string(let module) = names[0], case .string(let name) = names[1] else {
        throw .wrongKind(what: "a global's name", expected: "a string", found: names[0].kind)
      }
      try push(global(module: module, name: name))
    case UInt8(ascii: "R"), 0x81:  // REDUCE; NEWOBJ, whose class makes the same of the same arguments
      let operands = try pop(2)
      try push(call(operands[0], operands[1]))
    case 0x92:  // NEWOBJ_EX
      let operands = try pop(3)
      try push(call(operands[0], operands[1]))
    case UInt8(ascii: "b"):  // BUILD: a dict's or an object's attributes, which no tensor has
      _ = try pop(1)
      guard let object = stack.last else { throw .stackTooShort }
      switch object {
      case .dict, .opaque, .tensor: return
      default: throw .wrongKind(what: "an object with attributes", expected: "a dict", found: object.kind)
      }
    case UInt8(ascii: "Q"): try push(storage(pop(1)[0]))
    default: throw .unknownOpcode(opcode)
    }
  }

  // MARK: Bytes

  private mutating func read<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws(PickleFault) -> T {
    guard let value = reader.read(T.self) else {
      throw .endsEarly(expected: MemoryLayout<T>.size, found: reader.remaining)
    }
    return value
  }

  private mutating func bytes(_ count: UInt64) throws(PickleFault) -> UnsafeRawBufferPointer {
    guard count <= UInt64(PickleLimits.string) else {
      throw .lengthOutOfRange(limit: PickleLimits.string, found: count)
    }
    guard let bytes = reader.read(Int(count)) else {
      throw .endsEarly(expected: Int(count), found: reader.remaining)
    }
    return bytes
  }

  private mutating func skipBytes(_ count: UInt64) throws(PickleFault) {
    _ = try bytes(count)
    try push(.bytes)
  }

  private mutating func text(_ count: UInt64) throws(PickleFault) -> String {
    guard let text = String(validating: try bytes(count), as: UTF8.self) else { throw .textNotUTF8 }
    return text
  }

  /// Text up to a line feed.
  private mutating func line() throws(PickleFault) -> String {
    let start = reader.position
    guard let end = reader.bytes[start...].prefix(PickleLimits.name).firstIndex(of: UInt8(ascii: "\n")) else {
      if reader.remaining < PickleLimits.name {
        throw .endsEarly(expected: reader.remaining + 1, found: reader.remaining)
      }
      throw .lengthOutOfRange(limit: PickleLimits.name, found: UInt64(PickleLimits.name) + 1)
    }
    let line = try text(UInt64(end - start))
    _ = try read(UInt8.self)
    return line
  }

  /// A little-endian two's complement number of any length; what does not fit in `Int` is carried unread.
  private mutating func longInteger(_ count: UInt64) throws(PickleFault) -> PickleValue {
    let digits = try bytes(count)
    guard digits.count <= 8 else { return .opaque("a long int") }
    guard let last = digits.last else { return .int(0) }
    var value = last >= 0x80 ? -1 : 0
    for digit in digits.reversed() { value = value << 8 | Int(digit) }
    return .int(value)
  }

  // MARK: Stack and memo

  private mutating func push(_ value: PickleValue) throws(PickleFault) {
    guard stack.count < PickleLimits.stack else {
      throw .tooMany(what: "values on the stack", limit: PickleLimits.stack)
    }
    stack.append(value)
  }

  private mutating func mark() throws(PickleFault) {
    guard marks.count < PickleLimits.nesting else {
      throw .tooMany(what: "marks open", limit: PickleLimits.nesting)
    }
    marks.append(stack.count)
  }

  private var floor: Int { marks.last ?? 0 }

  /// The topmost values, none from below the last mark.
  private mutating func pop(_ count: Int) throws(PickleFault) -> [PickleValue] {
    guard stack.count - floor >= count else { throw .stackTooShort }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func itemsToMark() throws(PickleFault) -> [PickleValue] {
    guard let height = marks.popLast() else { throw .noMark }
    defer { stack.removeLast(stack.count - height) }
    return Array(stack[height...])
  }

  /// POP takes a value, or a mark that nothing stands on.
  private mutating func discard() throws(PickleFault) {
    if let height = marks.last, height == stack.count {
      marks.removeLast()
    } else {
      _ = try pop(1)
    }
  }

  private mutating func memoize(_ index: Int) throws(PickleFault) {
    guard stack.count > floor, let value = stack.last else { throw .stackTooShort }
    guard memo.count < PickleLimits.memo || memo[index] != nil else {
      throw .tooMany(what: "memo entries", limit: PickleLimits.memo)
    }
    memo[index] = value
  }

  private mutating func recall(_ index: Int) throws(PickleFault) {
    guard let value = memo[index] else { throw .unknownMemo(index: index) }
    try push(value)
  }

  // MARK: Containers

  mutating func container(_ items: [PickleValue]) throws(PickleFault) -> Int {
    try countObject()
    heap.containers.append(PickleHeap.Container(items: [], depth: 1))
    let place = heap.containers.count - 1
    try add(items, to: place)
    return place
  }

  func countObject() throws(PickleFault) {
    guard heap.containers.count + heap.storages.count + heap.tensors.count < PickleLimits.objects else {
      throw .tooMany(what: "objects", limit: PickleLimits.objects)
    }
  }

  private mutating func add(_ items: [PickleValue], to place: Int) throws(PickleFault) {
    var depth = heap.containers[place].depth
    for item in items { depth = max(depth, 1 + heap.depth(of: item)) }
    // A container put into itself counts one more each time.
    guard depth <= PickleLimits.nesting else {
      throw .tooMany(what: "containers in each other", limit: PickleLimits.nesting)
    }
    itemCount += items.count
    guard itemCount <= PickleLimits.items else { throw .tooMany(what: "items", limit: PickleLimits.items) }
    heap.containers[place].items += items
    heap.containers[place].depth = depth
  }

  private mutating func append(_ items: [PickleValue]) throws(PickleFault) {
    guard stack.count > floor, let target = stack.last else { throw .stackTooShort }
    switch target {
    case .list(let place): try add(items, to: place)
    case .opaque: return
    default: throw .wrongKind(what: "what is appended to", expected: "a list", found: target.kind)
    }
  }

  private mutating func set(_ members: [PickleValue]) throws(PickleFault) {
    guard members.count % 2 == 0 else { throw .oddMembers }
    guard stack.count > floor, let target = stack.last else { throw .stackTooShort }
    switch target {
    case .dict(let place): try add(members, to: place)
    case .opaque: return
    default: throw .wrongKind(what: "what members are set in", expected: "a dict", found: target.kind)
    }
  }
}
