public import Graph

extension Graph {
  /// The sites of a network whose builder named none, found from its topology, never from names.
  ///
  /// One site after each block of the residual stream, `blocks.0` and on, on the tokens of the patches. The
  /// network has no stages, because width and grid are those of the one stream throughout.
  public func foundSites() throws(SiteFindingError) -> [Site] {
    guard let stream = ResidualStream(of: self) else { throw .noStream }
    let results = try stream.blockResults(in: self)
    let grid = try TokenGrid(of: stream.start, in: self)
    return results.enumerated().map { index, value in
      Site(
        block: "blocks.\(index)",
        layout: .tokens(prefix: grid.prefix, height: grid.height, width: grid.width), value: value)
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
