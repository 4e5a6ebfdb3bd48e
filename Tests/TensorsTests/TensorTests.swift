import Tensors
import Testing

@Suite struct TensorTests {
  private let storage = Storage(count: 10) { bytes in
    for position in bytes.indices { bytes[position] = UInt8(position) }
  }

  @Test(arguments: [
    (0, true), (1, true), (2, true), (3, false), (10, false), (11, false), (-1, false),
    (Int.max, false), (Int.min, false),
  ])
  func aTensorLiesWithinItsStorage(_ offset: Int, _ fits: Bool) {
    #expect((Tensor(type: .float32, shape: [2], storage: storage, offset: offset) != nil) == fits)
  }

  @Test func anEmptyTensorMayStandAtTheEnd() {
    #expect(Tensor(type: .float32, shape: [0], storage: storage, offset: 10) != nil)
    #expect(Tensor(type: .float32, shape: Shape([Int.max / 8]), storage: storage, offset: 0) == nil)
  }

  @Test func bytesAreReadWhereTheyLie() throws {
    let tensor = try #require(Tensor(type: .int16, shape: [2, 2], storage: storage, offset: 1))
    #expect(tensor.scalars(Int16.self) == [0x0201, 0x0403, 0x0605, 0x0807])
    #expect(tensor.scalars(UInt8.self) == nil)
    #expect(tensor.withView { $0.number(at: 3) } == 0x0807)
    let reshaped = try #require(tensor.reshaped([4]))
    #expect(reshaped.storage === tensor.storage && reshaped.offset == 1)
    #expect(tensor.reshaped([3]) == nil)
  }

  @Test func ownMemoryIsAligned() {
    for count in [1, 15, 197] {
      let tensor = Tensor([Float](repeating: 1, count: count), shape: Shape([count]))
      #expect(tensor.withBytes { UInt(bitPattern: $0.baseAddress) % UInt(Storage.alignment) } == 0)
    }
  }
}
