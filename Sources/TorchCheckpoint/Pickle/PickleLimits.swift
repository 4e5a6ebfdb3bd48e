/// What a pickle may ask for before it is refused; the reader's memory and time are bounded by these.
///
/// A tensor takes about fifty opcodes, six objects, twenty items and nine memo entries, so these allow a
/// hundred thousand tensors. Lengths are bounded because a pickle can mention a long text as often as it
/// likes.
enum PickleLimits {
  static let opcodes = 1 << 23
  /// Values that wait on the stack.
  static let stack = 1 << 20
  /// Values that can be referred to again.
  static let memo = 1 << 20
  /// Lists, tuples, dicts, storages and tensors.
  static let objects = 1 << 20
  /// What containers hold, all together.
  static let items = 1 << 22
  /// Tensors of the dict that is read.
  static let tensors = 1 << 17
  /// Names that are not known, before the file is given up.
  static let refused = 1 << 10
  /// Containers in containers, and marks that are open at a time.
  static let nesting = 100
  /// Bytes of one string; settings are kept as text of some hundred kilobytes.
  static let string = 1 << 24
  /// Bytes of a module's or a class's name, and of a storage's key.
  static let name = 256
  /// Bytes of a tensor's name; longer keys of other values are not told.
  static let key = 1024
  /// Axes of a tensor, as PyTorch has it.
  static let rank = 64
}
