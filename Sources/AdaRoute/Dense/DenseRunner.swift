public import Backbones
public import Dense
public import Graph
public import Images
public import Runtime
import Tensors

/// A network for a dense task, ready to be given images.
public struct DenseRunner: Sendable {
  public let configuration: DenseConfiguration
  /// How images are prepared; the checkpoint's own way at first.
  public var preparation: DensePreparation
  /// The windows that an image is looked at through; nil for the whole image at once. The checkpoint's at first.
  public var windows: SegmentationSettings.Windows?
  /// Whether weights are mixed once for the whole image, looked at at a window's size, instead of for each window anew.
  public var routesGlobally = false
  private let path: String
  private let network: Session
  private let graph: Graph
  private let things: ThingFinder?
  /// What is behind the backbone of a network that finds no things.
  private let behind: Session?

  /// Throws where the model is for no dense task.
  public init(_ model: Model, computing: SessionSettings = SessionSettings()) throws {
    guard let dense = try model.dense else { throw DenseRunError.noDenseTask(path: model.path) }
    path = model.path
    graph = model.graph
    configuration = dense
    preparation = try DensePreparation(dense)
    windows = try dense.segmentation?.windows
    if let settings = try dense.detection {
      let finder = try ThingFinder(model.graph, settings, computing: computing)
      things = finder
      network = finder.maps
      behind = nil
    } else {
      things = nil
      network = Session(model.graph, settings: computing)
      behind = Session(
        try graph.cut(at: BatchedBackbone.maps, outputs: ["logits"], keepingExtents: true), sharing: network)
    }
  }

  /// The network's backbone for several images at a time; throws where images are looked at through windows, or where
  /// padding would change what the network makes of them.
  public func batchedBackbone() throws -> BatchedBackbone {
    guard windows == nil else { throw DenseRunError.windowsInBatches(path: path) }
    return try BatchedBackbone(graph, path: path, sharing: network)
  }

  /// A class for every pixel of the original image.
  ///
  /// Through windows, routing is computed for each window anew, as in mmsegmentation, but for `routesGlobally`.
  /// `maps` are what the backbone has made of the image; it is asked where they are nil.
  public func segment(_ image: DensePreparation.Prepared, from maps: BackboneMaps? = nil) throws -> LabelMap {
    guard configuration.task == .segment else {
      throw DenseRunError.otherTask(path: path, asked: .segment, found: configuration.task)
    }
    guard let windows else {
      let session = maps.flatMap { maps in behind.map { ($0, maps.tensors) } } ?? (network, [:])
      let logits = try logits(of: image.values, height: image.size.height, width: image.size.width, on: session)
      return labels(logits, image)
    }
    let size = image.size
    let leavesGaps =
      windows.stride.height > windows.crop.height && size.height > windows.crop.height
      || windows.stride.width > windows.crop.width && size.width > windows.crop.width
    guard !leavesGaps else {
      throw DenseRunError.gaps(
        window: "\(windows.crop.height)x\(windows.crop.width)",
        stride: "\(windows.stride.height)x\(windows.stride.width)")
    }
    let grid = WindowGrid(height: size.height, width: size.width, crop: windows.crop, stride: windows.stride)
    let session = try routesGlobally ? globalRouting(image, windows) : (network, [:])
    let axes = axes(image, height: size.height, width: size.width)
    var labels = WindowedLabels(
      classes: configuration.classes, width: size.width, rows: axes.rows, columns: axes.columns)
    for window in grid.windows {
      let (rows, columns) = (window.rows, window.columns)
      labels.advance(to: rows.lowerBound)
      let values = image.values(rows: rows, columns: columns)
      let logits = try logits(of: values, height: rows.count, width: columns.count, on: session)
      labels.add(logits.scalars() ?? [], height: logits.shape[2], width: logits.shape[3], of: window)
    }
    return labels.finished()
  }

  private func logits(
    of values: [Float], height: Int, width: Int, on session: (Session, [String: Tensor])
  ) throws -> Tensor {
    var inputs = session.1
    inputs["input"] = Tensor(values, shape: Shape([1, 3, height, width]))
    guard let logits = try session.0.run(inputs, outputs: ["logits"])["logits"] else {
      throw DenseRunError.noDenseTask(path: path)
    }
    return logits
  }

