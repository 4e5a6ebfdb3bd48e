/// Places buffers with known lifetimes in one block of memory, first fit.
struct Arena {
  /// Bytes; cache lines are not shared between buffers.
  private static let alignment = 64

  private struct Buffer {
    let offset: Int
    let end: Int
    let lastStep: Int
  }

  /// The most bytes that the block may have.
  private let limit: Int
  private var live: [Buffer] = []
  private(set) var size = 0

  init(limit: Int) { self.limit = min(limit, 1 << 62) }

  /// A place for `bytes` that nobody else holds from `step` to `lastStep`; throws where the block would be too large.
  ///
  /// Steps must be passed in ascending order.
  mutating func place(_ bytes: Int, from step: Int, to lastStep: Int) throws(RuntimeError) -> Int {
    live.removeAll { $0.lastStep < step }
    guard bytes <= limit else { throw .tooLarge(bytes: bytes) }
    let needed = (max(bytes, 1) + Arena.alignment - 1) / Arena.alignment * Arena.alignment
    var offset = 0
    for buffer in live.sorted(by: { $0.offset < $1.offset }) {
      if buffer.offset - offset >= needed { break }
      offset = max(offset, buffer.end)
    }
    // Both are at most 2^62 and a little.
    let (end, overflow) = offset.addingReportingOverflow(needed)
    guard !overflow, end <= limit else { throw .tooLarge(bytes: overflow ? .max : end) }
    live.append(Buffer(offset: offset, end: end, lastStep: lastStep))
    size = max(size, end)
    return offset
  }
}
