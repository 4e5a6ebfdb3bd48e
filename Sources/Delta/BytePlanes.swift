/// Reorders elements to planes, byte k of every element together, and back.
enum BytePlanes {
  /// Both buffers hold the same whole number of elements of `width` bytes.
  static func split(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, width: Int) {
    let count = source.count / width
    for plane in 0..<width {
      for element in 0..<count { target[plane * count + element] = source[element * width + plane] }
    }
  }

  static func join(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, width: Int) {
    let count = source.count / width
    for plane in 0..<width {
      for element in 0..<count { target[element * width + plane] = source[plane * count + element] }
    }
  }
}
