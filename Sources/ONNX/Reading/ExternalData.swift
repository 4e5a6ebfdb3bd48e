import Foundation
import Tensors

/// The files beside a model that hold its tensors' bytes, each mapped once.
///
/// A location must stay within the model's folder, links included: a model from a stranger must not read other files.
final class ExternalData {
  private let path: String
  private var opened: [String: (file: MappedFile, storage: Storage)] = [:]
  private(set) var files: [MappedFile] = []

  /// `path` is the model's.
  init(path: String) { self.path = path }

  func tensor(
    _ type: ElementType, _ shape: Shape, _ entries: [String: String], _ what: String
  ) throws(ONNXError) -> Tensor {
    guard let location = entries["location"] else {
      throw .externalEntry(path: path, what: what, key: "location", found: "")
    }
    let offset = try number(entries["offset"] ?? "0", "offset", what)
    let length = try entries["length"].map { (text) throws(ONNXError) in try number(text, "length", what) }
    let (file, storage) = try open(location, what)
    let expected = shape.elementCount * type.size
    guard length == nil || length == expected else {
      throw .sizeMismatch(
        path: path, what: what, type: type, shape: shape, expected: expected, found: UInt64(clamping: length ?? 0))
    }
    guard let tensor = Tensor(type: type, shape: shape, storage: storage, offset: offset) else {
      throw .externalRange(
        path: path, what: what, location: location, offset: entries["offset"] ?? "0", length: "\(expected)",
        size: file.bytes.count)
    }
    return tensor
  }

  private func number(_ text: String, _ key: String, _ what: String) throws(ONNXError) -> Int {
    guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int(text) else {
      throw .externalEntry(path: path, what: what, key: key, found: text)
    }
    return number
  }

  private func open(_ location: String, _ what: String) throws(ONNXError) -> (file: MappedFile, storage: Storage) {
    if let known = opened[location] { return known }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = !location.contains("\\") && !parts.contains("..") && !parts.contains("") && !location.isEmpty
    guard isPlain else { throw .locationNotPlain(path: path, what: what, location: location) }
    let folder = URL(filePath: path).deletingLastPathComponent().resolvingSymlinksInPath()
    let target = folder.appending(path: location)
    guard FileManager.default.fileExists(atPath: target.path) else {
      throw .externalFileMissing(path: path, what: what, location: location)
    }
    let inside = folder.path.hasSuffix("/") ? folder.path : folder.path + "/"
    guard target.resolvingSymlinksInPath().path.hasPrefix(inside) else {
      throw .locationOutsideFolder(path: path, what: what, location: location)
    }
    let file: MappedFile
    do throws(FileError) { file = try MappedFile(path: target.path) } catch { throw .file(error) }
    let entry = (file, Storage(mapping: file))
    opened[location] = entry
    files.append(file)
    return entry
  }
}
