import Tensors
import Testing

@Suite struct ShapeTests {
  @Test func countsElements() {
    #expect(([] as Shape).elementCount == 1)
    #expect(([7] as Shape).elementCount == 7)
    #expect(([3, 1, 197] as Shape).elementCount == 591)
    #expect(([3, 0, 5] as Shape).elementCount == 0)
  }

  @Test(arguments: [
    ([], []), ([7], [1]), ([2, 3, 4], [12, 4, 1]), ([2, 0, 4], [4, 4, 1]), ([5, 1, 1], [1, 1, 1]),
  ])
  func stridesAreRowMajor(_ extents: [Int], _ strides: [Int]) {
    #expect(Shape(extents).strides == strides)
  }

  @Test(arguments: [
    [-1], [2, -3], [0, -1], [Int.max], [1 << 60], [1 << 30, 1 << 30], [0, Int.max], [Int.max, 0], [Int.min],
    [3, 5, 1 << 57],
  ])
  func extentsOutOfRangeAreRefused(_ extents: [Int]) {
    #expect(Shape(checking: extents) == nil)
  }

  /// The greatest count has a byte count, at eight bytes an element, that still fits in `Int`.
  @Test func theGreatestCountIsAccepted() throws {
    let greatest = Int.max / 8
    let shape = try #require(Shape(checking: [greatest]))
    #expect(!shape.elementCount.multipliedReportingOverflow(by: 8).overflow)
    #expect(Shape(checking: [greatest + 1]) == nil)
    #expect(Shape(checking: [0, greatest]) != nil)
  }

  @Test func describesAndComparesByExtents() {
    #expect("\([2, 3, 224] as Shape)" == "[2, 3, 224]")
    #expect("\([] as Shape)" == "[]")
    #expect([6] as Shape != [2, 3] as Shape)
    #expect(([2, 3, 4, 5] as Shape).count(1..<3) == 12)
    #expect(([2, 3, 4, 5] as Shape).count(2..<2) == 1)
  }

  @Test(arguments: ElementType.allCases)
  func shortNamesComeBack(_ type: ElementType) {
    #expect(ElementType(shortName: type.description) == type)
    #expect(ElementType(shortName: type.description.uppercased()) == nil)
  }
}
