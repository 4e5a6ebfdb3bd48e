import Crypto

/// A SHA-256 digest.
public struct Digest: Hashable, Sendable {
  /// 32 bytes.
  public let bytes: [UInt8]

  public static let size = 32

  /// Nil where there are not exactly 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Digest.size else { return nil }
    self.bytes = bytes
  }

  public init(hashing content: UnsafeRawBufferPointer) {
    var hash = SHA256()
    hash.update(bufferPointer: content)
    bytes = Array(hash.finalize())
  }

  /// Of the tensor's row-major bytes; type and shape are not part of it.
  public init(of tensor: Tensor) { self = tensor.withBytes { Digest(hashing: $0) } }
}

extension Digest: CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public var description: String { hexadecimal(bytes) }
}

/// Two lower-case digits a byte.
package func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

/// What tells a named tensor from every other without holding it.
public struct TensorFingerprint: Hashable, Sendable {
  public let name: String
  public let type: ElementType
  public let shape: Shape
  /// Of the row-major bytes.
  public let digest: Digest

  public init(name: String, type: ElementType, shape: Shape, digest: Digest) {
    self.name = name
    self.type = type
    self.shape = shape
    self.digest = digest
  }

  public init(name: String, _ tensor: Tensor) {
    self.init(name: name, type: tensor.type, shape: tensor.shape, digest: Digest(of: tensor))
  }
}

extension Digest {
  /// Of a whole set of tensors: one line `name⇥type⇥shape⇥digest` each, in the order of names.
  public init(of tensors: [TensorFingerprint]) {
    let lines = tensors.sorted { $0.name < $1.name }
      .map { "\($0.name)\t\($0.type)\t\($0.shape)\t\($0.digest)\n" }
    self = Array(lines.joined().utf8).withUnsafeBytes { Digest(hashing: $0) }
  }
}
