import CImages
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A number for every pixel, as PNG files hold it: an index into a palette, or a grey value.
public struct LabelImage: Hashable, Sendable {
  public let size: ImageSize
  /// Row-major.
  public let labels: [UInt16]

  /// Decodes a PNG file of labels; throws where it is of colours or of another kind.
  public init(path: String, limits: ImageLimits = .standard) throws(ImageError) {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .unreadable(error) }
    defer { withExtendedLifetime(file) {} }
    let bytes = file.bytes
    guard try bytes.imageFormat(path: path) == .png else {
      throw .unsupportedFormat("JPEG, for labels,", path: path)
    }
    size = try PNGDecoder(bytes, path: path).size
    guard limits.allows(size) else { throw .tooManyPixels(size, limit: limits.pixels, path: path) }
    var error = ci_error()
    var status = CI_OK
    let count = size.height * size.width
    let (height, width) = (UInt32(size.height), UInt32(size.width))
    labels = [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
      let start = bytes.bindMemory(to: UInt8.self).baseAddress
      status = ci_png_labels(start, bytes.count, buffer.baseAddress, width, height, &error)
      initialized = status == CI_OK ? count : 0
    }
    try status.check(.png, error, size, path: path)
  }
}

/// Encoding of PNG files.
public enum PNGFile {
  /// An image in colours.
  public static func bytes(of image: RGBImage) throws(ImageError) -> [UInt8] {
    try encode(image.pixels, image.size, palette: [])
  }

  /// Labels with a colour for each; throws where a label has none, or a palette has not 1 to 256 colours.
  public static func bytes(
    labels: [UInt8], size: ImageSize, palette: [SIMD3<UInt8>]
  ) throws(ImageError) -> [UInt8] {
    guard (1...256).contains(palette.count), labels.allSatisfy({ Int($0) < palette.count }),
      labels.count == size.height * size.width
    else { throw .corrupt(.png, reason: "labels beyond the palette", path: nil) }
    return try encode(labels, size, palette: palette.flatMap { [$0.x, $0.y, $0.z] })
  }

  private static func encode(
    _ pixels: [UInt8], _ size: ImageSize, palette: [UInt8]
  ) throws(ImageError) -> [UInt8] {
    guard let height = UInt32(exactly: size.height), let width = UInt32(exactly: size.width) else {
      throw .zeroSize(.png, size, path: nil)
    }
    var count = 0
    let encoded = pixels.withUnsafeBufferPointer { pixels in
      palette.withUnsafeBufferPointer { palette in
        ci_png_encode(
          pixels.baseAddress, width, height, palette.isEmpty ? nil : palette.baseAddress, palette.count / 3, &count)
      }
    }
    guard let encoded else { throw .corrupt(.png, reason: "out of memory", path: nil) }
    defer { free(encoded) }
    return Array(UnsafeBufferPointer(start: encoded, count: count))
  }
}
