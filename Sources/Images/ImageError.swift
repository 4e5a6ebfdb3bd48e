public import Tensors

/// Why an image, or a description of how to prepare one, was refused.
///
/// `path` is the file's, where the bytes came from a file.
public enum ImageError: Error, Hashable, Sendable {
  case unreadable(FileError)
  case empty(path: String?)
  /// The file is no image at all; `found` says what it looks like.
  case notAnImage(found: String, path: String?)
  /// An image, of a format other than JPEG and PNG.
  case unsupportedFormat(String, path: String?)
  case truncated(ImageFormat, path: String?)
  /// `reason` is the decoding library's message.
  case corrupt(ImageFormat, reason: String, path: String?)
  case zeroSize(ImageFormat, ImageSize, path: String?)
  case tooManyPixels(ImageSize, limit: Int, path: String?)
  /// A resized or cropped image would have no pixels or too many.
  case resizeRefused(from: ImageSize, to: ImageSize, limit: Int)
  case boxOutside(ImageBox, of: ImageSize)
  case configurationTooLarge(bytes: Int, limit: Int, path: String?)
  case notAConfiguration(found: String, path: String?)
  case missingKey(String, path: String?)
  case wrongType(key: String, expected: String, found: String, path: String?)
  case unsupportedValue(key: String, expected: String, found: String, path: String?)
}

extension ImageError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let error):
      error.description
    case .empty(let path):
      "\(image(path)): the file is empty"
    case .notAnImage(let found, let path):
      "\(image(path)): not an image: \(found)"
    case .unsupportedFormat(let name, let path):
      "\(image(path)): \(name) images are not supported, only JPEG and PNG"
    case .truncated(let format, let path):
      "\(image(path)): the \(format) data ends before the image does"
    case .corrupt(let format, let reason, let path):
      "\(image(path)): the \(format) data is damaged: \(reason)"
    case .zeroSize(let format, let size, let path):
      "\(image(path)): the \(format) header states \(size.width) x \(size.height) pixels"
    case .tooManyPixels(let size, let limit, let path):
      "\(image(path)): \(size.width) x \(size.height) pixels are more than the limit of \(limit) pixels"
    case .resizeRefused(let from, let to, let limit):
      "\(from.width) x \(from.height) pixels cannot become \(to.width) x \(to.height): no pixels, or more "
        + "than the limit of \(limit) pixels"
    case .boxOutside(let box, let size):
      "the box (\(box.left), \(box.top), \(box.right), \(box.bottom)) is empty or leaves the image of "
        + "\(size.width) x \(size.height) pixels"
    case .configurationTooLarge(let bytes, let limit, let path):
      "\(configuration(path)): \(bytes) bytes are more than the limit of \(limit) bytes"
    case .notAConfiguration(let found, let path):
      "\(configuration(path)): not a JSON object: \(found)"
    case .missingKey(let key, let path):
      "\(configuration(path)): the key \(key) is missing"
    case .wrongType(let key, let expected, let found, let path):
      "\(configuration(path)): \(key): expected \(expected), found \(found)"
    case .unsupportedValue(let key, let expected, let found, let path):
      "\(configuration(path)): \(key): \(found) is not supported, expected \(expected)"
    }
  }

  private func image(_ path: String?) -> String { path ?? "image" }
  private func configuration(_ path: String?) -> String { path ?? "preprocessing configuration" }
}

/// The formats that can be decoded.
public enum ImageFormat: String, CustomStringConvertible, Hashable, Sendable {
  case jpeg = "JPEG"
  case png = "PNG"

  public var description: String { rawValue }
}
