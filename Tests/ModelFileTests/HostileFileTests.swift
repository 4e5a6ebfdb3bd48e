import Graph
import ModelFile
import Safetensors
import Tensors
import Testing

extension Spoiling: CustomTestStringConvertible {
  var testDescription: String { error }
}

@Suite struct HostileFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: spoilings) func refusesSpoiltMessage(_ spoiling: Spoiling) throws {
    try sampleModel().write(to: folder.file("good.adaroute"))
    let file = try SafetensorsFile(path: folder.file("good.adaroute"))
    try write(try #require(try spoiling.message(from: file)), besideTensorsOf: file)
    #expect(refusal() == spoiling.error)
  }

  @Test func refusesFilesWithoutMessage() throws {
    let plain = Tensor([1, 2] as [Float], shape: [2])
    try SafetensorsWriter.write(
      path: folder.file("a.adaroute"), tensors: [.init(name: "w", type: .float32, shape: [2])]
    ) { _ in plain }
    #expect(refusal() == "a.adaroute: not a converted model: run adaroute convert")
  }

  @Test func refusesWhatIsNoMessage() throws {
    try sampleModel().write(to: folder.file("good.adaroute"))
    let file = try SafetensorsFile(path: folder.file("good.adaroute"))
    try write(Tensor([1, 2] as [Float], shape: [2]), besideTensorsOf: file)
    #expect(refusal() == "a.adaroute: tensor adaroute.model must be U8 of rank 1, but is F32 [2]")
    let unreadable = "a.adaroute: tensor adaroute.model is not a message of schemas/model.proto"
    try write(Tensor([0xFF, 0xFF, 0xFF] as [UInt8], shape: [3]), besideTensorsOf: file)
    #expect(refusal() == unreadable)
    try write(Tensor([] as [UInt8], shape: [0]), besideTensorsOf: file)
    #expect(refusal() == unreadable)
  }

  @Test func refusesEveryTruncatedMessageAndSurvivesEveryFlippedByte() throws {
    try sampleModel().write(to: folder.file("good.adaroute"))
    let file = try SafetensorsFile(path: folder.file("good.adaroute"))
    let message = try #require(try file.tensor(named: "adaroute.model").scalars(UInt8.self))
    for length in stride(from: 0, to: message.count, by: 7) {
      try write(Tensor(Array(message[..<length]), shape: Shape([length])), besideTensorsOf: file)
      // A prefix may be a whole message without its last parts.
      if length < 100 { #expect(refusal() != "no error", "\(length) bytes") } else { _ = refusal() }
    }
    for index in message.indices {
      var spoilt = message
      spoilt[index] ^= 0x81
      try write(Tensor(spoilt, shape: Shape([spoilt.count])), besideTensorsOf: file)
      _ = refusal()
    }
  }

  @Test func findsChangedContents() throws {
    try sampleModel().write(to: folder.file("good.adaroute"))
    let file = try SafetensorsFile(path: folder.file("good.adaroute"))
    try write(try file.tensor(named: "adaroute.model"), besideTensorsOf: file, changing: "norm.bias")
    let model = try ConvertedModel(path: folder.file("a.adaroute"))
    let failure = folder.failure { try model.validateDigests(path: "a.adaroute") }
    #expect(failure == "a.adaroute: contents differ from their SHA-256: \"norm.bias\"")
  }

  @Test func refusesToWriteWhatCouldNotBeRead() throws {
    func refusal(_ model: ConvertedModel) -> String {
      folder.failure { try model.write(to: folder.file("a.adaroute")) }
    }
    var model = try sampleModel()
    model.labels = ["a\0b"]
    #expect(refusal(model) == "a.adaroute: text holds a zero byte: \"a\\u{0}b\"")
    model = try sampleModel()
    model.graft?.tensors.insert("ghost")
    #expect(refusal(model) == "a.adaroute: the graft names tensor \"ghost\", which the graph does not have")
    model = try sampleModel()
    _ = model.graph.addConstant(Constant(name: "adaroute.model", floats([2])))
    #expect(refusal(model) == "a.adaroute: no tensor may be named \"adaroute.model\"")
    model = try sampleModel()
    model.graph.addOutput("y", model.graph.outputs[0].value)
    #expect(refusal(model) == "a.adaroute: two outputs are named \"y\"")
  }

  private func refusal() -> String {
    folder.failure { _ = try ConvertedModel(path: folder.file("a.adaroute")) }
  }

  private func write(_ message: Tensor, besideTensorsOf file: SafetensorsFile, changing changed: String = "") throws {
    try rewrite(message, besideTensorsOf: file, to: folder.file("a.adaroute"), changing: changed)
  }
}
