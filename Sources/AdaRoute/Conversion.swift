public import Backbones
import Foundation
public import Grafting
import Graph
import Images
import ModelFile
public import ONNX
import Tensors

/// What a conversion found in its source, beside the network.
public struct Conversion: Sendable {
  /// The backbone's family; nil for a graph that was imported as it is.
  public let family: String?
  public let account: Account
  /// What a user should know though it stops nothing, a sentence each.
  public let notes: [String]
}

extension Model {
  /// Converts a checkpoint; where it holds AdaRoute tensors under the authors' names, the model is grafted, unless
  /// `grafting` is false: then they are left out.
  public init(converting source: Source, grafting: Bool = true) throws {
    switch source.format {
    case .safetensors, .pytorch:
      let source = try source.completed()
      let dense = try source.dense()
      try self.init(CheckpointWeights(path: source.path, keepsHeads: dense != nil), source, dense, grafting)
    case .onnx: try self.init(onnx: ONNXFile(path: source.path), source)
    }
  }

  private init(onnx file: ONNXFile, _ source: Source) throws {
    let lowered: LoweredModel
    do throws(LoweringError) {
      lowered = try LoweredModel(file.model)
    } catch {
      throw ConversionError.lowering(path: source.path, error)
    }
    var notes: [String] = []
    var graph = lowered.graph
    do throws(SiteFindingError) {
      graph = try graph.findingSites()
    } catch {
      notes.append("the model cannot be grafted: \(error)")
    }
    let account = Account(
      mapped: lowered.account.read,
      unused: lowered.account.unused.map { Account.Unused(name: $0.name, reason: $0.reason.rawValue) })
    let content = ConvertedModel(
      graph: graph, preprocessing: source.preprocessing(&notes),
      labels: source.configuration.map { Labels.stated(in: $0.json) } ?? [],
      provenance: source.provenance(producer: file.model.producer))
    self.init(
      path: source.path, content: content, conversion: Conversion(family: nil, account: account, notes: notes),
      sources: file.paths + source.paths)
    dropLabelsOfAnotherCount()
  }

  private init(
    _ checkpoint: CheckpointWeights, _ source: Source, _ dense: DenseConfiguration?, _ grafting: Bool
  ) throws {
    let weights = checkpoint.tensors
    guard let configuration = source.configuration else { throw SourceError.noConfiguration(source.path) }
    let backbone: Backbone
    do throws(BackboneError) {
      backbone = try buildBackbone(
        weights, configuration: configuration.json, dense: dense, setAside: AdaRouteMethod.ownsTensor)
    } catch {
      throw ConversionError.backbone(path: source.path, error)
    }
    var notes: [String] = []
    let stated = Labels.stated(in: configuration.json)
    let content = ConvertedModel(
      graph: backbone.graph, preprocessing: source.preprocessing(&notes),
      labels: stated.isEmpty ? checkpoint.classes : stated,
      provenance: source.provenance(producer: weights.metadata["format"] ?? ""), imageSize: backbone.imageSize,
      dense: dense?.json.compactJSON)
    let grafts = weights.names.filter(AdaRouteMethod.ownsTensor)
    let leftOut = grafting ? [] : grafts.map { Account.Unused(name: $0, reason: "part of a graft, left out") }
    let unused = (backbone.account.unused + checkpoint.unused + leftOut).sorted { $0.name < $1.name }
    let account = Account(mapped: backbone.account.mapped, unused: unused)
    let conversion = Conversion(family: backbone.family, account: account, notes: notes)
    self.init(
      path: source.path, content: content, conversion: conversion, sources: weights.paths + source.paths)
    dropLabelsOfAnotherCount()
    if grafting, !grafts.isEmpty {
      self = try grafted(.given(weights), from: source.path, settings: nil)
    }
  }

  /// Configurations often keep the labels of a head that the checkpoint lacks.
  private mutating func dropLabelsOfAnotherCount() {
    if content.labels.count != classes { content.labels = [] }
  }
}

extension Source {
  /// The source with the configuration that the checkpoint itself keeps, where no other is stated.
  fileprivate func completed() throws -> Source {
    guard configuration == nil, let json = try CheckpointWeights.ownConfiguration(path) else { return self }
    var source = self
    source.configuration = Configuration(path: path, text: Array(json.compactJSON.utf8), json: json)
    return source
  }

  /// The network for a dense task that the configuration describes; nil where it is another one.
  fileprivate func dense() throws(ConversionError) -> DenseConfiguration? {
    do throws(BackboneError) {
      return try configuration.flatMap { (file) throws(BackboneError) in try DenseConfiguration(file.json) }
    } catch {
      throw .backbone(path: configuration?.path ?? path, error)
    }
  }

  /// The JSON of how images are prepared, as the checkpoint's files state it; what cannot be used is noted.
  fileprivate func preprocessing(_ notes: inout [String]) -> String? {
    do throws(ImageError) {
      if let preprocessor { return try Preprocessing(transformers: preprocessor).compactJSON }
      guard let configuration, configuration.json["pretrained_cfg"] != nil else { return nil }
      return try Preprocessing(timm: configuration).compactJSON
    } catch {
      notes.append("images cannot be given to this model: \(error)")
      return nil
    }
  }

  fileprivate func provenance(producer: String) -> Provenance {
    Provenance(
      sourceName: URL(filePath: path).lastPathComponent, sourceFormat: format.rawValue, producer: producer,
      version: adaRouteVersion,
      configuration: configuration.map { String(decoding: $0.text, as: UTF8.self) })
  }
}

extension Preprocessing {
  fileprivate init(transformers file: Source.Configuration) throws(ImageError) {
    self = try file.text.withUnsafeBytes { bytes in
      Result { () throws(ImageError) in try Preprocessing(transformers: bytes, path: file.path) }
    }.get()
  }

  fileprivate init(timm file: Source.Configuration) throws(ImageError) {
    self = try file.text.withUnsafeBytes { bytes in
      Result { () throws(ImageError) in try Preprocessing(timm: bytes, path: file.path) }
    }.get()
  }
}

/// Why a checkpoint cannot be converted.
public enum ConversionError: Error, Hashable, Sendable {
  case backbone(path: String, BackboneError)
  case lowering(path: String, LoweringError)
  case graft(path: String, GraftError)
}

extension ConversionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .backbone(let path, let error): "\(path): \(error)"
    case .lowering(let path, let error): "\(path): \(error)"
    case .graft(let path, let error): "\(path): \(error)"
    }
  }
}
