import AdaRoute
import ArgumentParser
import Grafting

struct GraftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graft", abstract: "Put AdaRoute modules into a model.",
    discussion: """
      With --weights the modules are trained ones, and their shapes give rank, kernels and hidden width; \
      without, they are fresh.

      Example: adaroute graft vit_base.adaroute -o grafted.adaroute --weights task.safetensors
      """)

  @Argument(help: "A converted model or a checkpoint.") var model: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "The model to write.") var output: String
  @Option(help: "Width between the down and the up projection (default: 128).") var rank: Int?
  @Option(help: "Sizes of the routed convolutions: 3,5,7 (default), or an empty text for none.") var kernels: String?
  @Option(help: "Hidden width of the router (default: 16).") var routerHidden: Int?
  @Flag(help: "Leave all convolutions out.") var noSpatial = false
  @Option(
    name: .customLong("init"),
    help: "What fresh modules start from: identity (default) leaves the outputs as they were, paper is the authors'.")
  var start: Start?
  @Option(help: "Draws other fresh values (default: 0).") var seed: UInt64?
  @Option(help: "Trained modules under the authors' names: a safetensors or a PyTorch file.") var weights: String?
  @Option(help: "The settings as JSON: rank, kernels, routerHidden, spatial.") var config: String?
  @Flag(help: "Report as JSON.") var json = false

  enum Start: String, ExpressibleByArgument, CaseIterable { case identity, paper }

  func validate() throws {
    let settings = rank != nil || kernels != nil || routerHidden != nil || noSpatial
    guard weights == nil || !(settings || config != nil || start != nil || seed != nil) else {
      throw ValidationError("--weights gives all settings: leave the others out")
    }
    guard config == nil || !settings else { throw ValidationError("--config gives all settings: leave the others out") }
    _ = try parsedKernels()
  }

  private func parsedKernels() throws -> [Int]? {
    guard let kernels else { return nil }
    let parts = kernels.split(separator: ",", omittingEmptySubsequences: false)
    if kernels.isEmpty { return [] }
    let sizes = parts.compactMap { Int($0) }
    guard sizes.count == parts.count else { throw ValidationError("--kernels must be integers such as 3,5,7") }
    return sizes
  }

  func run() throws {
    let base = try Model(path: model)
    let grafted: Model
    if let weights {
      grafted = try base.grafted(byFile: weights)
    } else {
      let settings =
        try config.map { try AdaRouteConfiguration(file: $0) }
        ?? AdaRouteConfiguration(
          rank: rank ?? 128, kernels: parsedKernels() ?? [3, 5, 7], routerHidden: routerHidden ?? 16,
          spatial: !noSpatial)
      let initialization: Initialization = start == .paper ? .paper : .identity
      grafted = try base.grafted(.fresh(initialization, seed: seed ?? 0), settings: settings)
    }
    let bar = ProgressBar("writing \(output)")
    try grafted.write(to: output) { bar.show($0, of: $1) }
    bar.finish()
    let report = GraftReport(grafted, output: output)
    try printReport(json ? report.json : report.text)
  }
}
