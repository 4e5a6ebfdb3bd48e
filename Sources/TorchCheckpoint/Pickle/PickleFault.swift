/// Why bytes are no pickle of tensors.
public enum PickleFault: Error, Hashable, Sendable {
  case endsEarly(expected: Int, found: Int)
  case unknownOpcode(UInt8)
  case protocolVersion(found: Int)
  /// `what` there are more than `limit` of.
  case tooMany(what: String, limit: Int)
  case lengthOutOfRange(limit: Int, found: UInt64)
  case textNotUTF8
  case stackTooShort
  case noMark
  case unknownMemo(index: Int)
  case oddMembers
  /// An operand or an argument; `found` says its kind.
  case wrongKind(what: String, expected: String, found: String)
  case argumentCount(function: String, found: Int)
  case valuesLeft(count: Int)
  case bytesLeft(count: Int)
}

extension PickleFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .endsEarly(let expected, let found): "\(expected) bytes expected, \(found) left"
    case .unknownOpcode(let opcode):
      "opcode 0x\(String(opcode, radix: 16, uppercase: true))"
        + (PickleFault.refusedOpcodes[opcode].map { " (\($0))" } ?? "") + " is none that tensors need"
    case .protocolVersion(let found): "a pickle of protocol 2 to 5 expected, \(found) found"
    case .tooMany(let what, let limit): "more than \(limit) \(what)"
    case .lengthOutOfRange(let limit, let found):
      "a string of at most \(limit) bytes expected, \(found) found"
    case .textNotUTF8: "text that is not UTF-8"
    case .stackTooShort: "an opcode needs more values than there are"
    case .noMark: "an opcode needs a mark, but none is open"
    case .unknownMemo(let index): "value \(index) is referred to before it is defined"
    case .oddMembers: "a dict's key without a value"
    case .wrongKind(let what, let expected, let found): "\(what): \(expected) expected, \(found) found"
    case .argumentCount(let function, let found): "\(function) cannot take \(found) arguments"
    case .valuesLeft(let count): "one value expected at the end, \(count) found"
    case .bytesLeft(let count): "the pickle ends, but \(count) bytes follow"
    }
  }

  /// Opcodes of the format that are refused: those that call what they name, and the text forms of protocol
  /// 0.
  private static let refusedOpcodes: [UInt8: String] = [
    0x69: "INST", 0x6F: "OBJ", 0x50: "PERSID", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x97: "NEXT_BUFFER",
    0x98: "READONLY_BUFFER", 0x49: "INT", 0x4C: "LONG", 0x46: "FLOAT", 0x53: "STRING", 0x56: "UNICODE",
    0x67: "GET", 0x70: "PUT", 0x6C: "LIST", 0x64: "DICT", 0x32: "DUP",
  ]
}
