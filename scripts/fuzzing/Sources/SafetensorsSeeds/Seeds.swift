import Safetensors

public enum SafetensorsSeeds {
  /// What the tests see refused, and files that are sound.
  public static var files: [(name: String, bytes: [UInt8])] {
    HostileFile.all.map { ($0.name, $0.bytes) } + [("every type", everyType), ("odd spelling", oddSpelling)]
  }

  public static var indices: [(name: String, bytes: [UInt8])] {
    let sound = #"{"weight_map":{"a":"shard-1","b":"shard-1","c":"link-in"},"x":[true,false,null,-1.5e-3,0,2E+7]} "#
    return hostileIndices.map { ($0.name, Array($0.json.utf8)) } + [("links within", Array(sound.utf8))]
  }

  /// Writes what the indices name.
  public static func prepare(_ folder: String, outside: String) throws {
    try writeShards(to: folder, outside: outside)
  }

  /// Eight elements of each.
  private static var everyType: [UInt8] {
    var (entries, end): ([String], Int) = ([], 0)
    for type in SafetensorsType.allCases {
      let begin = end
      end += type.bitWidth
      entries.append(#""\#(type)":{"dtype":"\#(type)","shape":[2,4],"data_offsets":[\#(begin),\#(end)]}"#)
    }
    return file("{\(entries.joined(separator: ","))}", buffer: end)
  }

  private static var oddSpelling: [UInt8] {
    let name = #"\ud83d\uDE00\u00e9é\n\r\t\b\f\/\\\""#
    return file(
      "{ \"__metadata__\" :\n\t{ \"\(name)\" : \"\(name)\" } ,\r\n \"\(name)\" : "
        + "{ \"data_offsets\":[ 0 , 0 ], \"shape\" : [ 0 ] , \"dtype\":\"F32\" } } ")
  }
}
