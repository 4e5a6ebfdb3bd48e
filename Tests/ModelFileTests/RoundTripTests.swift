import Graph
import ModelFile
import Safetensors
import Tensors
import Testing

@Suite struct RoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func everythingComesBack() throws {
    let model = try sampleModel()
    try model.write(to: folder.file("a.adaroute"))
    let read = try ConvertedModel(path: folder.file("a.adaroute"))
    #expect(read.preprocessing == model.preprocessing)
    #expect(read.labels == model.labels)
    #expect(read.provenance == model.provenance)
    #expect(read.graft == model.graft)
    #expect(read.graph.inputs.map(\.name) == ["x"])
    #expect(read.graph.outputs.map(\.name) == ["y"])
    #expect(read.graph.type(of: read.graph.outputs[0].value).description == "f32 [N, 14]")
    let (old, new) = (model.graph.orderedNodes(), read.graph.orderedNodes())
    #expect(old.map(\.name) == new.map(\.name))
    #expect(old.count == 6)
    for (a, b) in zip(old, new) { #expect(a.op.isEqual(to: b.op)) }
    let tap = try #require(read.graph.taps["normed"])
    #expect(read.graph.producer(of: tap, as: LayerNorm.self) != nil)
    #expect(read.graph.sites.map(\.block) == ["blocks.0", "blocks.1"])
    #expect(read.graph.sites.map(\.slot) == [0, 2])
    #expect(read.graph.sites.map(\.stage) == [nil, 3])
    #expect(read.graph.sites.map(\.layout) == model.graph.sites.map(\.layout))
    #expect(read.graph.sites[0].value == tap)
    let weight = try #require(read.graph.constants["head.weight"]).tensor()
    #expect(weight.scalars(Float.self) == [0, 0.75, 1.5, 0.25, 1, 1.75, 0.5, 1.25, 2])
    try read.validateDigests(path: "a.adaroute")
  }

  @Test func listsOfNumbersComeBack() throws {
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, [.symbol("N"), 5]))
    let op = Resize(sizes: [.symbol("N"), 3], scales: [1, 0.6], sampling: Sampling(.cubic, antialiases: true))
    graph.addOutput("y", try graph.add(op, x))
    try ConvertedModel(graph: graph, provenance: provenance).write(to: folder.file("a.adaroute"))
    let read = try ConvertedModel(path: folder.file("a.adaroute")).graph
    #expect(read.producer(of: read.outputs[0].value)?.op.isEqual(to: op) == true)
  }

  @Test func theImageSizeComesBack() throws {
    var model = try sampleModel()
    model.imageSize = (40, 56)
    try model.write(to: folder.file("a.adaroute"))
    let size = try #require(try ConvertedModel(path: folder.file("a.adaroute")).imageSize)
    #expect(size == (40, 56))
  }

  @Test func absentPartsStayAbsent() throws {
    try ConvertedModel(graph: Graph(), provenance: provenance).write(to: folder.file("empty.adaroute"))
    let read = try ConvertedModel(path: folder.file("empty.adaroute"))
    #expect(read.preprocessing == nil && read.graft == nil && read.labels.isEmpty && read.imageSize == nil)
  }

  /// Every length of the message modulo 64 occurs, and so every place in the file.
  @Test func sameModelGivesSameBytes() throws {
    for length in 0..<64 {
      var model = try sampleModel()
      model.labels = [String(repeating: "x", count: length)]
      try model.write(to: folder.file("a.adaroute"))
      let read = try ConvertedModel(path: folder.file("a.adaroute"))
      try read.validateDigests(path: "a.adaroute")
      try read.write(to: folder.file("b.adaroute"))
      #expect(try bytes(folder.file("a.adaroute")) == bytes(folder.file("b.adaroute")), "label of \(length)")
    }
  }

  @Test func progressCountsTensors() throws {
    var seen: [Int] = []
    try sampleModel().write(to: folder.file("a.adaroute")) { done, all in seen.append(done * 100 + all) }
    #expect(seen == [105, 205, 305, 405, 505])
  }

  @Test func digestsAreThoseOfTheBytes() throws {
    var model = try sampleModel()
    try model.write(to: folder.file("a.adaroute"))
    let read = try ConvertedModel(path: folder.file("a.adaroute"))
    #expect(read.digests == model.completeDigests())
    // `printf '\x01\x02\x03' | sha256sum`
    #expect(
      read.digests["zz.table"]?.description
        == "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81")
    #expect(read.baseFingerprints() == model.baseFingerprints())
    #expect(read.baseFingerprints().map(\.name) == ["head.weight", "stem.bias", "stem.weight", "zz.table"])
    model.graft = nil
    #expect(model.baseFingerprints().map(\.name) == ["head.weight", "norm.bias", "norm.weight", "zz.table"])
    var changed = read
    changed.graph.setTap("z", changed.graph.outputs[0].value)
    #expect(changed.digests.isEmpty)
  }

  /// Matrices are rounded, vectors and tables are not; what is read back is the rounded number, widened.
  @Test(arguments: [ElementType.float16, .bfloat16]) func matricesMayBeHalf(_ type: ElementType) throws {
    var model = try sampleModel()
    model.graph.mapConstants { $0.stored(as: type) }
    try model.write(to: folder.file("a.adaroute"))
    let file = try SafetensorsFile(path: folder.file("a.adaroute"))
    #expect(try file.tensor(named: "head.weight").type == type)
    #expect(try file.tensor(named: "norm.weight").type == .float32)
    let read = try ConvertedModel(path: folder.file("a.adaroute"))
    try read.validateDigests(path: "a.adaroute")
    #expect(read.baseFingerprints() == model.baseFingerprints())
    let weight = try #require(read.graph.constants["head.weight"])
    #expect(weight.type.element == .float32)
    // Quarters up to 2 are exact in both types.
    #expect(weight.tensor().scalars(Float.self) == [0, 0.75, 1.5, 0.25, 1, 1.75, 0.5, 1.25, 2])
    try read.write(to: folder.file("b.adaroute"))
    #expect(try bytes(folder.file("a.adaroute")) == bytes(folder.file("b.adaroute")))
  }
}
