internal import Tensors

/// The files that hold tensors outside the model, each mapped once.
///
/// A location is a relative path of plain names. It may be a link only to a file in the model's folder or in
/// the folder that holds the model's file proper (download caches keep both as links into one folder).
final class ExternalFiles {
  /// In the order in which they were opened.
  private(set) var files: [MappedFile] = []
  private let model: String
  private let folder: String
  /// By the bytes of the path without links: different names may be the same text.
  private var byTarget: [[UInt8]: Storage] = [:]

  init(model: String) {
    self.model = model
    folder = Tensors.folder(of: model)
  }

  /// The file at a location, named by the tensor `what`.
  func storage(at location: String, for what: String) throws(ONNXError) -> Storage {
    let path = try contained(location, what)
    guard let target = realPath(path) else {
      throw .externalFileMissing(path: model, what: what, location: location)
    }
    if let storage = byTarget[Array(target.utf8)] { return storage }
    guard let (root, components) = split(target) else {
      throw .locationOutsideFolder(path: model, what: what, location: location, folder: folder)
    }
    let file: MappedFile
    do throws(FileError) {
      // Nothing on the way is a link, unless it became one since.
      file = try MappedFile(folder: root, components: components)
    } catch {
      throw .file(error)
    }
    let storage = Storage(mapping: file)
    files.append(file)
    byTarget[Array(target.utf8)] = storage
    return storage
  }

  private func contained(_ location: String, _ what: String) throws(ONNXError) -> String {
    let slash = UInt8(ascii: "/")
    let names = location.utf8.split(separator: slash, omittingEmptySubsequences: false).map(String.init)
    let isContained = names.allSatisfy { $0 != "" && $0 != ".." } && names.last != "."
    guard isContained, !location.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == 0 }) else {
      throw .locationNotContained(path: model, what: what, location: location)
    }
    return folder == "/" ? "/\(location)" : "\(folder)/\(location)"
  }

  /// The allowed folder that a path without links lies in, and the names that lead from there to it.
  private func split(_ target: String) -> (root: String, components: [String])? {
    func names(_ path: some Sequence<UInt8>) -> [String] {
      Array(path).split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }
    if let root = realPath(folder), target.utf8.starts(with: root == "/" ? "/".utf8 : "\(root)/".utf8) {
      return (root, names(target.utf8.dropFirst(root.utf8.count)))
    }
    guard let root = realPath(model).map(Tensors.folder(of:)), root == Tensors.folder(of: target) else {
      return nil
    }
    return (root, names(target.utf8).suffix(1))
  }
}
