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

  /// The layouts that may serve elements of this type, the likeliest first.
  static func candidates(for type: ElementType) -> [ElementLayout] {
    switch type {
    case _ where type.size == 1: [.elements]
    case _ where type.isFloatingPoint: [.rotatedPlanes, .planes]
    default: [.elements, .planes]
    }
  }

  /// Both buffers hold the same whole number of elements of `width` bytes.
  package func apply(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, width: Int) {
    convert(source, target, width, cp_split)
  }

  /// What `apply` did, undone.
  package func undo(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, width: Int) {
    convert(source, target, width, cp_join)
  }

  private func convert(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _ width: Int,
    _ function: (UnsafePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, Int, Int, Bool) -> Void
  ) {
    guard self != .elements else { return target.copyMemory(from: source) }
    function(
      source.bindMemory(to: UInt8.self).baseAddress, target.bindMemory(to: UInt8.self).baseAddress,
      source.count / width, width, self == .rotatedPlanes)
  }
}
