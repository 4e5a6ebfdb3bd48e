import Graph
import Tensors

extension Writing {
  /// By scales where they say more than the extents. Filters of neighbours want the axes that change to be the last.
  static let resize = Writing(Resize.self) { (op, node) throws(ExportError) in
    let (own, sizes) = (node.type(0).dimensions, op.sizes)
    let attributes = try node.attributes(of: op.sampling)
    guard op.scales.isEmpty || zip(own, op.scales).map({ $0.scaled(by: $1) }) == sizes else {
      throw .setting(node: node.label, expected: "extents of the scales, rounded down", found: "\(op.scales)")
    }
    // The extents that stay go first, those that change behind them.
    let isChanged = own.indices.map { axis in
      own[axis] != sizes[axis] || !op.scales.isEmpty && op.scales[axis] != 1 || !op.region.isEmpty
    }
    let order = own.indices.filter { !isChanged[$0] } + own.indices.filter { isChanged[$0] }
    let isMoved = op.sampling.filter != .nearest && order != Array(own.indices)
    func ordered<Element>(_ list: [Element]) -> [Element] { isMoved ? order.map { list[$0] } : list }
    let x = isMoved ? try node.transposed(0, order) : try node.operand(0)
    var operands = [x, "", "", ""]
    if !op.region.isEmpty {
      operands[1] = node.numbers(ordered(Array(op.region[..<own.count])) + ordered(Array(op.region[own.count...])))
    }
    if op.scales.isEmpty {
      operands[3] = try node.extents(ordered(sizes))
    } else {
      operands[2] = node.numbers(ordered(op.scales))
      operands.removeLast()
    }
    let result = node.emit("Resize", operands, attributes)
    return isMoved ? node.transpose(result, own.indices.map { order.firstIndex(of: $0) ?? 0 }) : result
  }
}

extension NodeWriter {
  fileprivate func numbers(_ values: [Double]) -> String {
    tensor(Tensor(values.map { Float($0) }, shape: [values.count]))
  }

  fileprivate func attributes(of sampling: Sampling) throws(ExportError) -> [String: ONNXAttribute] {
    func require(_ condition: Bool, _ what: String, since opset: Int) throws(ExportError) {
      guard condition || self.opset >= opset else {
        throw .setting(node: label, expected: "no \(what) before operator set \(opset)", found: "\(self.opset)")
      }
    }
    let mode =
      switch sampling.filter {
      case .nearest: "nearest"
      case .linear: "linear"
      case .cubic: "cubic"
      }
    let coordinates: String
    switch sampling.coordinates {
    case .halfPixel: coordinates = "half_pixel"
    case .halfPixelSymmetric: coordinates = "half_pixel_symmetric"
    case .halfPixelOrFirst: coordinates = "pytorch_half_pixel"
    case .alignCorners: coordinates = "align_corners"
    case .asymmetric: coordinates = "asymmetric"
    case .cropAndResize: coordinates = "tf_crop_and_resize"
    case .geometric:
      throw .setting(node: label, expected: "a fixed image size, for tables of relative positions", found: "\(type(0))")
    case .halfPixelOfNearest:
      throw .setting(node: label, expected: "coordinates of ONNX 13 or later", found: sampling.coordinates.rawValue)
    }
    try require(sampling.coordinates != .halfPixelSymmetric, "symmetric coordinates", since: 19)
    try require(!sampling.antialiases, "antialiasing", since: 18)
    var attributes: [String: ONNXAttribute] = [
      "mode": .string(mode), "coordinate_transformation_mode": .string(coordinates),
    ]
    if sampling.filter == .nearest {
      let rounding =
        switch sampling.rounding {
        case .halfDown: "round_prefer_floor"
        case .halfUp: "round_prefer_ceil"
        case .down: "floor"
        case .up: "ceil"
        }
      attributes["nearest_mode"] = .string(rounding)
    }
    if sampling.filter == .cubic { attributes["cubic_coeff_a"] = .float(Float(sampling.cubicCoefficient)) }
    if sampling.antialiases { attributes["antialias"] = .int(1) }
    if sampling.excludesOutside { attributes["exclude_outside"] = .int(1) }
    if sampling.coordinates == .cropAndResize {
      attributes["extrapolation_value"] = .float(Float(sampling.extrapolation))
    }
    return attributes
  }
}
