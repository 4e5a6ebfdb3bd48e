import Crypto
public import Tensors

/// A SHA-256 digest.
public struct ContentDigest: Hashable, Sendable {
  /// 32 bytes.
  public let bytes: [UInt8]

  public static let size = 32

  /// Nil where there are not exactly 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == ContentDigest.size else { return nil }
    self.bytes = bytes
  }

  public init(hashing content: UnsafeRawBufferPointer) {
    var hash = SHA256()
    hash.update(bufferPointer: content)
    bytes = Array(hash.finalize())
  }

  /// Of the tensor's row-major bytes; type and shape are not part of it.
  public init(of tensor: Tensor) {
    self = tensor.withBytes { ContentDigest(hashing: $0) }
  }

  /// Of a whole base: one line `name⇥type⇥shape⇥digest` a tensor, in the order of names.
  public init(of base: [BaseTensor]) {
    let lines = base.sorted { $0.name < $1.name }.map { "\($0.name)\t\($0.type)\t\($0.shape)\t\($0.digest)\n" }
    self = Array(lines.joined().utf8).withUnsafeBytes { ContentDigest(hashing: $0) }
  }
}

extension ContentDigest: CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public var description: String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
