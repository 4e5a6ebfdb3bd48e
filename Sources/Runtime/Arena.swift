/// Places buffers with known lifetimes in one block of memory, first fit.
struct Arena {
  /// Bytes; cache lines are not shared between buffers.
  private static let alignment = 64

  private struct Buffer {
    let offset: Int
    let end: Int
    let lastStep: Int
  }

  private var live: [Buffer] = []
  private(set) var size = 0

  /// A place for `bytes` that nobody else holds from `step` to `lastStep`.
  ///
  /// Steps must be passed in ascending order.
  mutating func place(_ bytes: Int, from step: Int, to lastStep: Int) -> Int {
    live.removeAll { $0.lastStep < step }
    let needed = (max(bytes, 1) + Arena.alignment - 1) / Arena.alignment * Arena.alignment
    var offset = 0
    for buffer in live.sorted(by: { $0.offset < $1.offset }) {
      if buffer.offset - offset >= needed { break }
      offset = max(offset, buffer.end)
    }
    live.append(Buffer(offset: offset, end: offset + needed, lastStep: lastStep))
    size = max(size, offset + needed)
    return offset
  }
}
