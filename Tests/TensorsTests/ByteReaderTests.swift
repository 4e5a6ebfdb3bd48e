import Tensors
import Testing

@Suite struct ByteReaderTests {
  private let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0xFF]

  @Test func readsLittleEndianAtAnyAlignment() {
    bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      #expect(reader.read(UInt8.self) == 1)
      #expect(reader.read(UInt16.self) == 0x0302)
      #expect(reader.read(UInt32.self) == 0x0706_0504)
      #expect(reader.position == 7 && reader.remaining == 3)
      #expect(reader.read(Int16.self) == 0x0908)
      #expect(reader.read(Int8.self) == -1)
      #expect(reader.remaining == 0)
    }
  }

  @Test func whatIsNotThereIsNotConsumed() {
    bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes, at: 3)
      #expect(reader.read(UInt64.self) == nil)
      #expect(reader.read(8) == nil)
      #expect(reader.read(-1) == nil)
      #expect(reader.read(Int.max) == nil)
      #expect(reader.read(Int.min) == nil)
      #expect(reader.position == 3)
      #expect(reader.read(7).map { [UInt8]($0) } == [4, 5, 6, 7, 8, 9, 0xFF])
      #expect(reader.read(UInt8.self) == nil)
      #expect(reader.read(0)?.count == 0)
    }
  }

  @Test(arguments: [(Int.min, 0), (-1, 0), (0, 0), (10, 10), (11, 10), (Int.max, 10)])
  func aPositionIsBroughtIntoRange(_ position: Int, _ expected: Int) {
    bytes.withUnsafeBytes { bytes in
      #expect(ByteReader(bytes, at: position).position == expected)
    }
  }

  @Test func nothingCanBeReadFromNothing() {
    var reader = ByteReader(UnsafeRawBufferPointer(start: nil, count: 0))
    #expect(reader.read(UInt8.self) == nil)
    #expect(reader.read(0)?.count == 0)
    #expect(reader.remaining == 0)
  }
}
