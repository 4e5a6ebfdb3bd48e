import Graph

/// Sums of the stream that have one width, and one number of positions.
struct Stage {
  private(set) var sums: [ResidualStream.Sum]
  /// How many sums the stream has before these.
  let first: Int
  /// The result of the sum before.
  let before: ValueID?

  static func stages(of stream: ResidualStream, in graph: Graph) -> [Stage] {
    var stages: [Stage] = []
    var last: TensorType?
    for (index, sum) in stream.sums.enumerated() {
      let type = graph.type(of: sum.result)
      if let last, type.isLaidOutAnew(last) {
        stages[stages.count - 1].sums.append(sum)
      } else {
        let before = index > 0 ? stream.sums[index - 1].result : nil
        stages.append(Stage(sums: [sum], first: index, before: before))
      }
      last = type
    }
    return stages
  }

  func isOneToken(in graph: Graph) -> Bool {
    let type = graph.type(of: sums[0].result)
    return type.rank == 3 && type.dimensions[1] == 1
  }

  func blocks(in graph: Graph) throws(SiteFindingError) -> [Block] {
    try Block.blocks(of: sums, first: first, isLater: first > 0, in: graph)
  }

  /// How the stage's streams are laid out; blocks may have maps at one sum and tokens at the other.
  func layouts(in graph: Graph) throws(SiteFindingError) -> [TensorType: Site.Layout] {
    var layouts: [TensorType: Site.Layout] = [:]
    var grid: (height: Dimension, width: Dimension)?
    for sum in sums {
      let type = graph.type(of: sum.result)
      guard type.rank == 4, layouts[type] == nil, let layout = sum.mapLayout(in: graph) else { continue }
      layouts[type] = layout
      let first = layout == .nhwc ? 1 : 2
      grid = (type.dimensions[first], type.dimensions[first + 1])
    }
    for sum in sums {
      let type = graph.type(of: sum.result)
      guard layouts[type] == nil else { continue }
      guard type.rank == 3 else { throw .unknownLayout(stream: type) }
      if let grid, grid.height * grid.width == type.dimensions[1] {
        layouts[type] = .tokens(prefix: 0, height: grid.height, width: grid.width)
      } else {
        layouts[type] = try tokens(type, in: graph)
      }
    }
    return layouts
  }

  /// From the convolution that cuts the image into patches, or, on a coarser map, from how blocks see the stream, or
  /// from how it was made of the map before.
  private func tokens(_ type: TensorType, in graph: Graph) throws(SiteFindingError) -> Site.Layout {
    do throws(SiteFindingError) {
      let grid = try TokenGrid(of: sums[0].stream, in: graph)
      return .tokens(prefix: grid.prefix, height: grid.height, width: grid.width)
    } catch {
      guard case .gridMismatch = error, type.dimensions[1] != 1 else { throw error }
      let maps = sums.flatMap(\.nodes).compactMap { node in graph.type(of: node.result).map(of: type) }
      let merging = before.map { graph.nodes(from: $0, to: sums[0].stream) } ?? []
      let merged = merging.compactMap { node in
        graph.type(of: node.result).map(of: type, sameWidth: false)
      }
      guard let map = (maps + merged).first(where: { $0.height != 1 && $0.width != 1 }) ?? maps.first else {
        throw error
      }
      return .tokens(prefix: 0, height: map.height, width: map.width)
    }
  }
}

extension TensorType {
  /// Whether the other may hold the same elements: of one width, as tokens or as a map.
  fileprivate func isLaidOutAnew(_ other: TensorType) -> Bool {
    /// Where channels may stand.
    func widths(_ type: TensorType) -> Set<Dimension> {
      type.rank == 3 ? [type.dimensions[2]] : [type.dimensions[1], type.dimensions[3]]
    }
    return elementCount == other.elementCount && !widths(self).isDisjoint(with: widths(other))
  }

  /// The grid of a map `[N, h, w, c]`, or of one in windows `[N, rows, y, columns, x, c]`, of tokens `[N, h·w, c]`.
  fileprivate func map(
    of tokens: TensorType, sameWidth: Bool = true
  ) -> (height: Dimension, width: Dimension)? {
    guard dimensions.first == tokens.dimensions[0], !sameWidth || dimensions.last == tokens.dimensions[2] else {
      return nil
    }
    let grid: (height: Dimension, width: Dimension)
    switch rank {
    case 4: grid = (dimensions[1], dimensions[2])
    case 6: grid = (dimensions[1] * dimensions[2], dimensions[3] * dimensions[4])
    default: return nil
    }
    return grid.height * grid.width == tokens.dimensions[1] ? grid : nil
  }
}
