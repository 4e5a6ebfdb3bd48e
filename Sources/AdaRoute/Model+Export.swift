public import Backbones
import Foundation
import Graph
public import Images
import ModelFile
public import ONNX
import Safetensors
import Tensors

extension Model {
  /// Writes the network in operators of ONNX; the batch stays open, and so does the images' size where it is open
  /// in the model, unless one is given or positions are resized to it: those of a ViT, which is written for the
  /// images that it was made for. The file appears whole or not at all.
  @discardableResult
  public func writeONNX(
    to output: String, opset: Int = ExportedModel.defaultOpset, imageSize: ImageSize? = nil,
    progress: ((Int, Int) -> Void)? = nil
  ) throws -> ExportReport {
    try refuseOverwriting(output, sources)
    let graph = try exportedGraph(for: imageSize)
    let exported: ExportedModel
    do throws(ExportError) {
      exported = try ExportedModel(graph, opset: opset, producerVersion: adaRouteVersion)
    } catch {
      throw ModelExportError(path: path, error: error)
    }
    let bytes = try exported.write(to: output, progress: progress)
    return ExportReport(exported, output: output, bytes: bytes)
  }
}

extension Model {
  private func exportedGraph(for asked: ImageSize?) throws -> Graph {
    let resizes = graph.orderedNodes().contains { $0.op is Resize }
    guard let size = asked ?? (resizes ? imageSize : nil) else { return graph }
    var extents = try sized(to: size).graph.extents(for: size)
    let batch = graph.imageInput?.dimensions[0].symbols ?? []
    for symbol in batch { extents[symbol] = nil }
    return try graph.fixing(extents)
  }
}

/// Whose names a state dict's tensors get.
public enum TensorNaming: Sendable {
  case own
  /// Those that the AdaRoute authors' code loads.
  case authors
}

extension Model {
  /// Writes the model's tensors as a state dict, in the types that its own files hold. The file appears whole or
  /// not at all.
  @discardableResult
  public func writeTensors(
    to output: String, names: TensorNaming = .own, progress: ((Int, Int) -> Void)? = nil
  ) throws -> ExportReport {
    try refuseOverwriting(output, sources)
    let contents = try stateDict(names)
    let declarations = contents.map { name, content in
      SafetensorsWriter.Declaration(name: name, type: SafetensorsType(content.elementType), shape: content.shape)
    }
    var written = 0
    try SafetensorsWriter.write(path: output, tensors: declarations, metadata: ["format": "pt"]) { name in
      guard let content = contents[name] else { preconditionFailure("every declared tensor has its content") }
      written += 1
      progress?(written, contents.count)
      let tensor = content.tensor()
      try content.source.storage.validateStillWhole()
      return tensor
    }
    let bytes = try FileManager.default.attributesOfItem(atPath: output)[.size] as? Int
    return ExportReport(tensors: declarations.map(\.shape), output: output, bytes: bytes ?? 0)
  }

  private func stateDict(_ naming: TensorNaming) throws -> [String: Constant.Content] {
    let own = graph.constants.mapValues(\.storedContent)
    guard naming == .authors else { return own }
    let grafted = content.graft?.tensors ?? []
    let origins: [String: TensorOrigin]
    do throws(NamingError) {
      origins = try authorsNames(for: own.keys.filter { !grafted.contains($0) }.sorted())
    } catch {
      throw ModelNamingError(path: path, error: error)
    }
    var contents = own.filter { grafted.contains($0.key) }
    for (name, origin) in origins {
      let parts = ([origin.name] + origin.followers).compactMap { own[$0] }
      contents[name] = parts.count == 1 ? parts[0].taking(origin) : Constant.Content(stacking: parts)
    }
    for (name, buffer) in authorsBuffers(beside: contents.mapValues(\.shape)) { contents[name] = .stored(buffer) }
    return contents
  }
}

extension Constant.Content {
  /// Tensors of one type, one below the other; nil where their types or shapes differ.
  fileprivate init?(stacking parts: [Constant.Content]) {
    guard let tensor = Tensor(stacking: parts.map { $0.tensor() }) else { return nil }
    self = .stored(tensor)
  }

  /// The part that a renamed checkpoint asks for.
  fileprivate func taking(_ origin: TensorOrigin) -> Constant.Content {
    var content = self
    if let part = origin.part, let rows = shape.extents.first, rows % part.count == 0 {
      let tensor = self.tensor()
      let extents = [rows / part.count] + shape.extents.dropFirst()
      let bytes = tensor.byteCount / part.count
      content =
        Tensor(
          type: tensor.type, shape: Shape(extents), storage: tensor.storage,
          offset: tensor.offset + part.index * bytes
        ).map { .stored($0) } ?? self
    }
    if let rank = origin.rank, content.shape.rank > rank {
      content = content.reshaped(Shape(Array(content.shape.extents.prefix(rank))))
    }
    return content
  }
}

/// Why a model's tensors cannot be given the authors' names.
public struct ModelNamingError: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public let error: NamingError

  public var description: String { "\(path): \(error)" }
}

/// Why a model cannot be written as ONNX.
public struct ModelExportError: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public let error: ExportError

  public var description: String { "\(path): \(error)" }
}
