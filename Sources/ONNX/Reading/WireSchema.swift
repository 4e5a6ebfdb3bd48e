/// Which fields of a message are read, and what they hold: the tables behind the scanner.
///
/// Numbers are those of schemas/onnx.proto. A field that is not listed is skipped.
enum WireMessage: String {
  case model = "Model"
  case operatorSet = "OperatorSet"
  case entry = "Entry"
  case graph = "Graph"
  case node = "Node"
  case attribute = "Attribute"
  case tensor = "Tensor"
  case sparseTensor = "SparseTensor"
  case valueInfo = "ValueInfo"
  case type = "Type"
  case tensorType = "TensorType"
  case tensorShape = "TensorShape"
  case extent = "Extent"
  case function = "Function"

  enum Field {
    case message(WireMessage)
    case text
    /// Any bytes, or a packed list.
    case bytes
    /// A tensor's bytes, replaced by a note of where they are.
    case rawData
    /// A number of any wire type; packed lists are `bytes` on the wire.
    case number
  }

  func field(_ number: Int) -> Field? {
    switch (self, number) {
    case (.model, 1): .number
    case (.model, 2), (.model, 3): .text
    case (.model, 7): .message(.graph)
    case (.model, 8): .message(.operatorSet)
    case (.model, 14): .message(.entry)
    case (.model, 25): .message(.function)

    case (.operatorSet, 1): .text
    case (.operatorSet, 2): .number
    case (.entry, 1), (.entry, 2): .text

    case (.graph, 1): .message(.node)
    case (.graph, 2): .text
    case (.graph, 5): .message(.tensor)
    case (.graph, 11), (.graph, 12): .message(.valueInfo)
    case (.graph, 15): .message(.sparseTensor)

    case (.node, 1), (.node, 2), (.node, 3), (.node, 4), (.node, 7): .text
    case (.node, 5): .message(.attribute)

    case (.attribute, 1), (.attribute, 21): .text
    case (.attribute, 2), (.attribute, 3), (.attribute, 7), (.attribute, 8), (.attribute, 20): .number
    case (.attribute, 4), (.attribute, 9): .bytes
    case (.attribute, 5): .message(.tensor)
    case (.attribute, 6): .message(.graph)

    case (.tensor, 1), (.tensor, 2), (.tensor, 4), (.tensor, 5), (.tensor, 7), (.tensor, 10), (.tensor, 14): .number
    case (.tensor, 8): .text
    case (.tensor, 9): .rawData
    case (.tensor, 13): .message(.entry)
    case (.sparseTensor, 1): .message(.tensor)

    case (.valueInfo, 1): .text
    case (.valueInfo, 2): .message(.type)
    case (.type, 1): .message(.tensorType)
    case (.tensorType, 1): .number
    case (.tensorType, 2): .message(.tensorShape)
    case (.tensorShape, 1): .message(.extent)
    case (.extent, 1): .number
    case (.extent, 2): .text

    case (.function, 1), (.function, 4), (.function, 5), (.function, 10): .text
    case (.function, 7): .message(.node)
    case (.function, 9): .message(.operatorSet)
    default: nil
    }
  }
}
