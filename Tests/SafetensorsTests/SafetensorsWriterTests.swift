import Foundation
import Safetensors
import Tensors
import Testing

private typealias Declaration = SafetensorsWriter.Declaration

/// A tensor of any bytes, one for each element type.
private func tensor(_ type: ElementType, _ shape: Shape, seed: UInt8 = 7) -> Tensor {
  Tensor(type: type, shape: shape) { bytes in
    for position in bytes.indices { bytes[position] = seed &+ UInt8(truncatingIfNeeded: position &* 31) }
  }
}

private func declare(_ tensors: [String: Tensor]) -> [Declaration] {
  tensors.map { Declaration(name: $0.key, type: SafetensorsType($0.value.type), shape: $0.value.shape) }
}

private func write(_ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String) throws {
  try SafetensorsWriter.write(path: path, tensors: declare(tensors), metadata: metadata) { name in
    try #require(tensors[name])
  }
}

@Suite struct SafetensorsWriterTests {
  @Test func theBytesAreTheseExactly() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("x.safetensors")
    let tensors = [
      "b": Tensor([UInt8(1), 2, 3], shape: [3]),
      "a\n": Tensor([Float(1), -2], shape: [2, 1]),
      "w": Tensor([Int64](repeating: -1, count: 8), shape: [8]),
    ]
    try write(tensors, metadata: ["z": "\"", "format": "pt"], to: path)
    let header =
      #"{"__metadata__":{"format":"pt","z":"\""},"#
      + #""a\u000a":{"dtype":"F32","shape":[2,1],"data_offsets":[64,72]},"#
      + #""b":{"dtype":"U8","shape":[3],"data_offsets":[72,75]},"#
      + #""w":{"dtype":"I64","shape":[8],"data_offsets":[0,64]}}"#
    let padding = 248 - header.utf8.count  // 8 + 248 = 4 · 64
    #expect((0..<64).contains(padding))
    let expected: [UInt8] =
      [248, 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [UInt8](repeating: 0x20, count: padding)
      + [UInt8](repeating: 0xFF, count: 64) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0] + [1, 2, 3]
    #expect(try read(path) == expected)
    #expect(try folder.contents() == ["x.safetensors"])
  }

  @Test func anEmptyFileIsAHeaderOnly() throws {
    let folder = try TemporaryFolder()
    try write([:], to: folder.file("x"))
    let spaces = [UInt8](repeating: 0x20, count: 54)
    #expect(try read(folder.file("x")) == [56, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8) + spaces)
    #expect(try SafetensorsFile(path: folder.file("x")).entries.isEmpty)
  }

  @Test func everyElementTypeComesBack() throws {
    let folder = try TemporaryFolder()
    var tensors: [String: Tensor] = [:]
    for type in ElementType.allCases {
      for shape in [[], [0, 3], [5], [2, 32], [3, 7]] as [Shape] {
        tensors["\(type).\(shape)"] = tensor(type, shape, seed: UInt8(shape.elementCount))
      }
    }
    let metadata = ["é\u{1F600}": "\u{0}\u{1F}\\\"/", "": ""]
    try write(tensors, metadata: metadata, to: folder.file("x"))
    let opened = try SafetensorsFile(path: folder.file("x"))
    #expect(opened.metadata == metadata)
    #expect(opened.names == tensors.keys.sorted())
    for (name, tensor) in tensors {
      let read = try opened.tensor(named: name)
      #expect(read.type == tensor.type && read.shape == tensor.shape)
      #expect(read.withBytes { a in tensor.withBytes { b in a.elementsEqual(b) } })
    }
  }

  @Test func typesThatAreOnlyCopiedComeBack() throws {
    let folder = try TemporaryFolder()
    let types = SafetensorsType.allCases
    let declarations = types.map { Declaration(name: $0.rawValue, type: $0, shape: [4]) }
    let writer = try SafetensorsWriter(path: folder.file("x"), tensors: declarations)
    while let next = writer.next {
      let bytes = [UInt8](repeating: UInt8(next.type.bitWidth), count: next.type.bitWidth / 2)
      try bytes.withUnsafeBytes { try writer.append($0) }
    }
    try writer.commit()
    let opened = try SafetensorsFile(path: folder.file("x"))
    #expect(opened.entries.map(\.type.rawValue) == types.map(\.rawValue).sorted())
    for type in types {
      let expected = [UInt8](repeating: UInt8(type.bitWidth), count: type.bitWidth / 2)
      #expect(try opened.withBytes(named: type.rawValue) { [UInt8]($0) } == expected)
    }
  }

  @Test func tensorsBeginWhereTheirWidthAsks() throws {
    let folder = try TemporaryFolder()
    var tensors: [String: Tensor] = [:]
    for (number, count) in [1, 15, 16, 32, 64, 197, 768].enumerated() {
      for type in ElementType.allCases { tensors["\(number).\(type)"] = tensor(type, Shape([count])) }
    }
    try write(tensors, metadata: ["format": "pt"], to: folder.file("x"))
    for entry in try SafetensorsFile(path: folder.file("x")).entries {
      let alignment = entry.byteRange.count % 64 == 0 ? 64 : entry.type.bitWidth / 8
      #expect(entry.byteRange.lowerBound % alignment == 0, "\(entry)")
    }
  }

  @Test func theBytesDoNotDependOnTheOrderOfDeclaration() throws {
    let folder = try TemporaryFolder()
    let declarations = (0..<40).map { number in
      Declaration(name: "t\(number)", type: [.float32, .uint8, .int64][number % 3], shape: [number % 5])
    }
    for (name, order) in [("x", declarations), ("y", Array(declarations.reversed()))] {
      let metadata = ["b": "2", "a": "1"]
      try SafetensorsWriter.write(path: folder.file(name), tensors: order, metadata: metadata) { name in
        let declaration = try #require(declarations.first { $0.name == name })
        return tensor(try #require(declaration.type.elementType), declaration.shape)
      }
    }
    #expect(try read(folder.file("x")) == read(folder.file("y")))
  }

  @Test func whatCannotBeDeclaredIsRefused() throws {
    let folder = try TemporaryFolder()
    func refusal(_ declarations: Declaration...) -> String {
      folder.failure { _ = try SafetensorsWriter(path: folder.file("x"), tensors: declarations) }
    }
    let a = Declaration(name: "a", type: .uint8, shape: [1])
    #expect(refusal(a, a) == "x: tensor \"a\" is listed twice")
    #expect(
      refusal(Declaration(name: "__metadata__", type: .uint8, shape: [1]))
        == "x: no tensor may be named \"__metadata__\"")
    #expect(
      refusal(Declaration(name: "a", type: .float6e2m3, shape: [2]))
        == "x: tensor \"a\": F6_E2M3 [2] does not fill whole bytes")
    let huge = Shape([1 << 59])
    let many = (0..<9).map { Declaration(name: "t\($0)", type: .float64, shape: huge) }
    #expect(
      folder.failure { _ = try SafetensorsWriter(path: folder.file("x"), tensors: many) }
        == "x: tensor \"t1\": shape [576460752303423488] has too many elements")
    let message = folder.failure {
      _ = try SafetensorsWriter(path: folder.file("x"), tensors: [a], metadata: [:], headerLimit: 55)
    }
    #expect(message == "x: a header of at most 55 bytes expected, 56 found")
    _ = try SafetensorsWriter(path: folder.file("x"), tensors: [a], metadata: [:], headerLimit: 56)
    #expect(try folder.contents().isEmpty)
  }

  @Test func aTensorThatIsNotTheOneDeclaredIsRefused() throws {
    let folder = try TemporaryFolder()
    let declared = [Declaration(name: "a", type: .float32, shape: [2, 3])]
    func refusal(_ tensor: Tensor) -> String {
      folder.failure {
        try SafetensorsWriter.write(path: folder.file("x"), tensors: declared) { _ in tensor }
      }
    }
    #expect(refusal(tensor(.float32, [3, 2])) == "x: tensor \"a\": F32 [2, 3] announced, F32 [3, 2] given")
    #expect(refusal(tensor(.int32, [2, 3])) == "x: tensor \"a\": F32 [2, 3] announced, I32 [2, 3] given")
    let message = folder.failure {
      let writer = try SafetensorsWriter(path: folder.file("x"), tensors: declared)
      try [UInt8](repeating: 0, count: 23).withUnsafeBytes { try writer.append($0) }
    }
    #expect(message == "x: tensor \"a\": 24 bytes announced, 23 bytes given")
    #expect(try folder.contents().isEmpty)
  }

  @Test func aFailureLeavesTheOldFileAlone() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    try folder.write([1, 2, 3], to: "x")
    let declarations = declare(["a": tensor(.uint8, [5]), "b": tensor(.uint8, [5])])
    #expect(throws: Stop.self) {
      try SafetensorsWriter.write(path: folder.file("x"), tensors: declarations) { name in
        if name == "b" { throw Stop() }
        return tensor(.uint8, [5])
      }
    }
    #expect(try read(folder.file("x")) == [1, 2, 3])
    #expect(try folder.contents() == ["x"])
  }

  @Test func aFullDiskIsReported() throws {
    let folder = try TemporaryFolder()
    let message = folder.failure { try write(["a": tensor(.uint8, [1 << 19])], to: "/dev/full") }
    #expect(message == "/dev/full: cannot be written: No space left on device")
  }

  @Test func aMissingFolderIsReported() throws {
    let folder = try TemporaryFolder()
    let message = folder.failure { try write(["a": tensor(.uint8, [1])], to: folder.file("none/x")) }
    #expect(message == "none/x: cannot be created: No such file or directory")
  }
}
