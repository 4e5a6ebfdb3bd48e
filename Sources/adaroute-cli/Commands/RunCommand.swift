import AdaRoute
import ArgumentParser
import Backbones
import Delta
import ModelFile
import Runtime
import Tensors

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a model on images or tensors.",
    discussion: """
      Examples:
        adaroute run vit_base.adaroute --delta task.ardelta --image cat.jpg dog.png
        adaroute run vit_base.adaroute --delta birds.ardelta --delta cars.ardelta --image cat.jpg
        adaroute run vit_base.adaroute --image-size 336x448 --image cat.jpg
        adaroute run swin_base.adaroute --delta ade20k.ardelta --task segment --image street.jpg -o results
        adaroute run vit_base.adaroute --input batch.safetensors -o outputs.safetensors
      """)

  @Argument(help: "A converted model or a checkpoint.") var model: String
  @Option(help: "A delta to apply in memory; of several, each is run on its own.") var delta: [String] = []
  @OptionGroup var trust: TrustOptions
  @Option(help: "Adapter tensors under the authors' names, grafted in memory.") var weights: String?
  @Option(parsing: .upToNextOption, help: "Images to run: JPEG or PNG files.") var image: [String] = []
  @Option(help: "HEIGHTxWIDTH that images are prepared to; by default the model's own size.") var imageSize: String?
  @Option(help: "A safetensors file with the inputs.") var input: String?
  @Option(help: "segment, detect or panoptic: what a network with such heads finds in images.") var task: String?
  @OptionGroup var dense: DenseOptions
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: "Where to write the outputs; with --task, a folder for pictures and results.")
  var output: String?
  @Option(help: "Classes to report for each image.") var topK = 5
  @Flag(help: "Also give each module's routing coefficients.") var routes = false
  @OptionGroup var session: SessionOptions
  @Flag(help: "First compare every fast step with its own reference; `adaroute verify` compares with a file.")
  var verify = false
  @Option(help: "A checkpoint's configuration, where it is not beside it.") var config: String?
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    guard image.isEmpty != (input == nil) else { throw ValidationError("give either --image or --input") }
    guard weights == nil || delta.isEmpty else { throw ValidationError("give either --weights or --delta") }
    guard imageSize == nil || input == nil else {
      throw ValidationError("--image-size is for --image: tensors have their own size")
    }
    guard !verify || session.precision == .f32 else {
      throw ValidationError("--verify compares float32 steps; `adaroute verify` shows the error of other precisions")
    }
    _ = try parsedImageSize(imageSize, option: "--image-size")
    if let task {
      guard DenseTask(rawValue: task) != nil else {
        throw ValidationError("--task must be segment, detect or panoptic")
      }
      guard input == nil, imageSize == nil, !routes, !verify else {
        throw ValidationError("--task goes with --image, not with --input, --image-size, --routes or --verify")
      }
      try dense.check(task)
      guard delta.count <= 1 else { throw ValidationError("--task takes one --delta") }
    }
    guard task != nil || dense.isEmpty else {
      throw ValidationError("--scale, --window, --stride, --routing and --pad-batch go with --task")
    }
    guard topK >= 1 else { throw ValidationError("--top-k must be at least 1") }
  }

  func run() throws {
    if let task = task.flatMap(DenseTask.init) { return try run(task) }
    if output != nil { try RunReports.outputNames(delta) }
    let base = try Model(path: model, configuration: config, weights: weights, delta: nil)
    let policy = try trust.policy()
    var reports = RunReports()
    var sources = [input].compactMap(\.self) + image
    let shared = Session(base.graph, settings: try session.settings())
    if delta.isEmpty {
      reports.add(try report(base, shared, delta: nil))
      sources += base.sources
    }
    // All are applied before the first one runs: a wrong one is told at once.
    for (path, loaded) in try delta.map({ ($0, try base.applying(DeltaFile(path: $0), trust: policy)) }) {
      reports.add(try report(loaded, Session(loaded.graph, sharing: shared), delta: path))
      sources += loaded.sources
    }
    if let output { try reports.write(to: output, reading: sources) }
    try printReport(json ? reports.json : reports.text)
  }

  private func run(_ task: DenseTask) throws {
    var loaded = try Model(path: model, configuration: config, weights: weights, delta: nil)
    if let path = delta.first { loaded = try loaded.applying(DeltaFile(path: path), trust: trust.policy()) }
    let settings = try dense.settings()
    var report = try DenseReport(
      loaded, task: task, folder: output, settings: settings, computing: session.settings())
    let bar = ProgressBar("running \(model)")
    defer { bar.finish() }
    for first in stride(from: 0, to: image.count, by: settings.batch) {
      let end = min(first + settings.batch, image.count)
      try report.add(Array(image[first..<end]))
      bar.show(end, of: image.count)
    }
    let document = try report.finish()
    bar.finish()
    try printReport(json ? document.json : document.text)
  }

  private func report(_ loaded: Model, _ session: Session, delta: String?) throws -> RunReport {
    let size = try parsedImageSize(imageSize, option: "--image-size")
    let loaded = try size.map { try loaded.sized(to: $0) } ?? loaded
    var report = try RunReport(
      session, labels: loaded.content.labels, routes: routes, topK: topK, delta: delta, keepsOutputs: output != nil)
    let batches: [RunBatch] =
      try input.map { try [RunBatch(input: $0, for: loaded)] }
      ?? RunBatch.batches(images: image, for: loaded)
    let bar = ProgressBar("running \(delta ?? model)")
    defer { bar.finish() }
    for (index, batch) in batches.enumerated() {
      let inputs = try batch.inputs()
      if verify { try check(session, inputs, report.names) }
      try report.add(inputs, name: batch.name)
      bar.show(index + 1, of: batches.count)
    }
    return report
  }

  private func check(_ session: Session, _ inputs: [String: Tensor], _ outputs: [String]) throws {
    let bar = ProgressBar("verifying \(model)")
    defer { bar.finish() }
    let divergence = try session.verify(inputs, outputs: outputs) { bar.show($0, of: $1) }
    if let divergence { throw RunError.diverged(divergence) }
  }
}
