import Tensors

extension FrameEncoder {
  /// A choice, and the frame that it made of a tensor's sample.
  struct Trial {
    let choice: Choice
    let frame: [UInt8]

    /// Whether only the exponents of floats became smaller.
    fileprivate var isNoise: Bool {
      choice.layout == .rotatedPlanes && choice.searches.dropLast().allSatisfy { $0 == .none }
    }
  }

  /// A tensor of no more bytes is its own sample; of a larger one, pieces from everywhere are.
  static let sampleLimit = 1 << 16
  private static let samplePieces = 4

  /// What makes the tensor's sample smallest, the earliest of equals.
  ///
  /// Where that is numbers of which only the exponents can be told, as the weights of trained layers are, nothing else
  /// is tried than what serves these best.
  func trial(of bytes: UnsafeRawBufferPointer, _ type: ElementType, level: Int) throws(DeltaError) -> Trial {
    let sample = bytes.count <= FrameEncoder.sampleLimit ? nil : FrameEncoder.sample(of: bytes, width: type.size)
    func content(_ layout: ElementLayout) -> UnsafeRawBufferPointer {
      guard let sample else { return laidOut(bytes, layout, width: type.size) }
      return sample.withUnsafeBytes { laidOut($0, layout, width: type.size) }
    }
    var trials: [Trial] = []
    for layout in ElementLayout.candidates(for: type, byteCount: bytes.count) {
      let trial = try trial(layout, content(layout), parts: layout.parts(width: type.size), level: level)
      trials.append(trial)
      if trial.isNoise { break }
    }
    return trials.dropFirst().reduce(trials[0]) { $1.frame.count < $0.frame.count ? $1 : $0 }
  }

  private static func sample(of bytes: UnsafeRawBufferPointer, width: Int) -> [UInt8] {
    pieces(samplePieces, of: bytes, size: sampleLimit / samplePieces, width: width).flatMap { $0 }
  }

  /// Pieces of whole elements from the start of `bytes` to their end, in equal distances.
  private static func pieces(
    _ count: Int, of bytes: UnsafeRawBufferPointer, size: Int, width: Int
  ) -> [UnsafeRawBufferPointer] {
    let size = min(size, bytes.count) / width * width
    let last = (bytes.count - size) / width
    return (0..<count).map { piece in
      let start = last * piece / (count - 1) * width
      return UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
    }
  }

  /// Whether pieces of a part are as noise is.
  static func hasEvenPieces(_ part: UnsafeRawBufferPointer) -> Bool {
    pieces(16, of: part, size: 1 << 10, width: 1).allSatisfy(isEvenlySpread)
  }

  private func trial(
    _ layout: ElementLayout, _ content: UnsafeRawBufferPointer, parts: Int, level: Int
  ) throws(DeltaError) -> Trial {
    let size = content.count / parts
    var searches: [Search] = []
    var frame: [UInt8] = []
    for part in 0..<parts {
      let bytes = UnsafeRawBufferPointer(rebasing: content[part * size..<(part + 1) * size])
      let followsNoise = part > 0 && searches.allSatisfy { $0 == .none }
      let isExponent = layout == .rotatedPlanes && part == parts - 1
      var best: (search: Search, frame: [UInt8])?
      for search in candidates(for: bytes, followsNoise: followsNoise, isExponent: isExponent, level: level) {
        let frame = try compress(bytes, search, of: layout)
        if frame.count < best?.frame.count ?? size { best = (search, frame) }
      }
      searches.append(best?.search ?? .none)
      if let best { frame += best.frame } else { frame += try compress(bytes, .none, of: layout) }
    }
    return Trial(choice: Choice(layout: layout, searches: searches), frame: frame)
  }

  /// Those that may make a part smaller. It follows noise where neither entropy coding nor matches made less of the
  /// parts before it.
  private func candidates(
    for part: UnsafeRawBufferPointer, followsNoise: Bool, isExponent: Bool, level: Int
  ) -> [Search] {
    if followsNoise && isExponent { return [.entropy] }
    guard FrameEncoder.isEvenlySpread(part) else { return [.entropy, .level(level)] }
    // Nothing for entropy coding, but they may repeat.
    return followsNoise ? [] : [.level(level)]
  }

  /// Whether entropy coding saves less than a sixtieth, as far as the frequencies of so many bytes can tell: their
  /// squares' sum is hardly more than that of bytes that are equally likely.
  private static func isEvenlySpread(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var counts = [Int](repeating: 0, count: 256)
    counts.withUnsafeMutableBufferPointer { for byte in bytes { $0[Int(byte)] &+= 1 } }
    let squares = counts.reduce(0) { $0 &+ $1 &* $1 }
    // Of n equally likely bytes n + n²/256 are expected, give or take n·√2/16.
    let n = Double(bytes.count)
    return Double(squares) <= n + 1.1 * n * n / 256 + 4 * n * 2.0.squareRoot() / 16
  }
}
