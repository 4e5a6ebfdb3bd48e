public enum ONNXSeeds {
  /// What the tests see refused, and models that are sound.
  public static var files: [(name: String, bytes: [UInt8])] {
    (wrongFiles + malformed + wrongModels + wrongParts + wrongTensors).map { ($0.name, $0.bytes) }
      + hostileLocations.map { ($0.name, $0.bytes) }
      + [("sample", sample), ("function defaults", functionDefaults), ("attributes", attributes)]
      + initializers + unknownTypes + externalData
  }

  /// Writes what the models name.
  public static func prepare(_ folder: String) throws { try writeExternalData(to: folder) }

  /// Two elements of each type, raw and in the field of the type.
  private static var initializers: [(String, [UInt8])] {
    let sizes: [(Int64, Int)] = [
      (1, 4), (2, 1), (3, 1), (4, 2), (5, 2), (6, 4), (7, 8), (9, 1), (10, 2), (11, 8), (12, 4), (13, 8), (16, 2),
    ]
    let raws = sizes.map { type, size in tensor("r\(type)", type: type, raw(2 * size)) }
    let small: [Int64] = [2, 3, 4, 5, 6, 9, 10, 16]
    let typed =
      small.map { tensor("t\($0)", type: $0, packed(5, [0, 1])) } + [
        tensor("t1", field(4, Bytes(0..<8))), tensor("t7", type: 7, packed(7, [1, -1])),
        tensor("t11", type: 11, field(10, Bytes(0..<16))),
      ]
    // Of these the field is none that is read.
    let unread: [Int64] = [12, 13]
    return [("initializers", model(graph(initializers: raws + typed)))]
      + unread.map { type in
        ("initializer of type \(type)", model(graph(initializers: [tensor("w", type: type, packed(5, [0, 1]))])))
      }
  }

  private static var unknownTypes: [(String, [UInt8])] {
    ([8] + [14, 15] + Array(17...28)).map { type in
      ("type \(type)", model(graph(initializers: [tensor("w", type: type, raw(8))])))
    }
  }

  private static var externalData: [(String, [UInt8])] {
    let locations = [
      ("whole", external("weights")), ("from a byte on", external("./weights", offset: "8")),
      ("in a folder", external("sub/more", offset: "4")), ("a link", external("inside")),
      ("without measures", external([("location", "weights"), ("checksum", "none")])),
    ]
    return locations.map { name, data in
      ("external data \(name)", model(graph(initializers: [tensor("w", data), tensor("v", data)])))
    }
  }

  private static var functionDefaults: [UInt8] {
    let defaults = field(11, attribute("k", type: 2, field(3, 5))) + field(11, attribute("l", type: 2, field(3, 6)))
    let body = [node("Leaky", ["a"], ["b"], attributes: [attribute("alpha", type: 1, field(21, "k"))])]
    let call = node("F", ["x"], ["y"], domain: "own", attributes: [attribute("k", type: 2, field(3, 1))])
    return model(
      graph(nodes: [call]), opsets: [opset("ai.onnx", 17), opset("own", 1)],
      field(25, function("F", nodes: body, defaults)))
  }

  /// Of every type, empty where that may be.
  private static var attributes: [UInt8] {
    let types: [Int64] = [1, 2, 3] + Array(6...14)
    return model(
      graph(nodes: [node("A", ["", "x"], ["y", ""], attributes: types.map { attribute("a\($0)", type: $0) })]))
  }
}
