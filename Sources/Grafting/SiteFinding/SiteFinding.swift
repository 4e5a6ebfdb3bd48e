public import Graph

extension Graph {
  /// The sites of a network whose builder named none, found from its topology, never from names.
  ///
  /// Where one stream of tokens runs through the network, a site after each block, `blocks.0` and on. Where width or
  /// grid change on the way, the network has stages: two sites in each block of attention and a token-wise network,
  /// `layers.0.blocks.0` and on, or one after each convolutional block, `stages.0.0` and on.
  public func foundSites() throws(SiteFindingError) -> [Site] {
    guard let stream = ResidualStream(of: self) else { throw .noStream }
    var found: [(blocks: [Block], layouts: [TensorType: Site.Layout])] = []
    var refusal: SiteFindingError?
    for stage in Stage.stages(of: stream, in: self) {
      let layouts: [TensorType: Site.Layout]
      do throws(SiteFindingError) {
        layouts = try stage.layouts(in: self)
      } catch {
        // One token that reads those of the grid, as in a class token's own blocks or a pooling head's, has no sites.
        guard stage.isOneToken(in: self) else { throw error }
        refusal = refusal ?? error
        continue
      }
      found.append((try stage.blocks(in: self), layouts))
    }
    found.removeAll(where: \.blocks.isEmpty)
    guard let only = found.first else { throw refusal ?? .noStream }
    if found.count == 1, only.blocks.allSatisfy(\.attends) {
      return only.blocks.enumerated().compactMap { index, block in
        only.layouts[type(of: block.result)].map { layout in
          Site(block: "blocks.\(index)", layout: layout, value: block.result)
        }
      }
    }
    let attend = found.contains { $0.blocks.contains(where: \.attends) }
    return found.enumerated().flatMap { number, stage in
      stage.blocks.enumerated().flatMap { index, block in
        let name = attend ? "layers.\(number).blocks.\(index)" : "stages.\(number).\(index)"
        return block.sums.enumerated().compactMap { place, sum in
          stage.layouts[type(of: sum.result)].map { layout in
            // Slot 1 follows attention, slot 2 the token-wise network.
            let slot = block.attends ? place + 3 - block.sums.count : 0
            return Site(block: name, slot: slot, stage: number, layout: layout, value: sum.result)
          }
        }
      }
    }
  }

  /// The graph with the sites that are found in it; itself where its builder has named sites.
  public func findingSites() throws(SiteFindingError) -> Graph {
    guard sites.isEmpty else { return self }
    var graph = self
    for site in try foundSites() { graph.addSite(site) }
    return graph
  }
}
