import CPlanes
import Tensors

/// How a frame's content holds a tensor's elements: no digit is lost, but some orders compress better.
public enum ElementLayout: CaseIterable, Hashable, Sendable {
  /// One element after the other.
  case elements
  /// Byte 0 of every element, then byte 1 of every element, and so on.
  case planes
  /// As `planes`, of elements rotated left by one bit: a float's sign, which nothing predicts, leaves the exponent's
  /// byte.
  case rotatedPlanes

  /// The layouts that may serve so many bytes of elements of this type, the likeliest first.
  static func candidates(for type: ElementType, byteCount: Int) -> [ElementLayout] {
    switch type {
    case _ where type.size == 1: [.elements]
    case _ where !type.isFloatingPoint: [.elements, .planes]
    // The frames of planes take more room than the exponents of few numbers leave.
    case _ where byteCount < 1024: [.elements, .rotatedPlanes]
    default: [.rotatedPlanes, .planes]
    }
  }

  /// The equal parts of what `apply` makes of elements of `width` bytes, which are compressed one by one.
  func parts(width: Int) -> Int { self == .elements ? 1 : width }

  /// Both buffers hold the same whole number of elements of `width` bytes.
  package func apply(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, width: Int) {
    guard self != .elements else { return target.copyMemory(from: source) }
    let count = source.count / width
    let start = target.bindMemory(to: UInt8.self).baseAddress
    let planes = (0..<width).map { plane in start.map { $0 + plane * count } }
    cp_split(source.bindMemory(to: UInt8.self).baseAddress, planes, count, width, self == .rotatedPlanes)
  }

  /// What `apply` did, undone.
  package func undo(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, width: Int) {
    guard self != .elements else { return target.copyMemory(from: source) }
    let count = source.count / width
    let start = source.bindMemory(to: UInt8.self).baseAddress
    join((0..<width).map { plane in start.map { $0 + plane * count } }, into: target, count: count)
  }

  /// Undoes planes that lie anywhere, `count` bytes of each.
  func join(_ planes: [UnsafePointer<UInt8>?], into target: UnsafeMutableRawBufferPointer, count: Int) {
    cp_join(planes, target.bindMemory(to: UInt8.self).baseAddress, count, planes.count, self == .rotatedPlanes)
  }
}
