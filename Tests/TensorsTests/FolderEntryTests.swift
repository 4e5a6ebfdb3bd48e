import Foundation
import Tensors
import Testing

@Suite struct FolderEntryTests {
  /// Entries end with their names, and the last of a listing may end where the process's memory does.
  @Test func aNameIsReadToItsEndOnly() throws {
    let page = Int(getpagesize())
    let memory = try #require(
      mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    defer { munmap(memory, 2 * page) }
    try #require(mprotect(memory + page, page, PROT_NONE) == 0)
    let field = try #require(MemoryLayout<dirent>.offset(of: \.d_name))
    let name = Array("a.part".utf8) + [0]
    let entry = memory + page - name.count - field
    (entry + field).copyMemory(from: name, byteCount: name.count)
    #expect(FolderEntry.name(at: entry) == "a.part")
  }
}
