/// How `Resize` makes elements between those that there are.
public struct Sampling: Hashable, Sendable {
  public enum Filter: String, CaseIterable, Sendable {
    /// One neighbour, which `rounding` chooses.
    case nearest
    /// Two neighbours, by their distance.
    case linear
    /// Four neighbours, by Keys' cubic with `cubicCoefficient` (1981, doi:10.1109/TASSP.1981.1163711).
    case cubic
  }

  /// Where element y of the result lies on the axis: `length` elements, `count` in the result, `scale` their ratio.
  public enum Coordinates: String, CaseIterable, Sendable {
    /// (y + 1/2) / scale - 1/2
    case halfPixel
    /// As `halfPixel`, centered where `count` is not length · scale.
    case halfPixelSymmetric
    /// As `halfPixel`; 0 where the result has one element.
    case halfPixelOrFirst
    /// (y + 1/2) / scale
    case halfPixelOfNearest
    /// y · (length - 1) / (length · scale - 1)
    case alignCorners
    /// y / scale
    case asymmetric
    /// As `alignCorners` over a part of the axis; elements outside the axis are `extrapolation`.
    case cropAndResize
    /// As `GeometricPlaces` says; where one axis of a map `[h, w, c]` changes, both of h and w are sampled anew.
    case geometric
  }

  /// Which of two neighbours is the nearest.
  public enum Rounding: String, CaseIterable, Sendable {
    case halfDown, halfUp, down, up
  }

  public var filter: Filter
  public var coordinates: Coordinates
  public var rounding: Rounding
  /// Whether a shrunk axis is read through a filter that is wider by as much, so that every element counts.
  public var antialiases: Bool
  public var cubicCoefficient: Double
  /// Whether neighbours beyond the ends get no weight; otherwise they are the first and the last element.
  public var excludesOutside: Bool
  public var extrapolation: Double

  public init(
    _ filter: Filter, _ coordinates: Coordinates = .halfPixel, rounding: Rounding = .halfDown,
    antialiases: Bool = false, cubicCoefficient: Double = -0.75, excludesOutside: Bool = false,
    extrapolation: Double = 0
  ) {
    self.filter = filter
    self.coordinates = coordinates
    self.rounding = rounding
    self.antialiases = antialiases
    self.cubicCoefficient = cubicCoefficient
    self.excludesOutside = excludesOutside
    self.extrapolation = extrapolation
  }

  init(attributes: Attributes, of op: String) throws(TypeError) {
    self.init(
      try attributes.choice("filter", of: op), try attributes.choice("coordinates", of: op),
      rounding: try attributes.choice("rounding", of: op), antialiases: try attributes.flag("antialiases", of: op),
      cubicCoefficient: try attributes.number("cubicCoefficient", of: op),
      excludesOutside: try attributes.flag("excludesOutside", of: op),
      extrapolation: try attributes.number("extrapolation", of: op))
  }

  var attributes: [String: Attributes.Value] {
    [
      "filter": .text(filter.rawValue), "coordinates": .text(coordinates.rawValue),
      "rounding": .text(rounding.rawValue), "antialiases": .integer(antialiases ? 1 : 0),
      "cubicCoefficient": .number(cubicCoefficient), "excludesOutside": .integer(excludesOutside ? 1 : 0),
      "extrapolation": .number(extrapolation),
    ]
  }

  func check(_ op: String) throws(TypeError) {
    guard !antialiases || filter != .nearest else {
      throw .attribute(op: op, name: "antialiases", expected: "0, as the filter is nearest", found: "1")
    }
    guard cubicCoefficient.isFinite else {
      throw .attribute(op: op, name: "cubicCoefficient", expected: "a number", found: "\(cubicCoefficient)")
    }
  }
}
