import Foundation
import Images
import Safetensors
import Testing

@Suite struct ResizeTests {
  struct Case: Decodable, CustomTestStringConvertible, Sendable {
    var source: String
    var result: String
    var filter: ResamplingFilter
    var width: Int
    var height: Int
    var box: [Double]?

    var testDescription: String { "\(source) to \(width)x\(height), \(filter), box \(box ?? [])" }
  }

  static let cases: [Case] =
    (try? JSONDecoder().decode([Case].self, from: Data(bytes(of: "resizing/cases.json")))) ?? []

  @Test(arguments: cases) func resizedBytesAreThoseOfPillow(_ each: Case) throws {
    let file = try SafetensorsFile(path: fixture("resizing/resized.safetensors"))
    let source = try RGBImage(each.source, of: file)
    let box = each.box.map { ImageBox(left: $0[0], top: $0[1], right: $0[2], bottom: $0[3]) }
    let result = try source.resized(
      to: ImageSize(height: each.height, width: each.width), filter: each.filter, box: box)
    #expect(result.difference(from: try RGBImage(each.result, of: file)) == Difference.none)
  }

  @Test func theCasesCoverManySizes() {
    let sizes = Set(Self.cases.map { "\($0.source) \($0.width) \($0.height)" })
    #expect(sizes.count >= 24)
    #expect(Set(Self.cases.map(\.filter)).count == ResamplingFilter.allCases.count)
  }

  static let image = RGBImage(width: 3, height: 2, pixels: [UInt8](1...18))

  @Test func theSameSizeIsTheSameImage() throws {
    let image = try #require(Self.image)
    #expect(try image.resized(to: image.size, filter: .bicubic) == image)
  }

  @Test(arguments: [(0, 5), (5, 0), (-1, 5), (10, 11), (Int.max, 2), (Int.max, Int.max)])
  func emptyAndOversizedResultsAreRefused(height: Int, width: Int) throws {
    let image = try #require(Self.image)
    let target = ImageSize(height: height, width: width)
    #expect(
      refusal { () throws(ImageError) in
        try image.resized(to: target, filter: .bilinear, limits: ImageLimits(pixels: 100))
      }
        == "3 x 2 pixels cannot become \(width) x \(height): no pixels, or more than the limit of 100 pixels")
  }

  @Test(arguments: [
    ImageBox(left: -0.5, top: 0, right: 3, bottom: 2), ImageBox(left: 0, top: 0, right: 3.5, bottom: 2),
    ImageBox(left: 0, top: -1, right: 3, bottom: 2), ImageBox(left: 0, top: 0, right: 3, bottom: 2.5),
    ImageBox(left: 2, top: 0, right: 2, bottom: 2), ImageBox(left: 0, top: 2, right: 3, bottom: 1),
    ImageBox(left: .nan, top: 0, right: 3, bottom: 2), ImageBox(left: 0, top: 0, right: .infinity, bottom: 2),
  ])
  func boxesThatAreEmptyOrLeaveTheImageAreRefused(box: ImageBox) throws {
    let image = try #require(Self.image)
    #expect(
      refusal { () throws(ImageError) in
        try image.resized(to: ImageSize(height: 4, width: 4), filter: .bicubic, box: box)
      }
        == "the box (\(box.left), \(box.top), \(box.right), \(box.bottom)) is empty or leaves the image of 3 x "
        + "2 pixels")
  }

  @Test func filtersHavePillowsNumbers() {
    #expect(
      (0...5).map { ResamplingFilter(pillowCode: $0) }
        == [.nearest, .lanczos, .bilinear, .bicubic, .box, .hamming])
    #expect(ResamplingFilter(pillowCode: 6) == nil)
    #expect(ResamplingFilter(pillowCode: -1) == nil)
  }
}
