import Graph
import Safetensors
import Tensors

extension ConvertedModel {
  /// Maps a file and checks its message against the schema, the operators' typing rules and the tensors' types
  /// and shapes.
  ///
  /// Constants look into the mapping; their contents are not read. See `validateDigests`.
  public init(path: String) throws(ModelFileError) {
    let file: SafetensorsFile
    do throws(SafetensorsError) {
      file = try SafetensorsFile(path: path)
    } catch {
      throw .safetensors(error)
    }
    self = try ModelDecoder(file: file).decode()
  }

  /// Reads every constant and throws where contents are not those that `digests` state. The error names `path`.
  public func validateDigests(path: String) throws(ModelFileError) {
    let differing = digests.keys.sorted().filter { name in
      graph.constants[name].map { Digest(of: $0.storedContent.tensor()) } != digests[name]
    }
    guard differing.isEmpty else { throw .contentsDiffer(path: path, tensors: differing) }
  }
}
