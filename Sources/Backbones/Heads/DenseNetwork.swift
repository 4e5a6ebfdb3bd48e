import Graph

/// The parts of a network for a dense task that read the backbone's maps: their settings, and how they are built.
protocol DenseNetwork: Sendable {
  /// The class in mmsegmentation or mmdetection.
  static var identifier: String { get }
  static var task: DenseTask { get }

  /// Reads the `model` dict; throws at settings that change the network in a way that is not known.
  init(_ json: JSONValue) throws(BackboneError)

  /// The classes that results name.
  var classes: Int { get }

  /// Adds the parts to a graph and makes their results its outputs. `maps` are `[N, c, h, w]`, finest first.
  func build(_ maps: [ValueID], _ weights: inout Weights, in graph: inout Graph) throws

  /// Why a tensor of these parts that nothing reads may be there.
  func reasonUnused(_ name: String) -> String?
}

extension DenseNetwork {
  func reasonUnused(_ name: String) -> String? {
    if name.hasSuffix(".num_batches_tracked") { return "counts steps of training" }
    return name.hasPrefix("auxiliary_head.") ? "only training reads this head" : nil
  }
}

/// Every network for a dense task; one line each.
enum DenseCatalog {
  static let all: [any DenseNetwork.Type] = [EncoderDecoder.self, MaskRCNN.self, PanopticFPN.self]

  /// The network whose class a `model` dict names.
  static func network(of model: JSONValue) throws(BackboneError) -> any DenseNetwork.Type {
    let name = try model.text("type") ?? ""
    guard let network = all.first(where: { $0.identifier == name }) else {
      throw .configValue(
        key: "type", expected: all.map { $0.identifier }.joined(separator: " or "), found: "\"\(name)\"")
    }
    return network
  }
}

extension Backbone {
  /// The backbone with the parts of a dense network behind its maps, which stay outputs.
  func adding(_ network: any DenseNetwork, _ weights: Weights, owned: (String) -> Bool) throws -> Backbone {
    var (graph, weights) = (graph, weights)
    var maps: [ValueID] = []
    while let map = graph.outputs.first(where: { $0.name == "stage\(maps.count)" }) { maps.append(map.value) }
    guard maps.count == 4 else { throw BackboneError.stageMaps(found: maps.count) }
    try network.build(maps, &weights, in: &graph)
    let own = try weights.account(unused: network.reasonUnused, setAside: { !owned($0) })
    let account = Account(
      mapped: (self.account.mapped + own.mapped).sorted(),
      unused: (self.account.unused + own.unused).sorted { $0.name < $1.name })
    return Backbone(family: family, graph: graph, account: account, imageSize: imageSize)
  }
}
