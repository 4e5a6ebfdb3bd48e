import Foundation
import Tensors
import Testing

@Suite struct MappedFileTests {
  @Test func mapsTheWholeFile() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<10_007).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let file = try MappedFile(path: try folder.write(bytes, to: "x"))
    #expect(file.bytes.elementsEqual(bytes))
    file.release(1..<9000)
    file.release(5000..<5001)
    file.release(0..<100_000)
    #expect(file.bytes.elementsEqual(bytes))
  }

  @Test func releasedPagesLeaveMemoryUntilTheyAreRead() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let path = try folder.write(bytes, to: "weights")
    let storage = Storage(mapping: try MappedFile(path: path))
    let tensor = try #require(Tensor(type: .uint8, shape: [1 << 19], storage: storage, offset: 12_345))
    #expect(storage.bytes.elementsEqual(bytes))
    let before = try residentKilobytes(path)
    tensor.release()
    // Whole pages inside the tensor only; the pages may be larger than 4 KiB.
    #expect(try residentKilobytes(path) <= before - 384)
    #expect(tensor.withBytes { $0.elementsEqual(bytes[12_345..<12_345 + 1 << 19]) })
    let own = Tensor([Float(1), 2, 3], shape: [3])
    own.release()
    #expect(own.scalars() == [Float(1), 2, 3])
  }

  /// What this process holds of a mapped file.
  private func residentKilobytes(_ path: String) throws -> Int {
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
    let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    let lines = text.split(separator: "\n").drop { !$0.hasSuffix(path) }
    let resident = try #require(lines.first { $0.hasPrefix("Rss:") })
    return try #require(resident.split(separator: " ").dropFirst().first.flatMap { Int($0) })
  }

  @Test func anEmptyFileHasNoBytes() throws {
    let folder = try TemporaryFolder()
    let file = try MappedFile(path: try folder.write([], to: "x"))
    #expect(file.bytes.isEmpty)
    file.release(0..<0)
    try file.validateStillWhole()
  }

  @Test func whatIsNotARegularFileIsRefused() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError.notFound(path: folder.file("x"))) { try MappedFile(path: folder.file("x")) }
    #expect(throws: FileError.notAFile(path: folder.path)) { try MappedFile(path: folder.path) }
    #expect(throws: FileError.notAFile(path: "/dev/null")) { try MappedFile(path: "/dev/null") }
    // A pipe without a writer must not be waited for.
    try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
    #expect(throws: FileError.notAFile(path: folder.file("pipe"))) {
      try MappedFile(path: folder.file("pipe"))
    }
  }

  /// Whatever the names lead to, it lies beneath the folder.
  @Test func aFileBeneathAFolderIsReachedWithoutLinks() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.file("a/b"), withIntermediateDirectories: true)
    try folder.write([1, 2], to: "a/b/c")
    for (name, target) in [("a/link", "b/c"), ("there", "a"), ("etc", "/etc")] {
      try FileManager.default.createSymbolicLink(atPath: folder.file(name), withDestinationPath: target)
    }
    let file = try MappedFile(folder: folder.path, components: ["a", "b", "c"])
    #expect(file.path == folder.file("a/b/c") && file.bytes.elementsEqual([1, 2] as [UInt8]))
    let link = folder.file("a/link")
    #expect(throws: FileError.cannotOpen(path: link, reason: "Too many levels of symbolic links")) {
      try MappedFile(folder: folder.path, components: ["a", "link"])
    }
    for components in [["there", "b", "c"], ["etc", "passwd"]] {
      let path = folder.file(components.joined(separator: "/"))
      #expect(throws: FileError.cannotOpen(path: path, reason: "Not a directory")) {
        try MappedFile(folder: folder.path, components: components)
      }
    }
    #expect(throws: FileError.notFound(path: folder.file("a/x"))) {
      try MappedFile(folder: folder.path, components: ["a", "x"])
    }
    #expect(throws: FileError.notFound(path: folder.file("x/a"))) {
      try MappedFile(folder: folder.file("x"), components: ["a"])
    }
    #expect(throws: FileError.notAFile(path: folder.file("a"))) {
      try MappedFile(folder: folder.path, components: ["a"])
    }
  }

  @Test func aPathThroughAFileSaysWhy() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1], to: "x") + "/y"
    #expect(throws: FileError.cannotOpen(path: path, reason: "Not a directory")) {
      try MappedFile(path: path)
    }
  }

  /// Without the guard the process would end here.
  @Test func readingWhatAFileLostGivesZerosAndIsNoticed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([UInt8](repeating: 7, count: 5 << 16), to: "x")
    let other = try MappedFile(path: try folder.write([UInt8](repeating: 3, count: 1 << 16), to: "other"))
    let file = try MappedFile(path: path)
    try #require(truncate(path, 1 << 16) == 0)
    #expect(file.bytes.prefix(1 << 16).allSatisfy { $0 == 7 })
    #expect(file.bytes.suffix(4 << 16).allSatisfy { $0 == 0 })
    // The file is as long as before, but not what it was.
    try #require(truncate(path, 5 << 16) == 0)
    #expect(throws: FileError.pagesLost(path: path)) { try file.validateStillWhole() }
    #expect(other.bytes.allSatisfy { $0 == 3 })
    try other.validateStillWhole()
    // The next mapping, which may lie at the same place, is a file of its own.
    let again = try MappedFile(path: path)
    #expect(again.bytes.prefix(1 << 16).allSatisfy { $0 == 7 })
    try again.validateStillWhole()
  }

  @Test func aFileThatShrankIsNoticedAndOneThatGrewIsNot() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([UInt8](repeating: 1, count: 5000), to: "x")
    let file = try MappedFile(path: path)
    try file.validateStillWhole()
    try #require(truncate(path, 6000) == 0)
    try file.validateStillWhole()
    try #require(truncate(path, 4999) == 0)
    #expect(throws: FileError.truncated(path: path, expected: 5000, found: 4999)) {
      try file.validateStillWhole()
    }
  }

  /// Replacing a file by name leaves the mapped one as it was.
  @Test func aFileThatWasReplacedStaysWhole() throws {
    let folder = try TemporaryFolder()
    let file = try MappedFile(path: try folder.write([1, 2, 3], to: "x"))
    let output = try OutputFile(path: folder.file("x"))
    try output.write([9])
    try output.commit()
    try file.validateStillWhole()
    #expect(file.bytes.elementsEqual([1, 2, 3]))
    #expect(try folder.read("x") == [9])
  }
}

