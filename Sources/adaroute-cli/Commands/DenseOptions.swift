import AdaRoute
import ArgumentParser
import Images

/// How `run --task` looks at images, where that is not as the checkpoint states.
struct DenseOptions: ParsableArguments {
  @Option(help: "HEIGHTxWIDTH that images are resized to fit into, in proportion.") var scale: String?
  @Option(help: "Of segment: HEIGHTxWIDTH of windows that images are looked at through.") var window: String?
  @Option(help: "Of segment: HEIGHTxWIDTH of the windows' steps; by default two thirds of a window.")
  var stride: String?
  @Option(help: "Of segment: window, for each window anew, or global, once for the whole image at a window's size.")
  var routing: String?
  @Option(
    help: """
      Images that the backbone looks at at a time, those of other sizes padded to the largest; what is found is what \
      is found without, image by image.
      """)
  var padBatch: Int?

  var isEmpty: Bool { scale == nil && window == nil && stride == nil && routing == nil && padBatch == nil }

  func check(_ task: String) throws {
    guard task == "segment" || (window == nil && stride == nil && routing == nil) else {
      throw ValidationError("--window, --stride and --routing are for --task segment")
    }
    guard routing == nil || routing == "window" || routing == "global" else {
      throw ValidationError("--routing must be window or global")
    }
    guard stride == nil || window != nil else { throw ValidationError("--stride goes with --window") }
    guard padBatch.map({ (1...1024).contains($0) }) != false else {
      throw ValidationError("--pad-batch must be from 1 to 1024")
    }
    guard padBatch == nil || window == nil else {
      throw ValidationError("--pad-batch is for whole images, not for --window")
    }
    _ = try settings()
  }

  func settings() throws -> DenseReport.Settings {
    var settings = DenseReport.Settings()
    settings.scale = try parsedImageSize(scale, option: "--scale")
    settings.window = try parsedImageSize(window, option: "--window")
    settings.stride =
      try parsedImageSize(stride, option: "--stride")
      ?? settings.window.map { ImageSize(height: max($0.height * 2 / 3, 1), width: max($0.width * 2 / 3, 1)) }
    settings.routesGlobally = routing == "global"
    settings.batch = padBatch ?? 1
    return settings
  }
}
