import Foundation
public import Grafting
import Graph
import ModelFile
import Tensors

extension Model {
  /// The model with AdaRoute modules at its sites; settings are read off given tensors where there are none.
  public func grafted(_ parameters: ParameterSource, settings: AdaRouteConfiguration?) throws -> Model {
    guard content.graft == nil else { throw ModelError.alreadyGrafted(path: path) }
    guard !graph.sites.isEmpty else { throw ConversionError.graft(path: path, .noSites) }
    let configuration: AdaRouteConfiguration
    if let settings {
      configuration = settings
    } else if case .given(let tensors) = parameters {
      configuration = try AdaRouteConfiguration(readingFrom: tensors)
    } else {
      configuration = AdaRouteConfiguration()
    }
    let grafted = try AdaRouteMethod(configuration).graft(graph, parameters)
    var model = self
    model.content.graft(
      grafted.graph,
      GraftRecipe(
        method: AdaRouteMethod.identifier, configuration: configuration.compactJSON,
        tensors: Set(grafted.tensorNames), baseStructure: content.structure))
    return model
  }

  /// The model with trained modules from a safetensors or a PyTorch file.
  public func grafted(byFile path: String, settings: AdaRouteConfiguration? = nil) throws -> Model {
    let tensors = try CheckpointWeights(path: path).tensors
    var model = try grafted(.given(tensors), from: path, settings: settings)
    model.sources += tensors.paths + [path]
    return model
  }

  /// `path` is where the tensors come from, for messages.
  func grafted(_ parameters: ParameterSource, from path: String, settings: AdaRouteConfiguration?) throws -> Model {
    do {
      return try grafted(parameters, settings: settings)
    } catch let error as GraftError {
      throw ConversionError.graft(path: path, error)
    }
  }

  /// What the graft has of its own: elements that are trained, and elements of buffers.
  public var graftedElements: (parameters: Int, buffers: Int)? {
    guard let recipe = content.graft else { return nil }
    return AdaRouteMethod.count(recipe.tensors.map { ($0, graph.constants[$0]?.shape.elementCount ?? 0) })
  }
}
