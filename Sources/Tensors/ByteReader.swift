/// Reads little-endian numbers and byte ranges from untrusted bytes; every access is checked.
public struct ByteReader {
  public let bytes: UnsafeRawBufferPointer
  public private(set) var position: Int

  public init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
    self.bytes = bytes
    self.position = max(0, min(position, bytes.count))
  }

  public var remaining: Int { bytes.count - position }

  /// The next `count` bytes; nil, and nothing consumed, where there are fewer.
  public mutating func read(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, count <= remaining else { return nil }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// The next little-endian integer; nil, and nothing consumed, where too few bytes are left.
  public mutating func read<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) -> T? {
    guard let range = read(MemoryLayout<T>.size) else { return nil }
    return T(littleEndian: range.loadUnaligned(as: T.self))
  }
}
