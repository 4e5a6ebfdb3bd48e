/// Owns a range of bytes that tensors look into: a mapped file, or memory of its own.
///
/// The bytes never change once a tensor was made from them, which is why this may cross threads.
public final class Storage: @unchecked Sendable {
  public let bytes: UnsafeRawBufferPointer
  private let owner: Owner

  private enum Owner {
    case allocation(UnsafeMutableRawPointer)
    case mapping(MappedFile)
  }

  /// Every allocation starts on this boundary, the width of a cache line and of the widest vector.
  public static let alignment = 64

  /// The whole of a mapped file, without a copy.
  public init(mapping file: MappedFile) {
    bytes = file.bytes
    owner = .mapping(file)
  }

  /// `count` bytes that `initialize` must fill.
  public init(count: Int, initialize: (UnsafeMutableRawBufferPointer) -> Void) {
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: Storage.alignment)
    initialize(UnsafeMutableRawBufferPointer(start: pointer, count: count))
    bytes = UnsafeRawBufferPointer(start: pointer, count: count)
    owner = .allocation(pointer)
  }

  /// Whether these bytes are a mapped file's, which may shrink.
  public var isMapped: Bool { if case .mapping = owner { true } else { false } }

  /// Tells the system that these bytes may leave memory until they are read again. Only what a mapped file
  /// holds can be brought back, so nothing happens to memory of its own.
  public func release(_ range: Range<Int>) {
    if case .mapping(let file) = owner { file.release(range) }
  }

  /// Throws where these bytes are a mapped file's and may no longer be what it held.
  public func validateStillWhole() throws(FileError) {
    if case .mapping(let file) = owner { try file.validateStillWhole() }
  }

  deinit {
    if case .allocation(let pointer) = owner { pointer.deallocate() }
  }
}
