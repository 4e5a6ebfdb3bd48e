import Glibc
import Kernels
import Testing

/// Floats whose last one is followed by a page that cannot be touched, and whose first one is preceded by
/// values that ``isIntact`` looks after.
final class Floats: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  private let base: UnsafeMutableRawPointer
  private let mapped: Int
  private static let mark: Float = -12345.5

  init(count: Int) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let usable = (count * 4 + 256 + page - 1) / page * page
    mapped = usable + page
    base = mmap(nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    mprotect(base + usable, page, PROT_NONE)
    self.count = count
    pointer = (base + usable - count * 4).bindMemory(to: Float.self, capacity: count)
    for i in 1...64 { (pointer - i).pointee = Self.mark }
  }

  /// Uniform in -scale ..< scale, the same for the same seed.
  convenience init(random count: Int, seed: UInt64, scale: Float = 1) {
    self.init(count: count)
    var random = SplitMix(state: seed)
    for i in 0..<count { pointer[i] = random.next() * scale }
  }

  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    for (i, value) in values.enumerated() { pointer[i] = value }
  }

  /// A copy, for what a kernel changes in place.
  var copy: Floats { Floats(values) }

  var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  var isIntact: Bool { (1...64).allSatisfy { (pointer - $0).pointee == Self.mark } }

  subscript(i: Int) -> Double { Double(pointer[i]) }

  deinit { munmap(base, mapped) }
}

struct SplitMix {
  var state: UInt64

  mutating func nextBits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in -1 ..< 1.
  mutating func next() -> Float { Float(nextBits() >> 40) / Float(1 << 23) - 1 }
}

/// Half the distance between 1 and the next Float: the largest relative error of one rounding.
let roundoff = Double(Float.ulpOfOne) / 2

/// The first index where |actual - expected| exceeds the tolerance, as a sentence; nil where there is none.
func mismatch(_ actual: Floats, _ expected: [Double], within tolerance: (Int) -> Double) -> String? {
  guard actual.isIntact else { return "values before the result were overwritten" }
  for i in 0..<expected.count where !(abs(actual[i] - expected[i]) <= tolerance(i)) {
    return "[\(i)] is \(actual[i]), not \(expected[i]) within \(tolerance(i))"
  }
  return nil
}

/// The bits, so that NaN equals itself and -0 differs from 0.
func bits(_ floats: some Collection<Float>) -> [UInt32] { floats.map(\.bitPattern) }
