import Foundation

/// Where the elements of a resampled table of relative positions lie on its own axis.
///
/// The result's elements are as far apart as positions are; those of the table stand at distances 0, 1, 1 + q,
/// 1 + q + q², … from its middle, with the ratio q, in (1.01, 1.5), that takes the last as far as the result reaches.
/// So small differences, which matter most, keep their entries. Source: Bao et al. 2022, arXiv:2106.08254, as in
/// Microsoft's code and timm's.
struct GeometricPlaces {
  /// Elements of the table and of the result on either side of the middle.
  private let reach: (table: Int, result: Int)
  private let ratio: Double

  /// Axes have a middle: lengths are odd. Others are taken for the next smaller odd ones.
  init(length: Int, count: Int) {
    reach = (max(length - 1, 0) / 2, max(count - 1, 0) / 2)
    var (low, high, middle) = (1.01, 1.5, 1.01)
    while high - low > 1e-6 {
      middle = (low + high) / 2
      if GeometricPlaces.distance(reach.table, middle) > Double(reach.result) { high = middle } else { low = middle }
    }
    ratio = middle
  }

  /// The place of an element of the result, between two elements of the table or beyond its ends.
  subscript(index: Int) -> Double {
    let offset = Double(index - reach.result)
    let distance = abs(offset)
    // The last element of the table that is not farther away.
    let inverse = log(1 + distance * (ratio - 1)) / log(ratio)
    let last = Int(inverse.rounded(.down))
    let (near, far) = (GeometricPlaces.distance(last, ratio), GeometricPlaces.distance(last + 1, ratio))
    let place = Double(last) + (distance - near) / (far - near)
    return Double(reach.table) + (offset < 0 ? -place : place)
  }

  private static func distance(_ steps: Int, _ ratio: Double) -> Double {
    (pow(ratio, Double(steps)) - 1) / (ratio - 1)
  }
}
