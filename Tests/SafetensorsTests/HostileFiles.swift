// Free of the test library: scripts/fuzzing begins from these files too.

/// A file that must be refused, and the whole message, the path aside.
struct HostileFile: Sendable {
  let name: String
  let bytes: [UInt8]
  let message: String

  init(_ name: String, _ bytes: [UInt8], _ message: String) {
    self.name = name
    self.bytes = bytes
    self.message = message
  }

  /// A header with a buffer of so many bytes.
  init(_ name: String, _ header: String, _ buffer: Int, _ message: String) {
    self.init(name, file(header, buffer: buffer), message)
  }

  init(_ name: String, _ header: String, _ message: String) {
    self.init(name, file(header), message)
  }
}

extension HostileFile {
  static let all = wrongFiles + malformedJSON + wrongEntries + wrongLayouts + [overflowingSum()]
}

private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

private let lfsPointer = """
  version https://git-lfs.github.com/spec/v1
  oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
  size 346284714

  """

/// Files that are something else, or that were cut.
private let wrongFiles: [HostileFile] = [
  HostileFile("empty", [], "the file is empty"),
  HostileFile("3 bytes", [1, 2, 3], "not a safetensors file: at least 8 bytes expected, 3 found"),
  HostileFile(
    "Git LFS pointer", text(lfsPointer),
    "a Git LFS pointer instead of the file itself (oid "
      + "\"sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\","
      + " size \"346284714\" bytes); run `git lfs pull`"),
  HostileFile(
    "Git LFS pointer without lines", text("version https://git-lfs.github.com/spec/v1"),
    "a Git LFS pointer instead of the file itself (oid \"unknown\","
      + " size \"unknown\" bytes); run `git lfs pull`"
  ),
  HostileFile(
    "HTML page", text("\n<!DOCTYPE html><html><body>404</body></html>"),
    "not a safetensors file but an HTML or XML page, probably an error page saved by a download"),
  HostileFile(
    "XML page with a byte order mark", [0xEF, 0xBB, 0xBF] + text("<?xml version=\"1.0\"?><Error/>"),
    "not a safetensors file but an HTML or XML page, probably an error page saved by a download"),
  HostileFile(
    "ZIP", text("PK\u{03}\u{04}") + [0, 0, 8, 8, 0, 0, 0, 0],
    "not a safetensors file but a ZIP archive, such as a PyTorch checkpoint"),
  HostileFile(
    "pickle", [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9],
    "not a safetensors file but a Python pickle, such as an old PyTorch checkpoint"),
  HostileFile(
    "ONNX", [0x08, 0x08, 0x12, 0x07] + text("pytorch"),
    "not a safetensors file but a protobuf message, such as an ONNX model"),
  HostileFile("GGUF", text("GGUF") + [3, 0, 0, 0, 1, 0, 0, 0], "not a safetensors file but a GGUF file"),
  HostileFile(
    "JSON", text(#"{"metadata": {}, "weight_map": {}}"#),
    "not a safetensors file but JSON text, such as the index of a sharded checkpoint"),
  HostileFile(
    "header of 100,000,001 bytes", length(100_000_001) + [1],
    "a header of at most 100000000 bytes expected, 100000001 found"),
  HostileFile(
    "header length of all ones", length(.max) + [1],
    "a header of at most 100000000 bytes expected, 18446744073709551615 found"),
  HostileFile(
    "cut within the header", length(100) + text("{"),
    "the file is cut off: at least 108 bytes expected, 9 found"),
  HostileFile(
    "cut within the buffer", #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, 11,
    "the file is cut off: at least 75 bytes expected, 74 found"),
  HostileFile("header of no bytes", length(0), "the header must begin with '{', it is empty"),
  HostileFile("header after a space", #" {}"#, "the header must begin with '{', ' ' found"),
  HostileFile("header is an array", #"[]"#, "the header must begin with '{', '[' found"),
  HostileFile(
    "header after a byte order mark", "\u{FEFF}{}", "the header must begin with '{', 0xEF found"),
]

/// Headers that are not JSON, or not exactly.
private let malformedJSON: [HostileFile] = [
  HostileFile("no end", #"{"#, "invalid JSON at byte 1: the text ends early"),
  HostileFile("no colon", #"{"a"}"#, "invalid JSON at byte 4: ':' expected, '}' found"),
  HostileFile("bare key", #"{a:1}"#, "invalid JSON at byte 1: '\"' expected, 'a' found"),
  HostileFile(
    "trailing comma", #"{"__metadata__":{},}"#, "invalid JSON at byte 19: '\"' expected, '}' found"),
  HostileFile(
    "no comma", #"{"__metadata__":{} "a":{}}"#, "invalid JSON at byte 19: ',' or '}' expected, '\"' found"),
  HostileFile(
    "trailing NUL", "{}\0\0", "invalid JSON at byte 2: something follows the end of the JSON text"),
  HostileFile(
    "second document", "{}{}", "invalid JSON at byte 2: something follows the end of the JSON text"),
  HostileFile(
    "entry is an array", #"{"a":[]}"#, "tensor \"a\": invalid JSON at byte 5: '{' expected, '[' found"),
  HostileFile(
    "entry is null", #"{"a":null}"#, "tensor \"a\": invalid JSON at byte 5: '{' expected, 'n' found"),
  HostileFile(
    "invalid UTF-8 in a name", file([0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x7B, 0x7D, 0x7D]),
    "invalid JSON at byte 2: a string is not valid UTF-8"),
  HostileFile(
    "overlong UTF-8 in a name", file([0x7B, 0x22, 0xC0, 0x80, 0x22, 0x3A, 0x7B, 0x7D, 0x7D]),
    "invalid JSON at byte 2: a string is not valid UTF-8"),
  HostileFile(
    "invalid UTF-8 after an escape", file(text(#"{"\n"#) + [0xFF] + text(#"":{}}"#)),
    "invalid JSON at byte 2: a string is not valid UTF-8"),
  HostileFile(
    "line feed in a name", "{\"a\nb\":{}}",
    "invalid JSON at byte 3: a string contains the bare control character 0x0A"),
  HostileFile(
    "control character after an escape", "{\"\\t\u{01}\":{}}",
    "invalid JSON at byte 4: a string contains the bare control character 0x01"),
  HostileFile("unknown escape", #"{"\x":{}}"#, "invalid JSON at byte 2: invalid escape in a string"),
  HostileFile("short hex escape", #"{"\u12":{}}"#, "invalid JSON at byte 2: invalid escape in a string"),
  HostileFile("escape at the end", #"{"\"#, "invalid JSON at byte 3: the text ends early"),
  HostileFile(
    "lone high surrogate", #"{"\ud83d":{}}"#, "invalid JSON at byte 2: half of a surrogate pair in a string"),
  HostileFile(
    "lone low surrogate", #"{"\ude00":{}}"#, "invalid JSON at byte 2: half of a surrogate pair in a string"),
  HostileFile(
    "two high surrogates", #"{"\ud83d\ud83d":{}}"#,
    "invalid JSON at byte 2: half of a surrogate pair in a string"),
  HostileFile("unclosed string", #"{"abc"#, "invalid JSON at byte 5: the text ends early"),
  HostileFile(
    "metadata value is a number", #"{"__metadata__":{"epoch":3}}"#,
    "tensor \"__metadata__\": invalid JSON at byte 25: '\"' expected, '3' found"),
  HostileFile(
    "metadata is null", #"{"__metadata__":null}"#,
    "tensor \"__metadata__\": invalid JSON at byte 16: '{' expected, 'n' found"),
  HostileFile(
    "arrays in a shape, 100,000 deep",
    #"{"a":{"shape":"# + String(repeating: "[", count: 100_000),
    "tensor \"a\": invalid JSON at byte 15: an integer expected, '[' found"),
]

/// Entries that are wrong by themselves.
private let wrongEntries: [HostileFile] = [
  HostileFile(
    "metadata twice", #"{"__metadata__":{},"__metadata__":{}}"#,
    "\"header\" has the key \"__metadata__\" twice"),
  HostileFile(
    "metadata key twice", #"{"__metadata__":{"k":"1","\u006b":"2"}}"#,
    "\"__metadata__\" has the key \"k\" twice"),
  HostileFile(
    "tensor twice",
    #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
    2, "tensor \"a\" is listed twice"),
  HostileFile(
    "tensor twice, once composed and once decomposed",
    #"{"\u00e9":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""e\u0301":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
    2, "tensor \"\u{E9}\" is listed twice"),
  HostileFile(
    "dtype twice", #"{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, 1,
    "\"a\" has the key \"dtype\" twice"),
  HostileFile(
    "shape twice", #"{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}"#, 1,
    "\"a\" has the key \"shape\" twice"),
  HostileFile(
    "data_offsets twice", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[0,1]}}"#, 1,
    "\"a\" has the key \"data_offsets\" twice"),
  HostileFile(
    "unknown field", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"strides":[1]}}"#, 1,
    "tensor \"a\": unknown field \"strides\"; dtype, shape and data_offsets expected"),
  HostileFile(
    "no dtype", #"{"a":{"shape":[1],"data_offsets":[0,1]}}"#, 1, "tensor \"a\": dtype is missing"),
  HostileFile(
    "no shape", #"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#, 1, "tensor \"a\": shape is missing"),
  HostileFile(
    "no data_offsets", #"{"a":{"dtype":"U8","shape":[1]}}"#, 1, "tensor \"a\": data_offsets is missing"),
  HostileFile(
    "dtype is a number", #"{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}"#, 1,
    "tensor \"a\": invalid JSON at byte 14: '\"' expected, '8' found"),
  HostileFile(
    "unknown dtype", #"{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}"#, 4,
    "tensor \"a\": unknown dtype \"f32\""),
  HostileFile(
    "name with terminal controls", #"{"\u001b[2Ja\u202eb\"":{"dtype":"Q","shape":[],"data_offsets":[0,0]}}"#,
    #"tensor "\u{1B}[2Ja\u{202E}b\"": unknown dtype "Q""#),
  HostileFile(
    "very long name",
    #"{""# + String(repeating: "n", count: 5000) + #"":{"dtype":"Q","shape":[],"data_offsets":[0,0]}}"#,
    "tensor \"" + String(repeating: "n", count: 200) + "…\": unknown dtype \"Q\""),
  HostileFile(
    "negative extent", #"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1,
    "tensor \"a\": invalid JSON at byte 28: a size must be a plain non-negative integer"),
  HostileFile(
    "fractional extent", #"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, 1,
    "tensor \"a\": invalid JSON at byte 28: a size must be a plain non-negative integer"),
  HostileFile(
    "extent with an exponent", #"{"a":{"dtype":"U8","shape":[1E0],"data_offsets":[0,1]}}"#, 1,
    "tensor \"a\": invalid JSON at byte 28: a size must be a plain non-negative integer"),
  HostileFile(
    "extent with a leading zero", #"{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}"#, 1,
    "tensor \"a\": invalid JSON at byte 28: a size must be a plain non-negative integer"),
  HostileFile(
    "extent is a string", #"{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}"#, 1,
    "tensor \"a\": invalid JSON at byte 28: an integer expected, '\"' found"),
  HostileFile(
    "extent of 2^63", #"{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}"#, 1,
    "tensor \"a\": invalid JSON at byte 28: an integer is out of range"),
  HostileFile(
    "extents whose product overflows",
    #"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#,
    "tensor \"a\": shape [4294967296, 4294967296] has too many elements"),
  HostileFile(
    "extents whose product overflows behind a zero",
    #"{"a":{"dtype":"U8","shape":[0,9223372036854775807],"data_offsets":[0,0]}}"#,
    "tensor \"a\": shape [0, 9223372036854775807] has too many elements"),
  HostileFile(
    "product that wraps round to the right size",
    #"{"a":{"dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8]}}"#, 8,
    "tensor \"a\": shape [2305843009213693953] has too many elements"),
  HostileFile(
    "half a byte", #"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, 2,
    "tensor \"a\": F4 [3] does not fill whole bytes"),
  HostileFile(
    "one offset", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 1,
    "tensor \"a\": data_offsets must hold 2 integers, 1 found"),
  HostileFile(
    "three offsets", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}"#, 1,
    "tensor \"a\": data_offsets must hold 2 integers, 3 found"),
  HostileFile(
    "offsets backwards", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, 1,
    "tensor \"a\": data_offsets run backwards, from 1 to 0"),
  HostileFile(
    "range too long", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}"#, 9,
    "tensor \"a\": F32 [2] takes 8 bytes, data_offsets span 9"),
  HostileFile(
    "range too short", #"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,3]}}"#, 3,
    "tensor \"a\": F32 [] takes 4 bytes, data_offsets span 3"),
]

/// Entries that are wrong together.
private let wrongLayouts: [HostileFile] = [
  HostileFile(
    "hole at the start", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2,
    "tensor \"a\" leaves a hole before it: begin 0 expected, 1 found"),
  HostileFile(
    "hole between",
    #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
    3, "tensor \"b\" leaves a hole before it: begin 1 expected, 2 found"),
  HostileFile(
    "overlap",
    #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#
      + #""b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
    3, "tensor \"b\" overlaps \"a\": begin 2 expected, 1 found"),
  HostileFile(
    "same range twice",
    #"{"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#
      + #""a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}"#,
    2, "tensor \"b\" overlaps \"a\": begin 2 expected, 0 found"),
  HostileFile(
    "range at the end of Int",
    #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}"#,
    "tensor \"a\" leaves a hole before it: begin 0 expected, 9223372036854775807 found"),
  HostileFile(
    "a tensor of 2^60 - 1 bytes",
    #"{"a":{"dtype":"U8","shape":[1152921504606846975],"data_offsets":[0,1152921504606846975]}}"#, 1,
    "the file is cut off: at least 1152921504606847072 bytes expected, 98 found"),
  HostileFile(
    "bytes after the last tensor", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 2,
    "bytes after the last tensor: a file of 62 bytes expected, 63 found"),
  HostileFile(
    "bytes without a tensor", "{}", 1,
    "bytes after the last tensor: a file of 10 bytes expected, 11 found"),
]

/// Tensors, each in range by itself, that end 8 bytes below 2^63: where they end in the file is out of range.
private func overflowingSum() -> HostileFile {
  let step = 1_152_921_504_606_846_975
  let entries = (0..<8).map { number in
    let (begin, end) = (step * number, step * (number + 1))
    return #""t\#(number)":{"dtype":"U8","shape":[\#(step)],"data_offsets":[\#(begin),\#(end)]}"#
  }
  let header = "{" + entries.joined(separator: ",") + "}"
  return HostileFile(
    "a sum close to the end of Int", header,
    "the file is cut off: at least 9223372036854775807 bytes expected, \(8 + header.utf8.count) found")
}

/// A file of this header and a buffer of `buffer` bytes that count up from zero.
func file(_ header: [UInt8], buffer: Int = 0) -> [UInt8] {
  length(UInt64(header.count)) + header + (0..<buffer).map { UInt8(truncatingIfNeeded: $0) }
}

func file(_ header: String, buffer: Int = 0) -> [UInt8] { file(Array(header.utf8), buffer: buffer) }

func length(_ count: UInt64) -> [UInt8] { withUnsafeBytes(of: count.littleEndian) { [UInt8]($0) } }
