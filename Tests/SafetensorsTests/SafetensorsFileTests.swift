import Foundation
import Safetensors
import Tensors
import Testing

@Suite struct SafetensorsFileTests {
  @Test func aPublishedFileIsRead() throws {
    let file = try SafetensorsFile(path: fixture("timm_vit/model.safetensors"))
    #expect(file.metadata == ["format": "pt"])
    #expect(file.names == file.names.sorted())
    #expect(Set(file.names).count == file.names.count)
    let entry = try #require(file.entry(named: "blocks.0.attn.proj.bias"))
    #expect(entry.type == .float32)
    #expect(entry.shape == [48])
    #expect(entry.byteRange.count == 192)
    #expect(file.names.allSatisfy { file.contains($0) })
    #expect(!file.contains("blocks.0.attn.proj") && !file.contains("") && !file.contains("zzz"))

    let bytes = try read(file.path)
    for entry in file.entries {
      let tensor = try file.tensor(named: entry.name)
      #expect(tensor.shape == entry.shape)
      #expect(tensor.type == .float32)
      #expect(tensor.withBytes { $0.elementsEqual(bytes[entry.byteRange]) })
    }
  }

  @Test func shardsAreReadAsOneCollection() throws {
    let index = try openSafetensors(path: fixture("hf_vit_sharded/model.safetensors.index.json"))
    let shards = (1...8).map { fixture("hf_vit_sharded/model-0000\($0)-of-00008.safetensors") }
    #expect(index.paths == shards)
    #expect(index.metadata == ["format": "pt"])
    #expect(index.entries.reduce(0) { $0 + $1.byteRange.count } == 380_944)  // the index's own total_size
    #expect(index.names == index.names.sorted())
    for entry in index.entries {
      let tensor = try index.tensor(named: entry.name)
      #expect(tensor.shape == entry.shape)
      let holders = try index.paths.map { try SafetensorsFile(path: $0) }.filter { $0.contains(entry.name) }
      #expect(holders.count == 1)
      let held = try #require(holders.first).tensor(named: entry.name)
      #expect(tensor.scalars(Float.self) == held.scalars(Float.self))
    }
    let path = fixture("hf_vit_sharded/model.safetensors.index.json")
    #expect(throws: SafetensorsError.tensorNotFound(path: path, tensor: "absent")) {
      try index.tensor(named: "absent")
    }
    try index.validateStillWhole()
  }

  @Test func tensorsOutliveTheFileObject() throws {
    func load() throws -> Tensor {
      try SafetensorsFile(path: fixture("timm_vit/model.safetensors")).tensor(named: "norm.weight")
    }
    let scalars = try #require(try load().scalars(Float.self))
    #expect(scalars.count == 48)
    #expect(scalars.allSatisfy { $0.isFinite })
  }

  /// Every type is listed; those that cannot be computed with are refused by name when they are asked for.
  @Test(arguments: SafetensorsType.allCases)
  func everyTypeIsListed(_ type: SafetensorsType) throws {
    let folder = try TemporaryFolder()
    let byteCount = 8 * type.bitWidth / 8
    let header = #"{"t":{"dtype":"\#(type.rawValue)","shape":[2,4],"data_offsets":[0,\#(byteCount)]}}"#
    let path = try folder.write(file(header, buffer: byteCount), to: "x.safetensors")
    let opened = try SafetensorsFile(path: path)
    #expect(opened.entries.map(\.type) == [type])
    #expect(try opened.withBytes(named: "t") { [UInt8]($0) } == (0..<UInt8(byteCount)).map { $0 })
    if let elementType = type.elementType {
      #expect(SafetensorsType(elementType) == type)
      #expect(elementType.size * 8 == type.bitWidth)
      #expect(try opened.tensor(named: "t").type == elementType)
    } else {
      let message = folder.failure { _ = try opened.tensor(named: "t") }
      #expect(message == "x.safetensors: tensor \"t\": \(type.rawValue) is not a type to compute with")
    }
  }

  @Test func everyElementTypeHasAType() {
    #expect(Set(ElementType.allCases.map(SafetensorsType.init)).count == ElementType.allCases.count)
  }

  @Test(arguments: ["{}", "{}      ", "{ \"__metadata__\" : { } } \n\t\r "])
  func aFileMayHoldNothing(_ header: String) throws {
    let folder = try TemporaryFolder()
    let opened = try SafetensorsFile(path: try folder.write(file(header), to: "x"))
    #expect(opened.entries.isEmpty && opened.metadata.isEmpty)
  }

  @Test func scalarsEmptyTensorsAndAnyOrderAreAllowed() throws {
    let header = """
      {"b":{"data_offsets":[4,8],"shape":[],"dtype":"F32"},
       "e":{"dtype":"F64","shape":[3,0,2],"data_offsets":[4,4]},
       "a":{"dtype":"I32","shape":[1,1],"data_offsets":[0,4]},
       "z":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}}
      """
    let folder = try TemporaryFolder()
    let opened = try SafetensorsFile(path: try folder.write(file(header, buffer: 8), to: "x"))
    #expect(opened.names == ["a", "b", "e", "z"])
    #expect(try opened.tensor(named: "a").scalars(Int32.self) == [0x0302_0100])
    #expect(try opened.tensor(named: "b").shape.rank == 0)
    #expect(try opened.tensor(named: "e").byteCount == 0)
  }

  @Test func escapesInNamesAreDecoded() throws {
    let header =
      #"{"__metadata__":{"\"\\\/\b\f\n\r\t":"\u00e9 é \ud83d\ude00 😀 \u0000"},"#
      + #""\u0061.\u4F60":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
    let folder = try TemporaryFolder()
    let opened = try SafetensorsFile(path: try folder.write(file(header, buffer: 1), to: "x"))
    #expect(opened.metadata == ["\"\\/\u{08}\u{0C}\n\r\t": "é é 😀 😀 \0"])
    #expect(opened.names == ["a.你"])
  }

  @Test func aFileThatShrankIsNoticed() throws {
    let folder = try TemporaryFolder()
    let header = #"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#
    let opened = try SafetensorsFile(path: try folder.write(file(header, buffer: 9), to: "x.safetensors"))
    try opened.validateStillWhole()
    let handle = try #require(FileHandle(forWritingAtPath: opened.path))
    try handle.truncate(atOffset: 5)
    try handle.close()
    #expect(
      folder.failure { try opened.validateStillWhole() }
        == "x.safetensors: the file shrank while it was in use: 70 bytes expected, 5 found")
  }
}
