import Safetensors
import Tensors
import Testing

extension HostileIndex: CustomTestStringConvertible {
  var testDescription: String { name }
}

@Suite struct HostileIndexTests {
  @Test(arguments: hostileIndices) func isRefused(_ hostile: HostileIndex) throws {
    let (folder, outside) = (try TemporaryFolder(), try TemporaryFolder())
    try writeShards(to: folder.path, outside: outside.path)
    let path = try folder.write(Array(hostile.json.utf8), to: "index.json")
    #expect(folder.failure { _ = try SafetensorsIndex(path: path) } == hostile.message)
  }

  @Test func aLinkWithinTheFolderIsFollowed() throws {
    let (folder, outside) = (try TemporaryFolder(), try TemporaryFolder())
    try writeShards(to: folder.path, outside: outside.path)
    let json = #"{"weight_map":{"a":"shard-1","b":"shard-1","c":"link-in"},"x":[true,false,null,-1.5e-3,0]} "#
    let index = try SafetensorsIndex(path: try folder.write(Array(json.utf8), to: "index.json"))
    #expect(index.names == ["a", "b", "c"])
    #expect(try index.tensor(named: "b").scalars(UInt8.self) == [1])
  }

  /// Download caches hold every file of a checkpoint as a link into one folder of blobs.
  @Test func indexAndShardsMayAllBeLinksIntoOneFolder() throws {
    let (folder, blobs) = (try TemporaryFolder(), try TemporaryFolder())
    try blobs.write(shard("a"), to: "6a1f")
    try blobs.write(Array(#"{"weight_map":{"a":"shard-1"}}"#.utf8), to: "77ee")
    try folder.link("shard-1", to: blobs.file("6a1f"))
    try folder.link("model.safetensors.index.json", to: blobs.file("77ee"))
    let index = try openSafetensors(path: folder.file("model.safetensors.index.json"))
    #expect(index.names == ["a"])
    #expect(index.paths == [folder.file("shard-1")])
  }
}