  /// A network whose routing is given, and the routing of the whole image at a window's size.
  private func globalRouting(
    _ image: DensePreparation.Prepared, _ windows: SegmentationSettings.Windows
  ) throws -> (Session, [String: Tensor]) {
    let names = graph.taps.keys.filter { $0.hasPrefix("routing.") }.sorted()
    let (height, width) = (
      min(image.size.height, windows.crop.height), min(image.size.width, windows.crop.width)
    )
    let rows = BilinearAxis(length: image.size.height).resized(to: height)
    let columns = BilinearAxis(length: image.size.width).resized(to: width)
    let full = image.size.width
    var values = [Float](repeating: 0, count: 3 * height * width)
    for (place, taps) in rows.taps.enumerated() {
      let lines = taps.map { tap in
        (weight: tap.weight, values: image.values(rows: tap.place..<tap.place + 1, columns: 0..<full))
      }
      for channel in 0..<3 {
        for (column, others) in columns.taps.enumerated() {
          var value: Float = 0
          for line in lines {
            for other in others { value += line.weight * other.weight * line.values[channel * full + other.place] }
          }
          values[(channel * height + place) * width + column] = value
        }
      }
    }
    let input = Tensor(values, shape: Shape([1, 3, height, width]))
    let routing = try network.run(["input": input], outputs: names)
    return (Session(try graph.cut(at: names, outputs: ["logits"]), sharing: network), routing)
  }

  /// Where weights are mixed: for reports.
  var routing: String {
    guard let windows else { return "per image" }
    guard routesGlobally else { return "per window" }
    return "of the whole image at up to \(windows.crop.height)x\(windows.crop.width)"
  }

  /// Boxes and masks of things in the original image.
  public func detect(_ image: DensePreparation.Prepared, from maps: BackboneMaps? = nil) throws -> FoundThings {
    guard let things, configuration.task == .detect else {
      throw DenseRunError.otherTask(path: path, asked: .detect, found: configuration.task)
    }
    return try things.find(image, maps)
  }

  /// For every pixel of the original image a class, and which thing.
  public func panoptic(
    _ image: DensePreparation.Prepared, from maps: BackboneMaps? = nil
  ) throws -> (map: PanopticMap, things: FoundThings) {
    guard let things, configuration.task == .panoptic, let fusion = things.settings.fusion else {
      throw DenseRunError.otherTask(path: path, asked: .panoptic, found: configuration.task)
    }
    let found = try things.find(image, maps)
    guard let logits = found.semantic else { throw DenseRunError.noDenseTask(path: path) }
    let map = PanopticMap(
      stuff: labels(logits, image), things: Array(zip(found.detections.labels, found.masks)),
      PanopticMap.Settings(
        thingClasses: things.settings.classes, stuffClasses: fusion.stuffClasses, maskOverlap: fusion.maskOverlap,
        stuffArea: fusion.stuffArea))
    return (map, found)
  }

  /// Logits resized to the network's input, cut to the image's part of it, and resized to the original image.
  private func labels(_ logits: Tensor, _ image: DensePreparation.Prepared) -> LabelMap {
    let shape = logits.shape
    let (rows, columns) = axes(image, height: shape[2], width: shape[3])
    let numbers: [Float] = logits.scalars() ?? []
    return LabelMap(
      logits: numbers, classes: shape[1], size: (shape[2], shape[3]), rows: rows, columns: columns,
      sharing: network.share)
  }

  private func axes(
    _ image: DensePreparation.Prepared, height: Int, width: Int
  ) -> (rows: BilinearAxis, columns: BilinearAxis) {
    (
      BilinearAxis(length: height).resized(to: image.size.height).cropped(to: image.content.height)
        .resized(to: image.original.height),
      BilinearAxis(length: width).resized(to: image.size.width).cropped(to: image.content.width)
        .resized(to: image.original.width)
    )
  }
}

/// Why a model cannot be run for a dense task.
public enum DenseRunError: Error, Hashable, Sendable {
  case noDenseTask(path: String)
  case otherTask(path: String, asked: DenseTask, found: DenseTask)
  /// Files of two images would have the same names.
  case sameName(String, String)
  /// A map of labels holds 256 at most.
  case tooManyClasses(Int)
  /// Windows would not meet.
  case gaps(window: String, stride: String)
  /// Windows are looked at one by one.
  case windowsInBatches(path: String)
  /// Images cannot be padded to one size without changing what the network makes of them.
  case cannotPad(path: String, PaddingError)
}

extension DenseRunError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noDenseTask(let path): "\(path): the model has no heads for segmentation or detection"
    case .otherTask(let path, let asked, let found):
      "\(path): asked to \(asked.rawValue), but the model's heads are for \(found.rawValue)"
    case .sameName(let path, let name): "\(path): another image's results are called \(name) already"
    case .gaps(let window, let stride):
      "steps of \(stride) leave gaps between windows of \(window): steps of at most a window expected"
    case .windowsInBatches(let path):
      "\(path): the model looks at images through windows, one by one: --pad-batch is for whole images"
    case .cannotPad(let path, let error): "\(path): --pad-batch does not fit the model: \(error)"
    case .tooManyClasses(let count): "label maps of at most 256 classes are written, the model has \(count)"
    }
  }
}
