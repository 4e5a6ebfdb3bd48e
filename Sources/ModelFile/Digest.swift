import Crypto
public import Tensors

/// A SHA-256 digest.
public struct Digest: Hashable, Sendable {
  /// 32 bytes.
  public let bytes: [UInt8]

  public static let size = 32
  static let zero = Digest(unchecked: [UInt8](repeating: 0, count: size))

  /// Nil where there are not exactly 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Digest.size else { return nil }
    self.bytes = bytes
  }

  private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  init(hashing content: UnsafeRawBufferPointer) {
    var hash = SHA256()
    hash.update(bufferPointer: content)
    bytes = Array(hash.finalize())
  }

  /// Of the tensor's row-major bytes; type and shape are not part of it.
  public init(of tensor: Tensor) { self = tensor.withBytes { Digest(hashing: $0) } }
}

extension Digest: CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public var description: String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
