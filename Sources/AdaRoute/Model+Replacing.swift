import Backbones
import Graph
import ModelFile
import Tensors

extension Model {
  /// The model with other values for these tensors, with further ones and without some: a new head, norms at the
  /// ends of stages.
  ///
  /// Values of the same shape are put in place. Otherwise the network is built again as it was converted, from its
  /// own tensors and the others; that takes a model that came from a checkpoint of tensors.
  ///
  /// `dense` is the JSON of other parts behind the backbone, where there are some; their tensors are among the others.
  func replacing(
    _ names: [String], by tensors: any TensorCollection, dropping dropped: [String], dense: String? = nil
  ) throws -> Model {
    let isSameNetwork = dense == nil || dense == content.dense
    guard !names.isEmpty || !dropped.isEmpty || !isSameNetwork else { return self }
    var model = self
    var values: [String: Constant] = [:]
    for name in names {
      let tensor = try tensors.tensor(named: name)
      guard tensor.type.isFloatingPoint else {
        throw ModelError.cannotReplace(path: path, tensors: [name], reason: "it holds no floating-point numbers")
      }
      values[name] = Constant(
        name: name, tensor.type == .float32 ? .stored(tensor) : .converted(.stored(tensor), .float32))
    }
    if isSameNetwork, dropped.isEmpty, values.allSatisfy({ graph.constants[$0.key]?.type == $0.value.type }) {
      model.content.graph.mapConstants { values[$0.name] ?? $0 }
      return model
    }
    guard content.provenance.sourceFormat != Source.Format.onnx.rawValue,
      let configuration = content.provenance.configuration
    else {
      throw ModelError.cannotReplace(
        path: path, tensors: (names + dropped).sorted(),
        reason: "other names or shapes need a network that was converted from tensors and a configuration")
    }
    model.content.dense = dense ?? content.dense
    let merged = MergedTensors(GraphTensors(graph, path: path), replaced: values, dropped: Set(dropped))
    do {
      let backbone = try buildBackbone(
        merged, configuration: JSONValue(object: Array(configuration.utf8)), dense: model.dense)
      model.content.graph = backbone.graph
    } catch {
      throw ModelError.cannotReplace(path: path, tensors: (names + dropped).sorted(), reason: "\(error)")
    }
    return model
  }
}

/// A graph's constants, as files hold them.
struct GraphTensors: TensorCollection {
  private let constants: [String: Constant]
  private let path: String

  init(_ graph: Graph, path: String) {
    constants = graph.constants
    self.path = path
  }

  var names: [String] { constants.keys.sorted() }
  var metadata: [String: String] { [:] }
  var paths: [String] { [path] }
  func contains(_ name: String) -> Bool { constants[name] != nil }
  func tensor(named name: String) throws(BackboneError) -> Tensor {
    guard let constant = constants[name] else { throw .missingTensor(name: name, role: "of \(path)") }
    return constant.storedContent.tensor()
  }
  func validateStillWhole() throws(BackboneError) {}
}

/// A collection with some tensors replaced or added, and some left out.
private struct MergedTensors: TensorCollection {
  private let own: GraphTensors
  private let replaced: [String: Constant]
  private let dropped: Set<String>

  init(_ own: GraphTensors, replaced: [String: Constant], dropped: Set<String>) {
    self.own = own
    self.replaced = replaced
    self.dropped = dropped
  }

  var names: [String] { Set(own.names).union(replaced.keys).subtracting(dropped).sorted() }
  var metadata: [String: String] { [:] }
  var paths: [String] { own.paths }
  func contains(_ name: String) -> Bool { !dropped.contains(name) && (replaced[name] != nil || own.contains(name)) }
  func tensor(named name: String) throws(BackboneError) -> Tensor {
    if let constant = replaced[name] { return constant.storedContent.tensor() }
    return try own.tensor(named: name)
  }
  func validateStillWhole() throws(BackboneError) {}
}
