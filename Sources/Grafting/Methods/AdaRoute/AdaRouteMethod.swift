public import Graph
import Tensors

/// AdaRoute: modules whose weights are mixed, for every image, from experts that a stage's modules share.
///
/// Source: "Parameters as Experts", arXiv:2602.06862; tensor names of the authors' code.
public struct AdaRouteMethod: GraftMethod {
  public static let identifier = "adaroute"
  public let configuration: AdaRouteConfiguration

  public init(_ configuration: AdaRouteConfiguration) throws(GraftError) {
    try configuration.validate()
    self.configuration = configuration
  }

  /// Whether the authors' code gives a tensor of a module or an expert center this name.
  public static func ownsTensor(named name: String) -> Bool {
    // Of a thousand names whenever a delta is applied: on bytes, without an array.
    var rest = name.utf8[...]
    while true {
      let part = rest.prefix { $0 != UInt8(ascii: ".") }
      if ownParts.contains(where: { part.elementsEqual($0.utf8) }) { return true }
      guard part.endIndex < rest.endIndex else { return false }
      rest = rest[rest.index(after: part.endIndex)...]
    }
  }

  private static let ownParts = ["adapter", "adapter1", "adapter2", "peft_params"]

  /// Elements of these tensors that are trained, and elements of buffers.
  public static func count(_ tensors: [(name: String, elements: Int)]) -> (parameters: Int, buffers: Int) {
    tensors.reduce((0, 0)) { sums, tensor in
      tensor.name.hasSuffix(".logit_scale")
        ? (sums.0, sums.1 + tensor.elements) : (sums.0 + tensor.elements, sums.1)
    }
  }

  public func graft(_ graph: Graph, _ parameters: ParameterSource) throws(GraftError) -> Grafted {
    guard !graph.sites.isEmpty else { throw .noSites }
    var pool = ParameterPool(parameters)
    var patch = Patch(AdaRouteMethod.identifier, of: graph)
    for site in graph.sites {
      let experts = Set(graph.sites.filter { $0.stage == site.stage }.map(\.block)).count
      do {
        // Handed over and back: a second holder would make every module copy the graph.
        var builder = try AdaRouteModule(
          site, configuration, experts: experts, pool: consume pool, patch: consume patch)
        let result = try builder.build()
        (pool, patch) = builder.finished()
        try patch.replace(site.value, with: result)
      } catch let error as TypeError {
        throw .graph(error)
      } catch let error as GraftError {
        throw error
      } catch {
        throw .unreadable(tensor: site.block, reason: "\(error)")
      }
    }
    if let taken = pool.names.sorted().first(where: { graph.constants[$0] != nil }) { throw .nameTaken(taken) }
    if case .given(let tensors) = parameters {
      let unread = tensors.names.filter { Self.ownsTensor(named: $0) && !pool.names.contains($0) }
      guard unread.isEmpty else { throw .unexpectedTensors(unread) }
    }
    let grafted = patch.applied()
    let names = pool.names.sorted()
    let counts = Self.count(names.map { ($0, grafted.constants[$0]?.shape.elementCount ?? 0) })
    return Grafted(graph: grafted, tensorNames: names, trainableParameters: counts.parameters)
  }
}
