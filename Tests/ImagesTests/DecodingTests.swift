import Images
import Safetensors
import Testing

@Suite struct DecodingTests {
  /// No tolerance: libjpeg-turbo's default transform is an integer one, and its fancy upsampling exact, so
  /// that the versions here and in Pillow agree.
  @Test(arguments: names(in: "decoding", endingWith: ".jpg", ".png"))
  func pixelsAreThoseOfPillow(name: String) throws {
    let decoded = try SafetensorsFile(path: fixture("decoding/decoded.safetensors"))
    let image = try RGBImage(path: fixture("decoding/\(name)"))
    let expected = try RGBImage(name, of: decoded)
    #expect(image.difference(from: expected) == Difference.none)
  }

  @Test func everyReferenceHasItsFile() throws {
    let decoded = try SafetensorsFile(path: fixture("decoding/decoded.safetensors"))
    #expect(names(in: "decoding", endingWith: ".jpg", ".png") == decoded.names.sorted())
    #expect(decoded.names.count >= 100)
  }

  /// Each of the eight orientations moves the corner pixels elsewhere; the references must show it.
  @Test func orientationsDiffer() throws {
    let images = try (1...8).map { try RGBImage(path: fixture("decoding/exif-\($0).png")) }
    #expect(Set(images).count == 8)
    #expect(images.map(\.width) == [13, 13, 13, 13, 7, 7, 7, 7])
  }

  @Test func theFormatIsReadFromTheBytes() throws {
    #expect(try RGBImage(path: fixture("decoding/named-png.png")).size == ImageSize(height: 29, width: 37))
    #expect(try RGBImage(path: fixture("decoding/named-jpeg.jpg")).size == ImageSize(height: 29, width: 37))
  }

  @Test func anImageNeedsAsManyBytesAsItsSizeStates() {
    #expect(
      RGBImage(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])?.size == ImageSize(height: 1, width: 2))
    #expect(RGBImage(width: 2, height: 1, pixels: [1, 2, 3]) == nil)
    #expect(RGBImage(width: 0, height: 1, pixels: []) == nil)
    #expect(RGBImage(width: -1, height: -1, pixels: [1, 2, 3]) == nil)
    #expect(RGBImage(width: .max, height: .max, pixels: []) == nil)
    #expect(RGBImage(width: .max, height: 1, pixels: []) == nil)
  }
}
