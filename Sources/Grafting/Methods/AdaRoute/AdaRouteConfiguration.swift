public import Tensors

/// The settings of an AdaRoute graft, the same for all its modules.
public struct AdaRouteConfiguration: Codable, Hashable, Sendable {
  /// Width between the down and the up projection.
  public var rank: Int
  /// Sizes of the routed depthwise convolutions, odd, in the order in which they feed each other.
  public var kernels: [Int]
  /// Hidden width of the router's MLP.
  public var routerHidden: Int
  /// Whether modules have depthwise convolutions at all.
  public var spatial: Bool
  /// Whether modules scale and shift their result and their residual.
  public var layerScale: Bool
  public var residualScale: Bool

  public init(
    rank: Int = 128, kernels: [Int] = [3, 5, 7], routerHidden: Int = 16, spatial: Bool = true,
    layerScale: Bool = true, residualScale: Bool = true
  ) {
    self.rank = rank
    self.kernels = spatial ? kernels : []
    self.routerHidden = routerHidden
    self.spatial = spatial
    self.layerScale = layerScale
    self.residualScale = residualScale
  }

  /// Parameter groups that a router weighs: down, up, and one for each kernel.
  var groups: Int { 2 + kernels.count }

  func validate() throws(GraftError) {
    guard (1...65_536).contains(rank) else {
      throw .setting(name: "rank", expected: "an integer from 1 to 65536", found: "\(rank)")
    }
    guard (1...65_536).contains(routerHidden) else {
      throw .setting(name: "router-hidden", expected: "an integer from 1 to 65536", found: "\(routerHidden)")
    }
    guard spatial || kernels.isEmpty else {
      throw .setting(name: "kernels", expected: "none where spatial is false", found: "\(kernels)")
    }
    guard kernels.allSatisfy({ $0 % 2 == 1 && (1...63).contains($0) }), Set(kernels).count == kernels.count else {
      throw .setting(name: "kernels", expected: "different odd integers from 1 to 63", found: "\(kernels)")
    }
  }

  /// Reads the settings off trained tensors under the authors' names.
  public init(readingFrom tensors: any TensorCollection) throws(GraftError) {
    let names = tensors.names
    guard let module = names.first(where: { $0.hasSuffix(".router.0.weight") })?.dropLast(".router.0.weight".count)
    else { throw .missingTensor(name: "blocks.0.adapter.router.0.weight") }
    guard let center = names.first(where: { $0.hasSuffix("projA_params") }) else {
      throw .missingTensor(name: "peft_params.projA_params")
    }
    let centerPrefix = center.dropLast("projA_params".count)
    func shape(_ name: String) throws(GraftError) -> Shape {
      do {
        return try tensors.tensor(named: name).shape
      } catch {
        throw .unreadable(tensor: name, reason: "\(error)")
      }
    }
    let (hidden, projection) = (try shape(module + ".router.0.weight"), try shape(center))
    guard hidden.rank == 2, projection.rank == 3 else {
      throw .setting(name: center, expected: "shape [experts, rank, width]", found: "\(projection)")
    }
    let kernels = names.compactMap { name -> Int? in
      guard name.hasPrefix(centerPrefix + "conv"), name.hasSuffix("_params") else { return nil }
      let sides = name.dropFirst(centerPrefix.count + 4).dropLast(7).split(separator: "x")
      return sides.count == 2 && sides[0] == sides[1] ? Int(sides[0]) : nil
    }
    self.init(
      rank: projection[1], kernels: kernels.sorted(), routerHidden: hidden[0],
      spatial: tensors.contains(module + ".dwconv1.weight"), layerScale: tensors.contains(module + ".layer_scale"),
      residualScale: tensors.contains(module + ".res_scale"))
  }
}
