import Foundation
import Images
import Safetensors
import Tensors

/// A file of fixtures/images.
func fixture(_ name: String) -> String {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return tests.deletingLastPathComponent().appendingPathComponent("fixtures/images/\(name)").path
}

func bytes(of name: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
}

/// The names of a fixture folder's files with this ending, sorted.
func names(in folder: String, endingWith endings: String...) -> [String] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: fixture(folder))) ?? []
  return names.filter { name in endings.contains { name.hasSuffix($0) } }.sorted()
}

extension RGBImage {
  /// A `[height, width, 3]` tensor of bytes.
  init(_ name: String, of file: SafetensorsFile) throws {
    let tensor = try file.tensor(named: name)
    guard tensor.shape.rank == 3, let pixels = tensor.scalars(UInt8.self),
      let image = RGBImage(width: tensor.shape[1], height: tensor.shape[0], pixels: pixels)
    else { throw CocoaError(.coderInvalidValue) }
    self = image
  }

  init(decoding bytes: [UInt8], limits: ImageLimits = .standard) throws(ImageError) {
    self = try bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
      try RGBImage(decoding: UnsafeRawBufferPointer(bytes), limits: limits)
    }
  }

  /// The number of bytes that differ and the largest difference; nil where the sizes differ.
  func difference(from other: RGBImage) -> Difference? {
    guard size == other.size else { return nil }
    let steps = zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }
    return Difference(count: steps.count { $0 > 0 }, largest: steps.max() ?? 0)
  }
}

struct Difference: Equatable {
  var count: Int
  var largest: Int

  static let none = Difference(count: 0, largest: 0)
}

extension Preprocessing {
  /// Which library's file is read.
  enum Source { case timm, transformers }

  init(_ source: Source, _ text: String, path: String? = nil) throws(ImageError) {
    try self.init(source, Array(text.utf8), path: path)
  }

  init(_ source: Source, _ bytes: [UInt8], path: String? = nil) throws(ImageError) {
    self = try bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
      let bytes = UnsafeRawBufferPointer(bytes)
      return switch source {
      case .timm: try Preprocessing(timm: bytes, path: path)
      case .transformers: try Preprocessing(transformers: bytes, path: path)
      }
    }
  }
}

/// The description of what `body` throws; nil where it throws nothing.
func refusal<R>(_ body: () throws(ImageError) -> R) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return error.description
  }
}
