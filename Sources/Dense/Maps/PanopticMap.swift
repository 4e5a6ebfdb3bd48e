/// A class for every pixel, and for pixels of things which one.
///
/// Source: mmdet.models.HeuristicFusionHead.
public struct PanopticMap: Hashable, Sendable {
  public let height: Int
  public let width: Int
  /// Classes of things, then those of stuff; `classes` for none.
  public let classes: Int
  /// Row-major: the class, plus 1000 times the thing's number, which counts from 1.
  public let identifiers: [Int]
  /// By a thing's number less 1: its place among those that the map was made of.
  private let places: [Int]

  /// Between the numbers of things.
  public static let step = 1000

  public struct Settings: Hashable, Sendable {
    public var thingClasses: Int
    public var stuffClasses: Int
    /// A thing of which more than this share is taken is left out.
    public var maskOverlap: Double
    /// Stuff of fewer pixels is left out.
    public var stuffArea: Int

    public init(thingClasses: Int, stuffClasses: Int, maskOverlap: Double, stuffArea: Int) {
      (self.thingClasses, self.stuffClasses) = (thingClasses, stuffClasses)
      (self.maskOverlap, self.stuffArea) = (maskOverlap, stuffArea)
    }
  }

  /// `stuff` has labels of stuff and one more for any thing; `things` are masks with their classes, the surest first.
  public init(stuff: LabelMap, things: [(label: Int, mask: RunLengthMask)], _ settings: Settings) {
    classes = settings.thingClasses + settings.stuffClasses
    (height, width) = (stuff.height, stuff.width)
    let (height, width) = (height, width)
    // Column by column, as masks are.
    var columns = [Int](repeating: 0, count: height * width)
    var places: [Int] = []
    for (place, thing) in things.enumerated() {
      precondition(thing.mask.height == height && thing.mask.width == width, "masks and map are of one size")
      let area = thing.mask.area
      guard area > 0 else { continue }
      var taken = 0
      thing.mask.forEachInside { taken += columns[$0] != 0 ? 1 : 0 }
      // In single precision, as the share is compared there.
      guard !(Float(taken) / (Float(area) + 1e-5) > Float(settings.maskOverlap)) else { continue }
      places.append(place)
      let identifier = thing.label + places.count * Self.step
      thing.mask.forEachInside { if columns[$0] == 0 { columns[$0] = identifier } }
    }
    self.places = places
    let map = (0..<height * width).map { columns[$0 % width * height + $0 / width] }
    var areas = [Int](repeating: 0, count: settings.stuffClasses + 1)
    for index in map.indices where map[index] == 0 { areas[Int(stuff.labels[index])] += 1 }
    identifiers = map.indices.map { index in
      if map[index] != 0 { return map[index] }
      let label = Int(stuff.labels[index])
      let isThere = label < settings.stuffClasses && areas[label] >= settings.stuffArea
      return settings.thingClasses + (isThere ? label : settings.stuffClasses)
    }
  }

  /// Which of the things an identifier is of; nil for stuff.
  public func thing(of identifier: Int) -> Int? {
    let number = identifier / Self.step
    return places.indices.contains(number - 1) ? places[number - 1] : nil
  }

  /// What is on the map, ascending by identifier, without what is no class.
  public var segments: [(identifier: Int, label: Int, area: Int)] {
    var areas: [Int: Int] = [:]
    for identifier in identifiers where identifier != classes { areas[identifier, default: 0] += 1 }
    return areas.sorted { $0.key < $1.key }.map { ($0.key, $0.key % Self.step, $0.value) }
  }
}
