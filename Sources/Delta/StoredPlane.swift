/// A plane of a frame: where its bytes lie, in runs with gaps of equal size between them.
package struct StoredPlane {
  private let start: UnsafePointer<UInt8>?
  private let gap: Int

  /// Bytes of a run: the most that a block of zstd holds.
  package static let run = 1 << 17
  private static let blockHeader = 3

  /// A plane whose bytes follow each other.
  init(_ bytes: UnsafeRawBufferPointer) {
    start = bytes.bindMemory(to: UInt8.self).baseAddress
    gap = 0
  }

  /// What a zstd frame of `count` bytes holds where it lies, if all its blocks are stored as they are and full, but for
  /// the last. Source: RFC 8878, sections 3.1.1.1 and 3.1.1.2.
  package init?(in frame: ZstdFrame, count: Int) {
    // A single segment, no checksum, no dictionary; bits 6 and 7 tell how many bytes state the content's size.
    guard frame.descriptor & 0x3F == 0x20, frame.contentSize == count else { return nil }
    let header = 5 + (1 << Int(frame.descriptor >> 6))
    let frame = frame.bytes
    let blocks = (count + StoredPlane.run - 1) / StoredPlane.run
    guard frame.count == header + StoredPlane.blockHeader * blocks + count else { return nil }
    for block in 0..<blocks {
      let size = min(StoredPlane.run, count - block * StoredPlane.run)
      // The last block's bit, two bits of its kind, then its size.
      let expected = size << 3 | (block == blocks - 1 ? 1 : 0)
      let position = header + block * (StoredPlane.blockHeader + StoredPlane.run)
      let found = (0..<StoredPlane.blockHeader).reduce(0) { $0 | Int(frame[position + $1]) << (8 * $1) }
      guard found == expected else { return nil }
    }
    start = frame.bindMemory(to: UInt8.self).baseAddress.map { $0 + header + StoredPlane.blockHeader }
    gap = StoredPlane.blockHeader
  }

  /// The bytes from `position` on, a multiple of `run`.
  func bytes(from position: Int) -> UnsafePointer<UInt8>? {
    start.map { $0 + position + position / StoredPlane.run * gap }
  }
}
