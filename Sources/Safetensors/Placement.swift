import Tensors

/// Where a tensor that is to be written will lie in the buffer.
struct Placement {
  let declaration: SafetensorsWriter.Declaration
  let begin, end: Int

  /// In the order of the buffer: see `SafetensorsWriter`.
  static func place(
    _ tensors: [SafetensorsWriter.Declaration], path: String, alignment: Int
  ) throws(SafetensorsError) -> [Placement] {
    var sized: [(declaration: SafetensorsWriter.Declaration, byteCount: Int)] = []
    var seen: Set<String> = []
    for tensor in tensors {
      guard tensor.name != SafetensorsHeader.metadataKey else { throw .reservedName(path: path) }
      guard seen.insert(tensor.name).inserted else { throw .duplicateTensor(path: path, tensor: tensor.name) }
      guard let byteCount = tensor.type.byteCount(of: tensor.shape) else {
        throw .partialByte(path: path, tensor: tensor.name, type: tensor.type, shape: tensor.shape)
      }
      sized.append((tensor, byteCount))
    }
    /// 0 for tensors that keep the alignment, then less for wider types.
    func rank(_ tensor: (declaration: SafetensorsWriter.Declaration, byteCount: Int)) -> Int {
      tensor.byteCount % alignment == 0 ? 0 : 65 - tensor.declaration.type.bitWidth
    }
    sized.sort { (rank($0), $0.declaration.name) < (rank($1), $1.declaration.name) }

    var placed: [Placement] = []
    var offset = 0
    for (declaration, byteCount) in sized {
      let (end, overflow) = offset.addingReportingOverflow(byteCount)
      guard !overflow else {
        throw .shapeOutOfRange(path: path, tensor: declaration.name, extents: declaration.shape.extents)
      }
      placed.append(Placement(declaration: declaration, begin: offset, end: end))
      offset = end
    }
    return placed
  }
}

/// A header as it stands in the file, padding included.
enum HeaderText {
  static func encode(
    _ placed: [Placement], metadata: [String: String], alignment: Int
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\(quoted(SafetensorsHeader.metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    for tensor in placed.sorted(by: { $0.declaration.name < $1.declaration.name }) {
      let declaration = tensor.declaration
      let extents = declaration.shape.extents.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(declaration.name)):{\"dtype\":\"\(declaration.type.rawValue)\",\"shape\":[\(extents)],"
          + "\"data_offsets\":[\(tensor.begin),\(tensor.end)]}")
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    let excess = (8 + text.count) % alignment
    if excess > 0 { text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: alignment - excess)) }
    return text
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        quoted += "\\"
        quoted.unicodeScalars.append(scalar)
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
