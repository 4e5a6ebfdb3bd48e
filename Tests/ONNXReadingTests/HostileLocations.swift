// Free of the test library: scripts/fuzzing begins from these files too.

import Foundation

/// Beside the model, the folder holds `weights` of 16 bytes, a folder `sub` with `more`, links, and a pipe.
struct HostileLocation: Sendable {
  let name: String
  let data: Bytes
  let message: String
  /// A model that has these data.
  var bytes: Bytes { model(graph(initializers: [tensor("w", data)])) }

  init(_ name: String, _ data: Bytes, _ message: String) {
    self.name = name
    self.data = data
    self.message = message
  }

  /// A location that is not a path within the folder.
  init(escaping location: String, as shown: String? = nil) {
    self.init(
      location, external(location),
      "tensor \"w\": external data must be a file in the model's folder, \"\(shown ?? location)\" found")
  }
}

let hostileLocations: [HostileLocation] = [
  HostileLocation(escaping: "/etc/passwd"),
  HostileLocation(escaping: "../weights"),
  HostileLocation(escaping: "sub/../../weights"),
  HostileLocation(escaping: "sub/.."),
  HostileLocation(escaping: "sub//more"),
  HostileLocation(escaping: "sub/"),
  HostileLocation(escaping: "."),
  HostileLocation(escaping: "..\\weights", as: "..\\\\weights"),
  // A mark that joins the slash must not hide the dots before it.
  HostileLocation(escaping: "../\u{338}/weights"),
  HostileLocation(
    "zero byte", external("weights\0.txt"),
    "not an ONNX model: StringStringEntryProto at byte 42: value: text holds a zero byte"),
  HostileLocation(
    "no location", external([("offset", "0")]), "tensor \"w\": the external data has no location"),
  HostileLocation(
    "location without a value", field(13, field(1, "location")) + field(14, 1),
    "tensor \"w\": the external data has no location"),
  HostileLocation(
    "location that is not UTF-8", field(13, field(1, "location") + field(2, [0xFF])) + field(14, 1),
    "tensor \"w\": external_data: text that is not UTF-8"),
  HostileLocation(
    "key twice", external([("location", "weights"), ("location", "sub/more")]),
    "tensor \"w\": external_data has the key \"location\" twice"),
  HostileLocation(
    "file missing", external("absent"), "tensor \"w\": external data \"absent\" is missing"),
  HostileLocation(
    "link to a file outside", external("passwd"),
    "tensor \"w\": external data \"passwd\" is a link to a file outside FOLDER"),
  HostileLocation(
    "link to a folder outside", external("etc/passwd"),
    "tensor \"w\": external data \"etc/passwd\" is a link to a file outside FOLDER"),
  HostileLocation(
    "link to nothing", external("dangling"), "tensor \"w\": external data \"dangling\" is missing"),
  HostileLocation(
    "link to itself", external("loop"), "tensor \"w\": external data \"loop\" is missing"),
  HostileLocation("folder", external("sub"), "sub: not a regular file"),
  HostileLocation("pipe", external("pipe"), "pipe: not a regular file"),
  HostileLocation(
    "offset past the end", external("weights", offset: "9"),
    "tensor \"w\": external data \"weights\" is cut off: at least 17 bytes expected, 16 found"),
  HostileLocation(
    "offset of 2^63 - 1", external("weights", offset: "9223372036854775807"),
    "tensor \"w\": external data \"weights\" is cut off:"
      + " at least 9223372036854775815 bytes expected, 16 found"),
  HostileLocation(
    "offset of 2^63", external("weights", offset: "9223372036854775808"),
    "tensor \"w\": offset of the external data must be a number of bytes, \"9223372036854775808\" found"),
  HostileLocation(
    "negative offset", external("weights", offset: "-4"),
    "tensor \"w\": offset of the external data must be a number of bytes, \"-4\" found"),
  HostileLocation(
    "offset that is no number", external("weights", offset: ""),
    "tensor \"w\": offset of the external data must be a number of bytes, \"\" found"),
  HostileLocation(
    "length in hexadecimal", external("weights", length: "0x8"),
    "tensor \"w\": length of the external data must be a number of bytes, \"0x8\" found"),
  HostileLocation(
    "length that is not the shape's", external("weights", length: "12"),
    "tensor \"w\": f32 [2] takes 8 bytes, 12 found"),
  HostileLocation(
    "raw data as well", raw(8) + external("weights"),
    "tensor \"w\" has its data more than once: raw_data, external_data"),
  HostileLocation(
    "Git LFS pointer", external("pointer", offset: "4096"),
    "pointer: a Git LFS pointer instead of the file itself (oid \"sha256:00\", size \"8\" bytes);"
      + " run `git lfs pull`"),
]

/// Fills a model's folder.
func writeExternalData(to folder: String) throws {
  func write(_ bytes: Bytes, _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }
  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: target)
  }
  try write(Bytes(0..<16), "weights")
  try FileManager.default.createDirectory(atPath: "\(folder)/sub", withIntermediateDirectories: true)
  try write(Bytes(100..<116), "sub/more")
  try write(Bytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 8\n".utf8), "pointer")
  try link("passwd", to: "/etc/passwd")
  try link("etc", to: "/etc")
  try link("dangling", to: "nowhere")
  try link("loop", to: "loop")
  try link("inside", to: "sub/more")
  mkfifo("\(folder)/pipe", 0o600)
}
