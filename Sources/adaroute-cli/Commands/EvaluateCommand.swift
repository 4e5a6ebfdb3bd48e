import AdaRoute
import ArgumentParser
import Backbones
import Dense

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compare predictions with annotations.",
    discussion: """
      Examples:
        adaroute evaluate --task segment --annotations annotations --predictions results --classes 150 --reduce-zero
        adaroute evaluate --task detect --annotations instances.json --predictions results/results.json --region segm
        adaroute evaluate --task panoptic --annotations panoptic.json --predictions results/panoptic.json

      segment compares PNG files of the same names (mIoU as mmsegmentation counts it), detect COCO's results (the
      twelve numbers of pycocotools), panoptic COCO's panoptic maps (PQ of panopticapi).
      """)

  @Option(help: "segment, detect or panoptic.") var task: String
  @Option(help: "A folder of label maps, or a JSON file in COCO's format.") var annotations: String
  @Option(help: "What was predicted, in the same form.") var predictions: String
  @Option(help: "Of segment: the number of classes.") var classes: Int?
  @Flag(help: "Of segment: label 0 is left out, and the others count from 1 (ADE20K).") var reduceZero = false
  @Option(help: "Of segment: annotated pixels with this label are left out.") var ignored = 255
  @Option(help: "Of segment: a file with the classes' names.") var labels: String?
  @Option(help: "Of detect: bbox or segm.") var region = "bbox"
  @Option(help: "Of detect: the most objects of a category in an image, three numbers.") var limits = "1,10,100"
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    guard let task = DenseTask(rawValue: task) else {
      throw ValidationError("--task must be segment, detect or panoptic")
    }
    guard task != .segment || classes.map({ (1...65535).contains($0) }) == true else {
      throw ValidationError("--task segment needs --classes, from 1 to 65535")
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
      let metric = SegmentationMetric(classes: classes ?? 1, ignored: ignored, reducesZero: reduceZero)
      let names = try labels.map { try Model.labels(ofFile: $0) } ?? []
      evaluation = try Evaluation(
        segments: annotations, predictions: predictions, metric: metric, labels: names
      ) { bar.show($0, of: $1) }
    }
    bar.finish()
    try printReport(json ? evaluation.json : evaluation.text)
  }
}
