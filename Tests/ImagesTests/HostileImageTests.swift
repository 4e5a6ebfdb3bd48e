import Foundation
import Images
import Testing

@Suite struct HostileImageTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var bytes: [UInt8]
    var message: String

    init(_ name: String, _ bytes: [UInt8], _ message: String) {
      testDescription = name
      self.bytes = bytes
      self.message = message
    }

    init(_ name: String, _ text: String, _ message: String) { self.init(name, Array(text.utf8), message) }
  }

  static let jpeg = (try? bytes(of: "decoding/ycc-420.jpg")) ?? []
  static let progressive = (try? bytes(of: "decoding/progressive-420.jpg")) ?? []
  static let png = (try? bytes(of: "decoding/rgb-8.png")) ?? []
  static let palette = (try? bytes(of: "decoding/palette-8.png")) ?? []

  static let notImages = [
    Case("empty", [], "image: the file is empty"),
    Case(
      "LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n",
      "image: not an image: it is a Git LFS pointer, whose content was not fetched"),
    Case(
      "HTML", "\n <!DOCTYPE html><html><body>404</body></html>", "image: not an image: it is an HTML page"),
    Case("HTML without a doctype", "<html>", "image: not an image: it is an HTML page"),
    Case("SVG", "<svg xmlns=''/>", "image: not an image: it is an XML document"),
    Case("JSON", "{\"error\": \"rate limited\"}", "image: not an image: it is JSON text"),
    Case("PDF", "%PDF-1.7", "image: not an image: it is a PDF document"),
    Case("ZIP", [0x50, 0x4B, 3, 4, 0, 0], "image: not an image: it is a ZIP archive"),
    Case("zeros", [UInt8](repeating: 0, count: 99), beginning("00 00 00 00 00 00 00 00")),
    Case("one byte", [7], beginning("07")),
    Case("almost JPEG", [0xFF, 0xD8, 0xFE, 0], beginning("ff d8 fe 00")),
    Case("WebP", "RIFF\u{1}\u{0}\u{0}\u{0}WEBPVP8 ", unsupported("WebP")),
    Case("GIF", "GIF89a\u{1}\u{0}", unsupported("GIF")),
    Case("BMP", "BM\u{1}\u{0}", unsupported("BMP")),
    Case("TIFF", [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8], unsupported("TIFF")),
    Case("AVIF", "\u{0}\u{0}\u{0}\u{1C}ftypavif\u{0}", unsupported("AVIF")),
    Case("HEIF", "\u{0}\u{0}\u{0}\u{1C}ftypheic\u{0}", unsupported("HEIF")),
    Case("JPEG XL", [0xFF, 0x0A, 0], unsupported("JPEG XL")),
  ]

  static let jpegs = [
    Case("JPEG's first byte", [0xFF], truncated("JPEG")),
    Case("JPEG's signature", [0xFF, 0xD8, 0xFF], truncated("JPEG")),
    Case("JPEG cut in its tables", Array(jpeg.prefix(120)), truncated("JPEG")),
    Case("JPEG cut in its scan", Array(jpeg.prefix(jpeg.count - 40)), truncated("JPEG")),
    Case("progressive JPEG cut in its first scan", Array(progressive.prefix(700)), truncated("JPEG")),
    Case("progressive JPEG without its end", Array(progressive.dropLast(2)), truncated("JPEG")),
    Case(
      "JPEG 65000 x 65000", frame(height: 65000, width: 65000),
      "image: 65000 x 65000 pixels are more than the limit of 89478485 pixels"),
    Case(
      "JPEG 65501 x 1", frame(height: 1, width: 65501),
      corrupt("JPEG", "Maximum supported image dimension is 65500 pixels")),
    Case(
      "JPEG of no height", frame(height: 0, width: 37), "image: the JPEG header states 37 x 0 pixels"),
    Case(
      "JPEG taller than its data", frame(height: 2000, width: 37), truncated("JPEG")),
    Case(
      "JPEG of 12 bits", patched(jpeg, after: [0xFF, 0xC0], offset: 2, with: [12]),
      corrupt("JPEG", "Unsupported JPEG data precision 12")),
    Case(
      "JPEG of two components", twoComponents, corrupt("JPEG", "2 components")),
    Case(
      "JPEG without an image", [0xFF, 0xD8, 0xFF, 0xD9],
      corrupt("JPEG", "JPEG datastream contains no image")),
    Case(
      "JPEG with a segment of length 1", [0xFF, 0xD8, 0xFF, 0xDB, 0, 1, 0],
      corrupt("JPEG", "Bogus marker length")),
    Case(
      "JPEG with an undefined table", patched(jpeg, after: [0xFF, 0xC0], offset: 10, with: [3]),
      corrupt("JPEG", "Quantization table 0x03 was not defined")),
    Case("JPEG with endless scans", manyScans, corrupt("JPEG", "more than 500 scans")),
  ]

  static let pngs = [
    Case("PNG's first byte", [0x89], truncated("PNG")),
    Case("PNG's signature", Array(png.prefix(8)), truncated("PNG")),
    Case("PNG cut in its header", Array(png.prefix(20)), truncated("PNG")),
    Case("PNG cut after its header", Array(png.prefix(33)), truncated("PNG")),
    Case("PNG cut in its data", Array(png.prefix(png.count / 2)), truncated("PNG")),
    Case(
      "PNG 65000 x 65000", header(width: 65000, height: 65000),
      "image: 65000 x 65000 pixels are more than the limit of 89478485 pixels"),
    Case(
      "PNG as large as the format allows", header(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF),
      "image: 2147483647 x 2147483647 pixels are more than the limit of 89478485 pixels"),
    Case(
      "PNG larger than the format allows", header(width: 0xFFFF_FFFF, height: 1),
      corrupt("PNG", "PNG unsigned integer out of range")),
    Case("PNG of no width", header(width: 0, height: 9), "image: the PNG header states 0 x 9 pixels"),
    Case(
      "PNG taller than its data", header(width: 37, height: 9000), corrupt("PNG", "Not enough image data")),
    Case(
      "PNG with a wrong checksum", patched(png, after: Array("IHDR".utf8), offset: 13, with: [1, 2, 3, 4]),
      corrupt("PNG", "IHDR: CRC error")),
    Case(
      "PNG with damaged data", patched(png, after: Array("IDAT".utf8), offset: 60, with: [0, 1, 2, 3]),
      corrupt("PNG", "IDAT: CRC error")),
    Case(
      "PNG of an unknown kind", header(width: 4, height: 4, depth: 3, color: 2),
      corrupt("PNG", "Invalid IHDR data")),
    Case(
      "PNG palette without colours",
      patched(palette, after: Array("PLTE".utf8), offset: -4, with: Array("puTe".utf8)),
      corrupt("PNG", "IDAT: Missing PLTE before IDAT")),
    Case(
      "PNG beginning with its data", Array(png.prefix(8)) + Array(png.dropFirst(33)),
      corrupt("PNG", "IDAT: Missing IHDR before IDAT")),
  ]

  @Test(arguments: notImages + jpegs + pngs) func isRefused(_ each: Case) {
    #expect(refusal { () throws(ImageError) in try RGBImage(decoding: each.bytes) } == each.message)
  }

  /// Whatever a cut leaves: an error, or (past the last row) the image. Never anything else.
  @Test(arguments: ["ycc-420.jpg", "cmyk.jpg", "rgb-8-interlaced.png", "palette-4-alpha.png", "exif-6.png"])
  func everyCutIsRefusedOrWhole(name: String) throws {
    let whole = try bytes(of: "decoding/\(name)")
    let image = try RGBImage(decoding: whole)
    var refusals = 0
    for count in 0..<whole.count {
      guard let cut = try? RGBImage(decoding: Array(whole.prefix(count))) else {
        refusals += 1
        continue
      }
      #expect(cut.pixels.count == image.pixels.count)
    }
    #expect(refusals > whole.count / 2)
  }

  /// What follows whole pixels only adds metadata.
  @Test(arguments: [
    [0, 0, 0, 30] + Array("tEXtcut".utf8), [0x75, 0, 0, 0] + Array("eXIfII*".utf8), Array("no chunk, and no end".utf8),
  ])
  func whatIsDamagedBehindThePixelsIsPassedOver(tail: [UInt8]) throws {
    let whole = try bytes(of: "decoding/exif-6.png")
    let end = 12
    let upright = try RGBImage(decoding: Array(whole.dropLast(end)))
    #expect(try RGBImage(decoding: Array(whole.dropLast(end)) + tail).pixels == upright.pixels)
  }

  /// Every byte of a small file set to other values: no outcome but an error or an image.
  @Test(arguments: [
    "exif-6.jpg", "exif-split.jpg", "progressive-420.jpg", "tiny-3x2-interlaced.png", "raw-profile.png",
  ])
  func everyChangedByteIsRefusedOrDecoded(name: String) throws {
    let limits = ImageLimits(pixels: 1 << 20)
    let whole = try bytes(of: "decoding/\(name)")
    for index in whole.indices {
      for value in [0, 0xFF, whole[index] ^ 1, whole[index] ^ 0x80] {
        var changed = whole
        changed[index] = value
        let image = try? RGBImage(decoding: changed, limits: limits)
        #expect(image.map { $0.pixels.count == 3 * $0.width * $0.height } ?? true)
      }
    }
  }

  @Test func limitsAreTheCallersAndExact() throws {
    let area = 37 * 29
    #expect(throws: Never.self) { try RGBImage(decoding: Self.png, limits: ImageLimits(pixels: area)) }
    #expect(
      refusal { () throws(ImageError) in
        try RGBImage(decoding: Self.png, limits: ImageLimits(pixels: area - 1))
      } == "image: 37 x 29 pixels are more than the limit of 1072 pixels")
  }

  @Test func messagesNameTheFile() {
    let folder = fixture("decoding")
    #expect(
      refusal { () throws(ImageError) in try RGBImage(path: folder) } == "\(folder): not a regular file")
    #expect(
      refusal { () throws(ImageError) in try RGBImage(path: "\(folder)/none.jpg") }
        == "\(folder)/none.jpg: no such file")
    let cases = fixture("resizing/cases.json")
    #expect(
      refusal { () throws(ImageError) in try RGBImage(path: cases) }
        == "\(cases): not an image: it is JSON text")
  }

  private static func beginning(_ list: String) -> String {
    "image: not an image: it begins with the bytes \(list)"
  }
  private static func unsupported(_ name: String) -> String {
    "image: \(name) images are not supported, only JPEG and PNG"
  }
  private static func truncated(_ format: String) -> String {
    "image: the \(format) data ends before the image does"
  }
  private static func corrupt(_ format: String, _ reason: String) -> String {
    "image: the \(format) data is damaged: \(reason)"
  }

  /// `bytes` with others `offset` bytes after the first place of `mark`.
  private static func patched(
    _ bytes: [UInt8], after mark: [UInt8], offset: Int, with others: [UInt8]
  ) -> [UInt8] {
    guard let place = bytes.firstRange(of: mark) else { return [] }
    var result = bytes
    let start = place.upperBound + offset
    result.replaceSubrange(start..<start + others.count, with: others)
    return result
  }

  /// The JPEG file with another size in its frame header.
  private static func frame(height: Int, width: Int) -> [UInt8] {
    let size = [height >> 8, height & 255, width >> 8, width & 255].map(UInt8.init)
    return patched(jpeg, after: [0xFF, 0xC0], offset: 3, with: size)
  }

  /// A frame of two components, and no more than what a decoder reads before it knows the components.
  private static var twoComponents: [UInt8] {
    [0xFF, 0xD8, 0xFF, 0xC0, 0, 14, 8, 0, 8, 0, 8, 2, 1, 0x11, 0, 2, 0x11, 0]
      + [0xFF, 0xDA, 0, 10, 2, 1, 0, 2, 0, 0, 63, 0, 0xFF, 0xD9]
  }

  /// A progressive file whose last scan is said 600 times more.
  private static var manyScans: [UInt8] {
    var starts: [Int] = []
    for index in progressive.indices.dropLast() {
      if progressive[index] == 0xFF, progressive[index + 1] == 0xDA { starts.append(index) }
    }
    guard let last = starts.last else { return [] }
    let scan = Array(progressive[last..<progressive.count - 2])
    return Array(progressive.dropLast(2)) + Array(repeatElement(scan, count: 600).joined()) + [0xFF, 0xD9]
  }

  /// The PNG file with another header, its checksum right.
  private static func header(width: UInt32, height: UInt32, depth: UInt8 = 8, color: UInt8 = 2) -> [UInt8] {
    var chunk = Array("IHDR".utf8)
    for number in [width, height] { chunk += withUnsafeBytes(of: number.bigEndian, Array.init) }
    chunk += [depth, color, 0, 0, 0]
    let sum = withUnsafeBytes(of: checksum(chunk).bigEndian, Array.init)
    return Array(png.prefix(12)) + chunk + sum + Array(png.dropFirst(33))
  }

  /// The CRC-32 of PNG.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }
}
