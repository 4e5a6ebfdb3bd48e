import Safetensors
import Testing

extension HostileFile: CustomTestStringConvertible {
  var testDescription: String { name }
}

@Suite struct HostileFileTests {
  @Test(arguments: HostileFile.all) func isRefused(_ hostile: HostileFile) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(hostile.bytes, to: "x.safetensors")
    let message = folder.failure { _ = try SafetensorsFile(path: path) }
    #expect(message == "x.safetensors: " + hostile.message)
  }

  @Test func aFileThatIsNotThereIsNamed() throws {
    let folder = try TemporaryFolder()
    let message = folder.failure { _ = try SafetensorsFile(path: folder.file("x.safetensors")) }
    #expect(message == "x.safetensors: no such file")
  }

  @Test func aFolderIsRefused() throws {
    let folder = try TemporaryFolder()
    #expect(folder.failure { _ = try SafetensorsFile(path: folder.path) } == "FOLDER: not a regular file")
  }
}
