import CImages
import Tensors

/// Decodes one PNG file; of an animated one, the default image.
final class PNGDecoder {
  private let decoder: OpaquePointer
  let size: ImageSize
  private let path: String?

  init(_ bytes: UnsafeRawBufferPointer, path: String?) throws(ImageError) {
    var status = CI_OK
    var error = ci_error()
    var width: UInt32 = 0
    var height: UInt32 = 0
    // The library names no size when it refuses an empty image.
    if let size = bytes.pngHeaderSize, size.width == 0 || size.height == 0 {
      throw .zeroSize(.png, size, path: path)
    }
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    guard let decoder = ci_png_open(start, bytes.count, &status, &width, &height, &error) else {
      throw .corrupt(.png, reason: "out of memory", path: path)
    }
    self.decoder = decoder
    self.path = path
    size = ImageSize(height: Int(height), width: Int(width))
    try status.check(.png, error, size, path: path)
  }

  deinit { ci_png_close(decoder) }

  func decode(_ limits: ImageLimits) throws(ImageError) -> (RGBImage, Orientation) {
    guard limits.allows(size) else { throw .tooManyPixels(size, limit: limits.pixels, path: path) }
    var error = ci_error()
    let (pixels, status) = decodedPixels(size) { ci_png_decode(decoder, $0, &error) }
    try status.check(.png, error, size, path: path)
    return (RGBImage(size: size, pixels: pixels), orientation)
  }

  /// The eXIf chunk, or where there is none the text that ImageMagick writes in its place.
  private var orientation: Orientation {
    var count = 0
    let profile: [UInt8]
    if let start = ci_png_exif(decoder, &count) {
      profile = Array(UnsafeBufferPointer(start: start, count: count))
    } else {
      profile = text("Raw profile type exif").rawProfile
    }
    let xmp = text("XML:com.adobe.xmp")
    return profile.withUnsafeBytes { exif in
      xmp.withUnsafeBytes { xmp in Orientation(exif: exif, xmp: xmp) }
    }
  }

  private func text(_ keyword: String) -> [UInt8] {
    var count = 0
    guard let start = ci_png_text(decoder, keyword, &count) else { return [] }
    return Array(UnsafeBufferPointer(start: start, count: count))
  }
}

extension UnsafeRawBufferPointer {
  /// Width and height in the IHDR chunk; nil where the file ends before them.
  fileprivate var pngHeaderSize: ImageSize? {
    var reader = ByteReader(self, at: 16)
    guard let width = reader.read(UInt32.self), let height = reader.read(UInt32.self) else { return nil }
    return ImageSize(height: Int(height.byteSwapped), width: Int(width.byteSwapped))
  }
}

extension [UInt8] {
  /// The bytes of a raw profile: an empty line, its name, its length, then hexadecimal digits in lines.
  /// Empty where anything else stands there.
  fileprivate var rawProfile: [UInt8] {
    let lines = split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropFirst(3)
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in lines.joined() {
      guard let digit = Character(Unicode.Scalar(character)).hexDigitValue.map(UInt8.init) else {
        if character == UInt8(ascii: " ") { continue }
        return []
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : []
  }
}
