import CZstd

/// A zstd frame of a stranger's file, of the standard's format: libzstd also reads frames of the formats before it.
package struct ZstdFrame {
  package let bytes: UnsafeRawBufferPointer

  private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// The frame that these bytes begin with; nil where there is none, or not the whole of it.
  package init?(startOf bytes: UnsafeRawBufferPointer) {
    guard bytes.starts(with: ZstdFrame.magic) else { return nil }
    let size = ZSTD_findFrameCompressedSize(bytes.baseAddress, bytes.count)
    guard ZSTD_isError(size) == 0, size > 5, size <= bytes.count else { return nil }
    self.bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(size))
  }

  /// The frame that these bytes are; nil where something follows it as well.
  init?(_ bytes: UnsafeRawBufferPointer) {
    self.init(startOf: bytes)
    guard self.bytes.count == bytes.count else { return nil }
  }

  /// The size of its content, as it states it.
  var contentSize: Int? {
    // Unknown sizes and errors are the two largest numbers.
    Int(exactly: ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count))
  }

  /// The descriptor after the magic number tells the form of all that is before the first block.
  var descriptor: UInt8 { bytes[4] }
  var hasChecksum: Bool { descriptor & 4 != 0 }

  /// Whether decoding keeps more than 16 MiB of what was decoded before. Without the single-segment bit a window
  /// descriptor follows, whose upper five bits are log2(size) - 10.
  var hasWideWindow: Bool { descriptor & 0x20 == 0 && bytes[5] >> 3 > 13 }
}
