import CImages
import Tensors

/// Decodes one JPEG file.
final class JPEGDecoder {
  private let decoder: OpaquePointer
  private let size: ImageSize
  private let path: String?

  init(_ bytes: UnsafeRawBufferPointer, path: String?) throws(ImageError) {
    var status = CI_OK
    var error = ci_error()
    var width: UInt32 = 0
    var height: UInt32 = 0
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    guard let decoder = ci_jpeg_open(start, bytes.count, &status, &width, &height, &error) else {
      throw .corrupt(.jpeg, reason: "out of memory", path: path)
    }
    self.decoder = decoder
    self.path = path
    // The library refuses an empty image before it tells the size.
    size = status == CI_ZERO_SIZE ? bytes.jpegFrameSize : ImageSize(height: Int(height), width: Int(width))
    try status.check(.jpeg, error, size, path: path)
  }

  deinit { ci_jpeg_close(decoder) }

  func decode(_ limits: ImageLimits) throws(ImageError) -> (RGBImage, Orientation) {
    guard limits.allows(size) else { throw .tooManyPixels(size, limit: limits.pixels, path: path) }
    let orientation = orientation
    var error = ci_error()
    let (pixels, status) = decodedPixels(size) { ci_jpeg_decode(decoder, $0, &error) }
    try status.check(.jpeg, error, size, path: path)
    return (RGBImage(size: size, pixels: pixels), orientation)
  }

  /// EXIF may be spread over several segments; of several XMP packets, the last counts.
  private var orientation: Orientation {
    var exif: [UInt8] = []
    var xmp: [UInt8] = []
    var index = 0
    while true {
      var count = 0
      guard let start = ci_jpeg_app1(decoder, index, &count) else { break }
      index += 1
      let segment = UnsafeBufferPointer(start: start, count: count)
      if segment.starts(with: "Exif\0\0".utf8) {
        exif.append(contentsOf: segment.dropFirst(6))
      } else if segment.starts(with: "http://ns.adobe.com/xap/1.0/\0".utf8) {
        xmp = Array(segment)
      }
    }
    return exif.withUnsafeBytes { exif in
      xmp.withUnsafeBytes { xmp in Orientation(exif: exif, xmp: xmp) }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Width and height as the first frame header states them; zeros where there is none.
  fileprivate var jpegFrameSize: ImageSize {
    var reader = ByteReader(self, at: 2)
    while let prefix = reader.read(UInt8.self), let marker = reader.read(UInt8.self), prefix == 0xFF {
      guard let length = reader.read(UInt16.self)?.byteSwapped, length >= 2 else { break }
      let isFrame = 0xC0...0xCF ~= marker && ![0xC4, 0xC8, 0xCC].contains(marker)
      if isFrame, reader.read(UInt8.self) != nil, let height = reader.read(UInt16.self),
        let width = reader.read(UInt16.self)
      {
        return ImageSize(height: Int(height.byteSwapped), width: Int(width.byteSwapped))
      }
      guard reader.read(Int(length) - 2) != nil else { break }
    }
    return ImageSize(height: 0, width: 0)
  }
}
