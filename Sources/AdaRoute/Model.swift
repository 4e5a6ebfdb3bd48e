public import Backbones
import Foundation
import Grafting
public import Graph
import Images
public import ModelFile
import Safetensors
public import Tensors

/// A network with all that is needed to run, graft or ship it, from whatever file a user names.
public struct Model: Sendable {
  /// The file that it came from, for messages.
  public let path: String
  public internal(set) var content: ConvertedModel
  /// Every file that the model was made of, which no output may replace.
  public internal(set) var sources: [String]
  /// How it was converted; nil where the file was a converted model.
  public let conversion: Conversion?

  public var graph: Graph { content.graph }

  /// Opens a converted model by mapping it, or converts a checkpoint in memory.
  ///
  /// `configuration` overrides the config.json beside a checkpoint.
  public init(path: String, configuration: String? = nil) throws {
    let file = try Source.locate(path)
    if try FileKind(path: file) == .convertedModel {
      self.init(path: file, content: try ConvertedModel(path: file), conversion: nil, sources: [file])
    } else {
      try self.init(converting: Source(path: path, configuration: configuration))
    }
  }

  init(path: String, content: ConvertedModel, conversion: Conversion?, sources: [String]) {
    self.path = path
    self.sources = sources
    self.content = content
    self.conversion = conversion
  }

  /// Writes the converted model; it appears whole or not at all. `progress` is told how many tensors are written,
  /// of how many.
  public func write(to output: String, progress: ((Int, Int) -> Void)? = nil) throws {
    try refuseOverwriting(output, sources)
    try content.write(to: output, progress: progress)
  }

  /// The model whose files hold float32 matrices as `type`, rounded where that is narrower; vectors stay as they are.
  public func stored(as type: ElementType) -> Model {
    var model = self
    model.content.graph.mapConstants { $0.stored(as: type) }
    return model
  }

  /// The model with these class names, which come from `path`; throws where it has another number of classes.
  public func labelled(_ labels: [String], from path: String) throws(ModelError) -> Model {
    if let classes, classes != labels.count {
      throw .labelCount(path: path, labels: labels.count, classes: classes)
    }
    var model = self
    model.content.labels = labels
    return model
  }

  /// The model with the class names of a file: one a line, or JSON.
  public func labelled(byFile path: String) throws -> Model {
    var model = try labelled(Labels.read(path), from: path)
    model.sources.append(path)
    return model
  }

  /// What stands behind the backbone of a network for a dense task; nil for others.
  public var dense: DenseConfiguration? {
    get throws {
      guard let text = content.dense else { return nil }
      do throws(BackboneError) {
        return try DenseConfiguration(kept: JSONValue(object: Array(text.utf8)))
      } catch {
        throw ModelError.denseMalformed(path: path, reason: "\(error)")
      }
    }
  }

  /// The class names of a file: one a line, or JSON.
  public static func labels(ofFile path: String) throws -> [String] { try Labels.read(path) }

  /// The width of the logits; nil where there are none or it is not fixed.
  var classes: Int? {
    if let dense = try? dense { return dense.classes }
    guard let logits = graph.classification else { return nil }
    return graph.type(of: logits.value).dimensions.last?.constant
  }
}

extension Graph {
  /// The output that classifies: the one named `logits`, or the only one, of the form [N, classes] for N images.
  public var classification: Port? {
    let batch = inputs.first.flatMap { type(of: $0.value).dimensions.first }
    let candidates = outputs.filter {
      type(of: $0.value).rank == 2 && type(of: $0.value).dimensions.first == batch
    }
    return candidates.first { $0.name == "logits" } ?? (outputs.count == 1 ? candidates.first : nil)
  }
}

/// Throws where writing `output` would replace one of the files that are read.
package func refuseOverwriting(_ output: String, _ inputs: [String]) throws(ModelError) {
  let target = URL(filePath: output).resolvingSymlinksInPath().path
  for input in inputs where URL(filePath: input).resolvingSymlinksInPath().path == target {
    throw .outputIsInput(output)
  }
}
