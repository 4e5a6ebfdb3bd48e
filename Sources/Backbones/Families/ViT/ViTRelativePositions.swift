import Graph
import Tensors

extension ViTBuilder {
  /// What relative positions add to the scores of a block's attention: its own table's numbers, the shared one's.
  mutating func relativeBiases(_ block: String) throws -> [ValueID] {
    var biases: [ValueID] = []
    for name in [names.ownTable.map { block + $0 }, names.sharedTable].compactMap(\.self)
    where weights.contains(name) {
      let bias = try relativeBiasValues[name] ?? relativeBias(name)
      relativeBiasValues[name] = bias
      biases.append(bias)
    }
    return biases
  }

  /// A table's numbers between all tokens, [heads, 1 + h·w, 1 + h·w], resized for the images' grid.
  ///
  /// Its last three rows are those from the class token to a patch, from a patch to the class token, from the class
  /// token to itself. Source: Bao et al. 2022, arXiv:2106.08254, as in Microsoft's code.
  private mutating func relativeBias(_ name: String) throws -> ValueID {
    let rows = (home: 2 * homeGrid.height - 1, own: grid.height * 2 - 1)
    let columns = (home: 2 * homeGrid.width - 1, own: grid.width * 2 - 1)
    let differences = rows.home * columns.home
    let heads = configuration.heads
    guard prefix.count == 1, prefix.hasClass else {
      throw BackboneError.missingTensor(name: names.classToken, role: "class token, beside relative positions")
    }
    let table = try weights.load(name, [differences + 3, heads], role: "relative positions", into: &graph)
    let flat = try graph.add(Slice(axis: 0, start: 0, count: Dimension(differences)), table)
    let home = try graph.add(Reshape([Dimension(rows.home), Dimension(columns.home), Dimension(heads)]), flat)
    let own = [rows.own, columns.own, Dimension(heads)]
    let between = try graph.add(
      RelativePositions(), graph.add(Resize(sizes: own, sampling: names.tableSampling), home))
    func special(_ row: Int, _ rows: Dimension, _ columns: Dimension) throws -> ValueID {
      let entry = try graph.add(Slice(axis: 0, start: differences + row, count: 1), table)
      let column = try graph.add(Reshape([Dimension(heads), 1, 1]), entry)
      return try graph.add(Broadcast([Dimension(heads), rows, columns]), column)
    }
    let count = patchCount
    let upper = try graph.add(Concat(axis: 2), special(2, 1, 1), special(0, 1, count))
    let lower = try graph.add(Concat(axis: 2), special(1, count, 1), between)
    return try graph.add(Concat(axis: 1), upper, lower)
  }
}