@Suite struct OutputFileTests {
  /// Sizes around the block in which writes are gathered.
  @Test(arguments: [
    [0], [1], [262_143, 1, 1], [262_144], [262_145], [5, 262_144, 5], [100, 1_000_003, 100],
  ])
  func writesWhatItIsGiven(_ counts: [Int]) throws {
    let folder = try TemporaryFolder()
    let output = try OutputFile(path: folder.file("x"))
    var expected: [UInt8] = []
    for (number, count) in counts.enumerated() {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &+ number &* 13) }
      try output.write(bytes)
      expected += bytes
      #expect(output.count == expected.count)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("x")))
    try output.commit()
    #expect(try folder.read("x") == expected)
    #expect(try folder.contents() == ["x"])
  }

  @Test func withoutACommitNothingIsLeftBehind() throws {
    let folder = try TemporaryFolder()
    try folder.write([1, 2, 3], to: "old")
    for name in ["old", "new"] {
      let output = try OutputFile(path: folder.file(name))
      try output.write([UInt8](repeating: 9, count: 1 << 20))
      #expect(!(try folder.contents().contains("new")))
    }
    #expect(try folder.contents() == ["old"])
    #expect(try folder.read("old") == [1, 2, 3])
  }

  @Test func twoWritersOfOneFileDoNotMix() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (try OutputFile(path: folder.file("x")), try OutputFile(path: folder.file("x")))
    try first.write([1, 1])
    try second.write([2])
    try second.commit()
    #expect(try folder.read("x") == [2])
    try first.commit()
    #expect(try folder.read("x") == [1, 1])
    #expect(try folder.contents() == ["x"])
  }

  @Test func aLinkInPlaceOfTheTemporaryFileIsNotFollowed() throws {
    let folder = try TemporaryFolder()
    try folder.write([1, 2, 3], to: "victim")
    let trap = "x.\(ProcessInfo.processInfo.processIdentifier)-0.part"
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(trap), withDestinationPath: folder.file("victim"))
    let output = try OutputFile(path: folder.file("x"))
    try output.write([9])
    try output.commit()
    #expect(try folder.read("victim") == [1, 2, 3])
    #expect(try folder.read("x") == [9])
  }

  @Test func aLinkLeadsToTheFileThatIsReplaced() throws {
    let folder = try TemporaryFolder()
    try folder.write([1, 2, 3], to: "file")
    try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "file")
    let output = try OutputFile(path: folder.file("link"))
    try output.write([9])
    try output.commit()
    #expect(try folder.read("file") == [9])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link")) == "file")
    #expect(try folder.contents() == ["file", "link"])
  }

  /// A writer that died while it held a named file leaves it unlocked.
  @Test func whatDeadWritersLeftIsRemovedAndNothingElse() throws {
    let folder = try TemporaryFolder()
    for name in ["x.1-0.part", "x.77-12.part", "x.part", "x.1-.part", "y.1-0.part", "x.a-0.part"] {
      try folder.write([1], to: name)
    }
    try folder.write([2], to: "x.5-0.part")
    let alive = open(folder.file("x.5-0.part"), O_WRONLY)
    try #require(alive >= 0 && flock(alive, LOCK_EX) == 0)
    defer { close(alive) }
    let output = try OutputFile(path: folder.file("x"))
    try output.commit()
    #expect(try folder.contents() == ["x", "x.1-.part", "x.5-0.part", "x.a-0.part", "x.part", "y.1-0.part"])
  }

  @Test func aMissingFolderIsReported() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("none/x")
    #expect(throws: FileError.cannotCreate(path: path, reason: "No such file or directory")) {
      try OutputFile(path: path)
    }
    let reason = "it exists and is no regular file"
    #expect(throws: FileError.cannotCreate(path: folder.path, reason: reason)) { try OutputFile(path: folder.path) }
  }

  @Test func aFullDiskIsReportedAtOnceOrAtTheCommit() throws {
    let full = FileError.cannotWrite(path: "/dev/full", reason: "No space left on device")
    let large = try OutputFile(path: "/dev/full")
    #expect(throws: full) { try large.write([UInt8](repeating: 0, count: 1 << 20)) }
    let small = try OutputFile(path: "/dev/full")
    try small.write([1])
    #expect(throws: full) { try small.commit() }
  }

  @Test func aDeviceIsWrittenToInPlace() throws {
    let output = try OutputFile(path: "/dev/null")
    try output.write([UInt8](repeating: 0, count: 1 << 20))
    try output.commit()
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func aFolderThatTurnsUpUnderTheNameIsReported() throws {
    let folder = try TemporaryFolder()
    let output = try OutputFile(path: folder.file("x"))
    try FileManager.default.createDirectory(atPath: folder.file("x"), withIntermediateDirectories: false)
    #expect(throws: FileError.cannotWrite(path: folder.file("x"), reason: "Is a directory")) {
      try output.commit()
    }
    #expect(try folder.contents() == ["x"])
  }
}
