import Graph
import Tensors

extension Lowering {
  /// The places of a regular grid, turned and moved by a matrix for each image.
  /// https://onnx.ai/onnx/operators/onnx__AffineGrid.html
  static let affineGrid = Lowering("AffineGrid", since: 20) { (node) throws(LoweringError) in
    let theta = try node.operand(0)
    let (type, size) = (node.type(theta), try node.constantIntegers(1))
    let alignsCorners = try node.int("align_corners", default: 0) != 0
    let map = Array(size.dropFirst(2))
    guard (2...3).contains(map.count), type.rank == 3,
      type.dimensions[1...] == [Dimension(map.count), Dimension(map.count + 1)]
    else {
      throw .operand(
        node.reference, index: 0, expected: "matrices [N, 2, 3] or [N, 3, 4] for a size of 4 or 5 extents",
        found: "\(type) and \(size)")
    }
    guard let shape = Shape(checking: map), (1...1 << 24).contains(shape.elementCount) else {
      throw .operand(node.reference, index: 1, expected: "up to 2^24 places", found: "\(size)")
    }
    // The last axis' place comes first, then the others', then the 1 that moves are multiplied with.
    var base: [Double] = []
    for position in 0..<shape.elementCount {
      for axis in map.indices.reversed() {
        let (index, extent) = (Double(position / shape.strides[axis] % map[axis]), Double(map[axis]))
        base.append(alignsCorners ? (extent > 1 ? 2 * index / (extent - 1) - 1 : -1) : (2 * index + 1) / extent - 1)
      }
      base.append(1)
    }
    let places = node.constant(
      Tensor(base, shape: [shape.elementCount, map.count + 1]).converted(to: type.element))
    let grid = try node.apply(MatMul(), places, node.apply(Transpose([0, 2, 1]), theta))
    return [try node.reshape(grid, [type.dimensions[0]] + map.map { Dimension($0) } + [Dimension(map.count)])]
  }

  /// https://onnx.ai/onnx/operators/onnx__CenterCropPad.html
  static let centerCropPad = Lowering("CenterCropPad", since: 18) { (node) throws(LoweringError) in
    var x = try node.operand(0)
    let (type, shape) = (node.type(x), try node.constantIntegers(1))
    let axes = try node.ints("axes") ?? Array(0..<type.rank)
    _ = try node.axes(axes, rank: type.rank)
    guard shape.count == axes.count, shape.allSatisfy({ (0...1 << 40).contains($0) }) else {
      throw .operand(node.reference, index: 1, expected: "\(axes.count) extents", found: "\(shape)")
    }
    var before = [Int](repeating: 0, count: type.rank)
    var after = [Dimension](repeating: 0, count: type.rank)
    for (wanted, stated) in zip(shape, axes) {
      let axis = try node.axis(stated, rank: type.rank, "axes")
      guard let own = type.dimensions[axis].constant else {
        throw node.undecided("whether \(type.dimensions[axis]) is cut or widened to \(wanted)")
      }
      if wanted < own {
        x = try node.apply(Slice(axis: axis, start: (own - wanted) / 2, count: Dimension(wanted)), x)
      } else {
        before[axis] = (wanted - own) / 2
        after[axis] = Dimension(wanted - own - before[axis])
      }
    }
    if before.allSatisfy({ $0 == 0 }), after.allSatisfy({ $0 == 0 }) { return [x] }
    return [try node.apply(Pad(before: before, after: after), x)]
  }

  /// Windows added up: the transpose of a convolution whose kernels each pick one element of the window.
  /// https://onnx.ai/onnx/operators/onnx__Col2Im.html
  static let col2Im = Lowering("Col2Im", since: 18) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let (type, image, kernel) = (node.type(x), try node.constantIntegers(1), try node.constantIntegers(2))
    let (rank, positive) = (image.count, 1...Windows.limit)
    guard Windows.ranks.contains(rank), kernel.count == rank, (image + kernel).allSatisfy(positive.contains) else {
      throw .operand(
        node.reference, index: 1, expected: "one to three extents, and as many of a window",
        found: "\(image) and \(kernel)")
    }
    let strides = try node.positives("strides", rank)
    let dilations = try node.positives("dilations", rank)
    let pads = try node.list("pads", 2 * rank, default: 0, 0...Windows.limit)
    var (counts, extra): ([Dimension], [Int]) = ([], [])
    for axis in 0..<rank {
      let reach = (kernel[axis] - 1) * dilations[axis] + 1
      let room = image[axis] + pads[axis] + pads[rank + axis] - reach
      guard room >= 0 else {
        throw .operand(node.reference, index: 2, expected: "windows that fit", found: "\(kernel) in \(image)")
      }
      counts.append(Dimension(room / strides[axis] + 1))
      extra.append(room % strides[axis])
    }
    let (taps, overflow) = kernel.reduce((1, false)) { product, extent in
      let (next, overflow) = product.0.multipliedReportingOverflow(by: extent)
      return (next, overflow || product.1)
    }
    guard type.rank == 3, !overflow, let columns = type.dimensions[1].constant, columns > 0, columns % taps == 0,
      columns * taps <= 1 << 24, type.dimensions[2] == counts.reduce(1, *)
    else {
      throw .operand(
        node.reference, index: 0, expected: "[N, c·\(kernel), \(counts.reduce(1, *)) windows]", found: "\(type)")
    }
    var picks = [Double](repeating: 0, count: columns * taps)
    for column in 0..<columns { picks[column * taps + column % taps] = 1 }
    let weight = node.constant(Tensor(picks, shape: Shape([columns, 1] + kernel)).converted(to: type.element))
    let windows = Windows(
      strides: strides, dilations: dilations, before: Array(pads[..<rank]), after: Array(pads[rank...]))
    let maps = try node.reshape(x, [type.dimensions[0], Dimension(columns)] + counts)
    return [try node.apply(ConvTranspose(windows, extra: extra, groups: columns / taps), maps, weight)]
  }
}
