// Free of the test library: scripts/fuzzing begins from these files too.

import Foundation

func shard(_ names: String...) -> [UInt8] {
  let entries = names.enumerated().map { position, name in
    #""\#(name)":{"dtype":"U8","shape":[1],"data_offsets":[\#(position),\#(position + 1)]}"#
  }
  return file("{" + entries.joined(separator: ",") + "}", buffer: names.count)
}

/// Beside `index.json`, the folder holds shard-1 (tensors a and b), shard-2 (c), and links.
struct HostileIndex: Sendable {
  let name: String
  let json: String
  let message: String

  init(_ name: String, _ json: String, _ message: String) {
    self.name = name
    self.json = json
    self.message = message
  }

  /// An index that maps a and b, and c to the given shard.
  init(_ name: String, c shard: String, _ message: String) {
    self.init(name, #"{"weight_map":{"a":"shard-1","b":"shard-1","c":"\#(shard)"}}"#, message)
  }
}

private func notPlain(_ shard: String) -> String {
  "index.json: tensor \"c\": a shard must be a file name in the index's folder, \"\(shard)\" found"
}

let hostileIndices: [HostileIndex] = [
  HostileIndex("empty", "", "index.json: the file is empty"),
  HostileIndex(
    "HTML page", "<html></html>",
    "index.json: not a safetensors file but an HTML or XML page, probably an error page saved by a download"),
  HostileIndex("cut", #"{"weight_map":{"a":"#, "index.json: invalid JSON at byte 19: the text ends early"),
  HostileIndex(
    "nested too deep", #"{"metadata":"# + String(repeating: "[", count: 100_000),
    "index.json: invalid JSON at byte 75: nested more than 64 deep"),
  HostileIndex(
    "wrong word", #"{"metadata":nul}"#, "index.json: invalid JSON at byte 15: null expected, '}' found"),
  HostileIndex(
    "wrong number", #"{"metadata":-.5}"#, "index.json: invalid JSON at byte 13: a digit expected, '.' found"),
  HostileIndex(
    "wrong value", #"{"metadata":+1}"#, "index.json: invalid JSON at byte 12: a value expected, '+' found"),
  HostileIndex("no weight_map", #"{"metadata":{}}"#, "index.json: weight_map is missing"),
  HostileIndex(
    "weight_map twice", #"{"weight_map":{},"weight_map":{}}"#,
    "index.json: \"index\" has the key \"weight_map\" twice"),
  HostileIndex(
    "tensor twice", #"{"weight_map":{"a":"shard-1","a":"shard-2"}}"#,
    "index.json: \"weight_map\" has the key \"a\" twice"),
  HostileIndex(
    "shard is a number", #"{"weight_map":{"a":1}}"#,
    "index.json: invalid JSON at byte 19: '\"' expected, '1' found"),
  HostileIndex("empty shard name", c: "", notPlain("")),
  HostileIndex("parent folder", c: "../outside/shard-2", notPlain("../outside/shard-2")),
  HostileIndex("parent", c: "..", notPlain("..")),
  HostileIndex("absolute path", c: "/etc/passwd", notPlain("/etc/passwd")),
  HostileIndex("path through a folder", c: "a/../../x", notPlain("a/../../x")),
  HostileIndex("own folder", c: "./shard-2", notPlain("./shard-2")),
  HostileIndex("NUL in a shard name", c: #"shard-2\u0000x"#, notPlain(#"shard-2\u{0}x"#)),
  HostileIndex("missing shard", c: "shard-3", "index.json: shard \"shard-3\" is missing"),
  HostileIndex("dangling link", c: "dangling", "index.json: shard \"dangling\" is missing"),
  HostileIndex(
    "link out of the folder", c: "link-out",
    "index.json: shard \"link-out\" is a link to a file outside FOLDER"),
  HostileIndex(
    "link through a link", c: "link-to-link-out",
    "index.json: shard \"link-to-link-out\" is a link to a file outside FOLDER"),
  HostileIndex("tensor not there", c: "shard-1", "index.json: tensor \"c\" is not in shard \"shard-1\""),
  HostileIndex(
    "tensor in two shards", c: "shard-2-and-a",
    "index.json: tensor \"a\" is in more than one shard: \"shard-1\", \"shard-2-and-a\""),
  HostileIndex(
    "tensors not named", #"{"weight_map":{"c":"shard-2","a":"shard-1"}}"#,
    "index.json: shard \"shard-1\" holds tensors that the index does not name: \"b\""),
  HostileIndex(
    "broken shard", c: "broken", "broken: not a safetensors file: at least 8 bytes expected, 2 found"),
  HostileIndex("folder as a shard", c: "folder", "folder: not a regular file"),
]

/// Fills a folder, and one outside it.
func writeShards(to folder: String, outside: String) throws {
  func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: target)
  }
  try write(shard("a", "b"), "\(folder)/shard-1")
  try write(shard("c"), "\(folder)/shard-2")
  try write(shard("a", "c"), "\(folder)/shard-2-and-a")
  try write([0, 0], "\(folder)/broken")
  try FileManager.default.createDirectory(atPath: "\(folder)/folder", withIntermediateDirectories: false)
  try write(shard("c"), "\(outside)/secret")
  try link("link-out", to: "\(outside)/secret")
  try link("link-to-link-out", to: "link-out")
  try link("link-in", to: "shard-2")
  try link("dangling", to: "nowhere")
}
