/// A value that a pickle describes. Nothing else can come of one, and no value is ever called.
///
/// Containers and tensors are places in a `PickleHeap`, so a value that a pickle mentions a thousand times is
/// held once, cycles cost nothing, and nothing is freed by recursion however deep it is nested.
enum PickleValue: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  /// Not kept: no tensor needs them.
  case bytes
  case list(Int)
  case tuple(Int)
  case dict(Int)
  case tensor(Int)
  /// A value of a known, harmless class, of which nothing is kept but the class's name.
  case opaque(String)

  // What tensors are made from.
  case storage(Int)
  case global(PickleGlobal)

  /// The kind for a message.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .int: "an int"
    case .float: "a float"
    case .string: "a string"
    case .bytes: "bytes"
    case .list: "a list"
    case .tuple: "a tuple"
    case .dict: "a dict"
    case .tensor: "a tensor"
    case .opaque(let name): name
    case .storage: "a storage"
    case .global(let global): global.name
    }
  }

  /// A scalar as text, as `metadata` gives it; nil for everything else.
  var text: String? {
    switch self {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .float(let value): String(value)
    case .string(let value): value
    default: nil
    }
  }
}

/// Where the contents of a pickle's containers, storages and tensors are kept.
struct PickleHeap: Sendable {
  struct Container: Sendable {
    /// A list's or a tuple's items; a dict's keys and values in turn.
    var items: [PickleValue]
    /// How deep its items nested when they were put in.
    var depth: Int
  }

  /// A storage as a persistent identifier names it; nothing about it is checked yet.
  struct Storage: Hashable, Sendable {
    let key: String
    let type: TorchType
    let count: Int
  }

  /// A tensor as its arguments describe it; nothing about it is checked yet but the arguments' kinds.
  struct Tensor: Sendable {
    let type: TorchType
    /// Places in `storages`, and of two tuples.
    let storage, sizes, strides: Int
    /// In elements.
    let offset: Int
    /// Whether values are the storage's under a change of sign or conjugation.
    let isTransformed: Bool
  }

  var containers: [Container] = []
  var storages: [Storage] = []
  var tensors: [Tensor] = []

  func depth(of value: PickleValue) -> Int {
    switch value {
    case .list(let place), .tuple(let place), .dict(let place): containers[place].depth
    default: 0
    }
  }

  func items(_ place: Int) -> [PickleValue] { containers[place].items }

  /// The members of a dict under text keys, in its order.
  func members(_ place: Int) -> [(key: String, value: PickleValue)] {
    let items = containers[place].items
    return stride(from: 0, to: items.count - 1, by: 2).compactMap { index in
      if case .string(let key) = items[index] { (key, items[index + 1]) } else { nil }
    }
  }

  /// A tuple of integers; nil where it holds something else.
  func integers(_ place: Int) -> [Int]? {
    var numbers: [Int] = []
    for item in containers[place].items {
      guard case .int(let number) = item else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}
