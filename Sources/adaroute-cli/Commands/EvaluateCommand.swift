import AdaRoute
import ArgumentParser
import Backbones
import Delta
import Dense

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compare what a model finds, or what was predicted, with annotations.",
    discussion: """
      Examples:
        adaroute evaluate swin_base.adaroute --delta ade20k.ardelta --task segment --annotations annotations/validation \
          --images images/validation --reduce-zero -o results
        adaroute evaluate detector.adaroute --task detect --annotations instances.json --images val2017 -o results
        adaroute evaluate --task segment --annotations annotations --predictions results --classes 150 --reduce-zero
        adaroute evaluate --task detect --annotations instances.json --predictions results/results.json --region segm
        adaroute evaluate --task panoptic --annotations panoptic.json --predictions results/panoptic.json

      A model's results are stored in the folder -o as they come: the same command goes on where it was stopped.
      segment compares PNG files of the same names (mIoU as mmsegmentation counts it), detect COCO's results (the
      twelve numbers of pycocotools), panoptic COCO's panoptic maps (PQ of panopticapi).
      """)

  @Argument(help: "A converted model or a checkpoint to look at --images with; without it, --predictions are read.")
  var model: String?
  @Option(help: "A delta to apply in memory.") var delta: String?
  @OptionGroup var trust: TrustOptions
  @Option(help: "A checkpoint's configuration, where it is not beside it.") var config: String?
  @Option(help: "segment, detect or panoptic.") var task: String
  @Option(help: "A folder of label maps, or a JSON file in COCO's format.") var annotations: String
  @Option(help: "The folder of the annotated images.") var images: String?
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: "The folder where a model's results are stored as they come, and found again.")
  var output: String?
  @OptionGroup var dense: DenseOptions
  @OptionGroup var session: SessionOptions
  @Option(help: "What was predicted, in the annotations' form.") var predictions: String?
  @Option(help: "Of segment with --predictions: the number of classes.") var classes: Int?
  @Flag(help: "Of segment: label 0 is left out, and the others count from 1 (ADE20K).") var reduceZero = false
  @Option(help: "Of segment: annotated pixels with this label are left out.") var ignored = 255
  @Option(help: "Of segment: a file with the classes' names.") var labels: String?
  @Option(help: "Of detect: bbox or segm.") var region = "bbox"
  @Option(help: "Of detect: the most objects of a category in an image, three numbers.") var limits = "1,10,100"
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    guard DenseTask(rawValue: task) != nil else {
      throw ValidationError("--task must be segment, detect or panoptic")
    }
    guard (model == nil) != (predictions == nil) else { throw ValidationError("give either a model or --predictions") }
    if model != nil {
      guard images != nil, output != nil else { throw ValidationError("a model needs --images and -o") }
      guard classes == nil else { throw ValidationError("--classes goes with --predictions: a model has its own") }
      try dense.check(task)
    } else {
      guard images == nil, output == nil, delta == nil, config == nil, dense.isEmpty else {
        throw ValidationError(
          "--images, -o, --delta, --config, --scale, --window, --stride, --routing and --pad-batch need a model")
      }
      guard task != DenseTask.segment.rawValue || classes.map({ (1...65535).contains($0) }) == true else {
        throw ValidationError("--task segment needs --classes, from 1 to 65535")
      }
    }
    guard DetectionMetric.Region(rawValue: region) != nil else {
      throw ValidationError("--region must be bbox or segm")
    }
    let numbers = parsedLimits
    guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }), numbers == numbers.sorted() else {
      throw ValidationError("--limits must be three rising numbers, as 1,10,100")
    }
  }

  private var parsedLimits: [Int] {
    let parts = limits.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    return numbers.count == parts.count ? numbers : []
  }

  func run() throws {
    let names = try labels.map { try Model.labels(ofFile: $0) } ?? []
    guard let model, let images, let output else {
      return try evaluate(predictions ?? "", classes: classes ?? 1, names: names)
    }
    var loaded = try Model(path: model, configuration: config)
    if let delta { loaded = try loaded.applying(DeltaFile(path: delta), trust: trust.policy()) }
    let run = try EvaluationRun(
      loaded, task: DenseTask(rawValue: task) ?? .segment, annotations: annotations, images: images, results: output,
      settings: dense.settings(), computing: session.settings())
    let stored = run.stored
    if stored > 0 { printNote("\(output): going on, \(stored) of \(run.count) images have results") }
    let bar = ProgressBar("looking at \(images)")
    defer { bar.finish() }
    try run.run { bar.show($0, of: $1) }
    bar.finish()
    try evaluate(run.predictions(), classes: run.classes, names: names.isEmpty ? run.labels : names)
  }

  private func evaluate(_ predictions: String, classes: Int, names: [String]) throws {
    let bar = ProgressBar("evaluating \(predictions)")
    defer { bar.finish() }
    let evaluation: Evaluation
    switch DenseTask(rawValue: task) {
    case .detect:
      let region = DetectionMetric.Region(rawValue: region) ?? .box
      evaluation = try Evaluation(
        objects: annotations, predictions: predictions, settings: .init(region: region, limits: parsedLimits))
    case .panoptic:
      evaluation = try Evaluation(panoptic: annotations, predictions: predictions) { bar.show($0, of: $1) }
    default:
      let metric = SegmentationMetric(classes: classes, ignored: ignored, reducesZero: reduceZero)
      evaluation = try Evaluation(
        segments: annotations, predictions: predictions, metric: metric, labels: names
      ) { bar.show($0, of: $1) }
    }
    bar.finish()
    try printReport(json ? evaluation.json : evaluation.text)
  }
}
