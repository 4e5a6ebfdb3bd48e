/// Why bytes are not the protobuf messages of an ONNX file, and where.
public struct WireFault: Error, Hashable, Sendable {
  public enum Problem: Hashable, Sendable {
    /// A tag, a length or a number that the message's end cuts.
    case endsEarly
    /// More than ten bytes, or more than 64 bits.
    case varintTooLong
    case fieldNumberOutOfRange(UInt64)
    /// Wire types 3 and 4 are groups, which ONNX does not use; 6 and 7 do not exist.
    case unknownWireType(Int)
    case wrongWireType(field: String, expected: Int, found: Int)
    /// A field that says it is longer than what is left of the message around it.
    case lengthPastEnd(expected: UInt64, found: Int)
    /// A field that may occur once, a second time.
    case repeatedField(String)
    case zeroByteInText(field: String)
    case textTooLong(field: String, limit: Int, found: Int)
  }

  public let problem: Problem
  /// The type of message that was being read: `NodeProto`.
  public let message: String
  /// Bytes from the start of the file.
  public let offset: Int
}

extension WireFault: CustomStringConvertible {
  public var description: String {
    let text =
      switch problem {
      case .endsEarly: "it ends within a field"
      case .varintTooLong: "a number of more than 64 bits"
      case .fieldNumberOutOfRange(let number): "field number \(number) does not exist"
      case .unknownWireType(let type): "wire type \(type) does not exist in ONNX files"
      case .wrongWireType(let field, let expected, let found):
        "\(field): wire type \(expected) expected, \(found) found"
      case .lengthPastEnd(let expected, let found):
        "a field of \(expected) bytes, where \(found) are left"
      case .repeatedField(let field): "\(field) occurs twice"
      case .zeroByteInText(let field): "\(field): text holds a zero byte"
      case .textTooLong(let field, let limit, let found):
        "\(field): text of at most \(limit) bytes expected, \(found) found"
      }
    return "\(message) at byte \(offset): \(text)"
  }
}
