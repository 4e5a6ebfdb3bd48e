public import CProtobufC

/// What messages point to while they are packed; valid while this object lives.
public final class MessageMemory {
  @usableFromInline var blocks: [UnsafeMutableRawPointer] = []

  public init() {}

  deinit { for block in blocks { block.deallocate() } }

  /// For elements that need no deinitialisation.
  @inlinable public func array<T>(_ elements: [T]) -> (UnsafeMutablePointer<T>, Int) {
    let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(elements.count, 1))
    for (position, element) in elements.enumerated() { (pointer + position).initialize(to: element) }
    blocks.append(UnsafeMutableRawPointer(pointer))
    return (pointer, elements.count)
  }

  @inlinable public func message<T>(_ message: T) -> UnsafeMutablePointer<T> { array([message]).0 }

  public func text(_ text: String) -> UnsafeMutablePointer<CChar> { array(Array(text.utf8CString)).0 }

  public func data(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    let (data, count) = array(bytes)
    return ProtobufCBinaryData(len: count, data: data)
  }
}
