import CImages
import Tensors

extension RGBImage {
  /// Decodes a JPEG or PNG file; see `init(decoding:path:limits:)`.
  public init(path: String, limits: ImageLimits = .standard) throws(ImageError) {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .unreadable(error) }
    defer { withExtendedLifetime(file) {} }
    let decoded = Result { () throws(ImageError) in try RGBImage(decoding: file.bytes, path: path, limits: limits) }
    do { try file.validateStillWhole() } catch { throw .unreadable(error) }
    self = try decoded.get()
  }

  /// Decodes JPEG or PNG bytes, told apart by their first bytes, and turns the image upright as its metadata
  /// states.
  ///
  /// The pixels are those of Pillow's `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`: alpha is
  /// dropped, not blended; 16-bit grey is clamped to 255, other 16-bit samples keep their high byte; gamma
  /// and colour profiles are not applied. `path` is only for errors.
  public init(
    decoding bytes: UnsafeRawBufferPointer, path: String? = nil, limits: ImageLimits = .standard
  ) throws(ImageError) {
    let (image, orientation) =
      switch try bytes.imageFormat(path: path) {
      case .jpeg: try JPEGDecoder(bytes, path: path).decode(limits)
      case .png: try PNGDecoder(bytes, path: path).decode(limits)
      }
    self = image.upright(orientation)
  }
}

extension ci_status {
  /// Throws what a decoder's call came to, unless it came to an image.
  func check(
    _ format: ImageFormat, _ error: ci_error, _ size: ImageSize, path: String?
  ) throws(ImageError) {
    switch self {
    case CI_OK: return
    case CI_TRUNCATED: throw .truncated(format, path: path)
    case CI_ZERO_SIZE: throw .zeroSize(format, size, path: path)
    default: throw .corrupt(format, reason: error.text, path: path)
    }
  }
}

extension ci_error {
  /// The message, without what is not printable: libraries quote bytes of the file.
  private var bytes: [UInt8] { withUnsafeBytes(of: message) { Array($0.prefix { $0 != 0 }) } }
  fileprivate var text: String {
    String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
}

/// `3 * height * width` bytes, filled by a decoder. The size has been checked against the limits.
func decodedPixels(
  _ size: ImageSize, _ decode: (UnsafeMutablePointer<UInt8>?) -> ci_status
) -> (pixels: [UInt8], status: ci_status) {
  let count = 3 * size.width * size.height
  var status = CI_OK
  let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    status = decode(buffer.baseAddress)
    initialized = status == CI_OK ? count : 0
  }
  return (pixels, status)
}
