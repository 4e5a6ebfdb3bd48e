/// What chains of reshapes, transpositions and slices come to: a part of a base value, axis by axis.
///
/// Strides and offset count elements of the base in row-major order. An axis of extent 1 has no stride that
/// matters.
package struct StridedView: Hashable {
  package private(set) var extents: [Dimension]
  package private(set) var strides: [Dimension]
  package private(set) var offset: Dimension = 0

  /// The whole of a value.
  package init(_ extents: [Dimension]) {
    self.extents = extents
    strides = StridedView.rowMajor(extents)
  }

  private static func rowMajor(_ extents: [Dimension]) -> [Dimension] {
    var stride: Dimension = 1
    var strides: [Dimension] = []
    for extent in extents.reversed() {
      strides.append(stride)
      stride = stride * extent
    }
    return strides.reversed()
  }

  /// Whether an operator only moves elements, so that views can follow it.
  static func follows(_ op: any Operator) -> Bool { op is Reshape || op is Transpose || op is Slice }

  /// The view after an operator; nil where the result is no strided part of the base.
  package func after(_ op: any Operator) -> StridedView? {
    var view = self
    switch op {
    case let transpose as Transpose:
      view.extents = transpose.permutation.map { extents[$0] }
      view.strides = transpose.permutation.map { strides[$0] }
    case let slice as Slice:
      view.offset = offset + Dimension(slice.start) * strides[slice.axis]
      view.extents[slice.axis] = slice.count
    case let reshape as Reshape:
      guard let regrouped = regrouped(reshape.dimensions) else { return nil }
      (view.extents, view.strides) = (reshape.dimensions, regrouped)
    default: return nil
    }
    return view
  }

  /// Strides for other extents: runs of old axes that make up runs of new ones must lie in one piece.
  private func regrouped(_ new: [Dimension]) -> [Dimension]? {
    let old = zip(extents, strides).filter { $0.0 != 1 }
    let axes = new.indices.filter { new[$0] != 1 }
    var result = [Dimension](repeating: 0, count: new.count)
    var (i, j) = (0, 0)
    while j < axes.count {
      guard i < old.count else { return nil }
      var (iEnd, jEnd) = (i + 1, j + 1)
      var (left, right) = (old[i].0, new[axes[j]])
      while left != right {
        if jEnd < axes.count, left.dividedExactly(by: right) != nil {
          right = right * new[axes[jEnd]]
          jEnd += 1
        } else if iEnd < old.count {
          left = left * old[iEnd].0
          iEnd += 1
        } else {
          return nil
        }
      }
      for axis in i..<iEnd - 1 where old[axis].1 != old[axis + 1].1 * old[axis + 1].0 { return nil }
      var stride = old[iEnd - 1].1
      for axis in axes[j..<jEnd].reversed() {
        result[axis] = stride
        stride = stride * new[axis]
      }
      (i, j) = (iEnd, jEnd)
    }
    return i == old.count ? result : nil
  }

  /// The one operator that makes this view of a base of these extents; empty where the view is the base
  /// itself, nil where it takes more than one.
  func simplest(on base: [Dimension]) -> [any Operator]? {
    if extents == base, isInOrder { return [] }
    if isInOrder, extents.reduce(1, *) == base.reduce(1, *) { return [Reshape(extents)] }
    guard extents.count == base.count else { return nil }
    return permutation(of: base).map { [Transpose($0)] } ?? slice(of: base).map { [$0] }
  }

  private var isInOrder: Bool {
    offset == 0
      && zip(extents, zip(strides, StridedView.rowMajor(extents))).allSatisfy { $0 == 1 || $1.0 == $1.1 }
  }

  private func permutation(of base: [Dimension]) -> [Int]? {
    guard offset == 0 else { return nil }
    let own = StridedView.rowMajor(base)
    var free = Array(base.indices)
    var permutation: [Int] = []
    for (extent, stride) in zip(extents, strides) {
      guard let index = free.firstIndex(where: { base[$0] == extent && (extent == 1 || own[$0] == stride) })
      else {
        return nil
      }
      permutation.append(free.remove(at: index))
    }
    return permutation
  }

  private func slice(of base: [Dimension]) -> Slice? {
    let own = StridedView.rowMajor(base)
    let cut = base.indices.filter { extents[$0] != base[$0] }
    let inPlace = base.indices.allSatisfy { extents[$0] == 1 || strides[$0] == own[$0] }
    guard cut.count == 1, inPlace, let start = offset.dividedExactly(by: own[cut[0]])?.constant, start >= 0
    else {
      return nil
    }
    return Slice(axis: cut[0], start: start, count: extents[cut[0]])
  }
}
