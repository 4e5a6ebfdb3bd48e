internal import CProtobufC
internal import CSchemas

/// What scanning does with each field of each message: read from the descriptors of schemas/onnx.proto, so
/// that the scanner and the unpacker cannot disagree.
struct WireSchema: Sendable {
  enum Action: Hashable, Sendable {
    /// A number of this wire type; where it may be repeated, also many of them packed.
    case number(wireType: Int, isRepeated: Bool)
    /// Text without a zero byte; nil where it may be of any length.
    case text(limit: Int?)
    case bytes
    /// Bytes that stay in the file, a note of where they lie standing for them.
    case note
    /// A message, by its position in `messages`.
    case message(Int)
  }

  struct Field: Sendable {
    let name: String
    let action: Action
    /// Whether a second one would have to be merged with the first, which no writer asks for.
    let isUnique: Bool
  }

  struct Message: Sendable {
    let name: String
    /// By field number; nil for fields that are dropped.
    fileprivate(set) var fields: [Field?] = []

    func field(_ number: Int) -> Field? { number < fields.count ? fields[number] : nil }
  }

  /// The first is ModelProto.
  let messages: [Message]

  static let onnx = WireSchema()

  private init() {
    var builder = Builder()
    withUnsafePointer(to: onnx__model_proto__descriptor) { _ = builder.position(of: $0) }
    messages = builder.messages
  }
}

/// Follows descriptors from message to message.
private struct Builder {
  var messages: [WireSchema.Message] = []
  private var positions: [String: Int] = [:]

  mutating func position(of descriptor: UnsafePointer<ProtobufCMessageDescriptor>) -> Int {
    let name = String(cString: descriptor.pointee.short_name)
    if let position = positions[name] { return position }
    let position = messages.count
    positions[name] = position
    messages.append(WireSchema.Message(name: name))
    let count = Int(descriptor.pointee.n_fields)
    let fields = UnsafeBufferPointer(start: descriptor.pointee.fields, count: count)
    for field in fields {
      let number = Int(field.id)
      let missing = number + 1 - messages[position].fields.count
      if missing > 0 { messages[position].fields += Array(repeating: nil, count: missing) }
      let rule = rule(for: field, of: name)
      messages[position].fields[number] = rule
    }
    return position
  }

  private mutating func rule(
    for field: ProtobufCFieldDescriptor, of message: String
  ) -> WireSchema.Field {
    let name = String(cString: field.name)
    let isRepeated = field.label == PROTOBUF_C_LABEL_REPEATED
    let action: WireSchema.Action
    switch field.type {
    case PROTOBUF_C_TYPE_STRING:
      // Metadata may be whole documents.
      action = .text(limit: message == "StringStringEntryProto" ? nil : ONNXLimits.nameBytes)
    case PROTOBUF_C_TYPE_BYTES: action = message == "TensorProto" ? .note : .bytes
    case PROTOBUF_C_TYPE_FLOAT: action = .number(wireType: WireReader.fixed32, isRepeated: isRepeated)
    case PROTOBUF_C_TYPE_MESSAGE:
      let descriptor = field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
      action = .message(position(of: descriptor))
    default: action = .number(wireType: WireReader.varint, isRepeated: isRepeated)
    }
    let isUnique: Bool
    switch action {
    case .message, .note: isUnique = !isRepeated
    case .number, .text, .bytes: isUnique = false
    }
    return WireSchema.Field(name: name, action: action, isUnique: isUnique)
  }
}
