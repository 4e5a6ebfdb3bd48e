public import Backbones
public import Grafting
public import Graph
import Safetensors
import Tensors

/// A backbone made from a checkpoint, grafted where the checkpoint holds AdaRoute tensors.
public struct Model: Sendable {
  public let family: String
  public let graph: Graph
  public let account: Account
  /// The graft, where there is one.
  public let graft: Grafted?

  init(family: String, graph: Graph, account: Account, graft: Grafted?) {
    self.family = family
    self.graph = graph
    self.account = account
    self.graft = graft
  }

  public init(_ source: Source) throws {
    guard let configuration = source.configuration else { throw SourceError.noConfiguration(source.path) }
    let backbone = try buildBackbone(
      source.tensors, configuration: configuration, setAside: AdaRouteMethod.ownsTensor)
    family = backbone.family
    account = backbone.account
    if source.tensors.names.contains(where: AdaRouteMethod.ownsTensor) {
      let settings = try AdaRouteConfiguration(readingFrom: source.tensors)
      let grafted = try AdaRouteMethod(settings).graft(backbone.graph, .given(source.tensors))
      graft = grafted
      graph = grafted.graph
    } else {
      graft = nil
      graph = backbone.graph
    }
  }
}

extension Model {
  /// Opens a checkpoint and, where `weights` names a safetensors file of adapter tensors, grafts them onto it.
  public init(path: String, configuration: String? = nil, weights: String? = nil) throws {
    try self.init(Source(path: path, configuration: configuration))
    if let weights { self = try grafted(.given(SafetensorsFile(path: weights)), nil) }
  }

  /// The model with a graft; settings are read off given tensors where there are none.
  public func grafted(_ parameters: ParameterSource, _ settings: AdaRouteConfiguration?) throws -> Model {
    let configuration: AdaRouteConfiguration
    if let settings {
      configuration = settings
    } else if case .given(let tensors) = parameters {
      configuration = try AdaRouteConfiguration(readingFrom: tensors)
    } else {
      configuration = AdaRouteConfiguration()
    }
    let grafted = try AdaRouteMethod(configuration).graft(graph, parameters)
    return Model(family: family, graph: grafted.graph, account: account, graft: grafted)
  }
}
