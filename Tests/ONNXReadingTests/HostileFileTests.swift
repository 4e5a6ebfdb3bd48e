import ONNX
import Testing

extension HostileFile: CustomTestStringConvertible {
  var testDescription: String { name }
}

@Suite struct HostileFileTests {
  @Test(arguments: wrongFiles) func wrongFilesAreNamed(_ file: HostileFile) throws { try check(file) }

  @Test(arguments: malformed) func malformedMessagesAreRefused(_ file: HostileFile) throws { try check(file) }

  @Test(arguments: wrongModels) func wrongModelsAreRefused(_ file: HostileFile) throws { try check(file) }

  @Test(arguments: wrongParts) func wrongPartsAreRefused(_ file: HostileFile) throws { try check(file) }

  @Test(arguments: bulky) func bulkyFilesAreRefused(_ file: HostileFile) throws { try check(file) }

  @Test(arguments: wrongTensors) func wrongTensorsAreRefused(_ file: HostileFile) throws { try check(file) }

  @Test func theModelsThatTheseAreMadeOfAreAccepted() throws {
    let folder = try TemporaryFolder()
    #expect(try folder.refusal(model(graph())) == "no error")
    #expect(try folder.refusal(model(graph(initializers: [tensor("w", raw(8))]))) == "no error")
    #expect(try folder.refusal(calling(function("F"))) == "no error")
  }

  /// Each type that is recognised but not computed with, by the specification's name.
  @Test(
    arguments: zip(
      [8, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28] as [Int64],
      [
        "STRING", "COMPLEX64", "COMPLEX128", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ",
        "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4", "INT4", "FLOAT4E2M1", "FLOAT8E8M0", "UINT2", "INT2",
        "FLOAT6E2M3", "FLOAT6E3M2",
      ]))
  func unsupportedTypesAreNamed(_ type: Int64, _ name: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      model(graph(initializers: [tensor("w", type: type, raw(8))])), to: "model.onnx")
    let expected = ONNXError.unsupportedType(path: path, what: "tensor \"w\"", type: name)
    #expect(throws: expected) { try ONNXModel(path: path) }
    #expect("\(expected)" == "\(path): tensor \"w\": \(name) is not a type to compute with")
  }

  /// The file is megabytes long; refusing takes no longer than reaching the limit.
  @Test func deepFilesAreRefusedAtOnce() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(deepGraph(100_000), to: "model.onnx")
    let duration = ContinuousClock().measure {
      #expect(throws: ONNXError.nestedTooDeep(path: path, limit: 64)) { try ONNXModel(path: path) }
    }
    #expect(duration < .milliseconds(200))
  }

  private func check(_ file: HostileFile) throws {
    let folder = try TemporaryFolder()
    let refusal = try folder.refusal(file.bytes)
    #expect(refusal == file.message)
  }
}
