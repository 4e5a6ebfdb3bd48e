public import Tensors

/// Writes a safetensors file, a tensor at a time; at `commit` it appears under its name, whole.
///
/// The same tensors and metadata give the same bytes. The header lists the metadata, then the tensors by
/// name, and is padded with spaces so that the buffer begins at a multiple of 64 bytes in the file. The
/// buffer may have no holes, so the order makes the alignment: first the tensors whose byte counts are
/// multiples of 64, each of which so begins at a multiple of 64, then the rest by descending width of their
/// type, each of which so begins at a multiple of that width; by name among equals.
public final class SafetensorsWriter {
  /// What a tensor will be.
  public struct Declaration: Hashable, Sendable {
    public let name: String
    public let type: SafetensorsType
    public let shape: Shape

    public init(name: String, type: SafetensorsType, shape: Shape) {
      self.name = name
      self.type = type
      self.shape = shape
    }
  }

  /// The order in which the tensors are to be appended.
  public let order: [Declaration]
  private let output: OutputFile
  private var appended = 0

  private static let alignment = 64

  /// Writes the header. The tensors may be declared in any order.
  public convenience init(
    path: String, tensors: [Declaration], metadata: [String: String] = [:]
  ) throws(SafetensorsError) {
    try self.init(
      path: path, tensors: tensors, metadata: metadata, headerLimit: SafetensorsHeader.lengthLimit)
  }

  package init(
    path: String, tensors: [Declaration], metadata: [String: String], headerLimit: Int
  ) throws(SafetensorsError) {
    let placed = try Placement.place(tensors, path: path, alignment: SafetensorsWriter.alignment)
    let header = HeaderText.encode(placed, metadata: metadata, alignment: SafetensorsWriter.alignment)
    let length = UInt64(header.count)
    guard header.count <= headerLimit else {
      throw .headerTooLong(path: path, limit: headerLimit, found: length)
    }
    order = placed.map(\.declaration)
    do throws(FileError) {
      output = try OutputFile(path: path)
      try output.write(withUnsafeBytes(of: length.littleEndian) { [UInt8]($0) } + header)
    } catch {
      throw .file(error)
    }
  }

  /// The tensor whose turn it is; nil after the last.
  public var next: Declaration? { appended < order.count ? order[appended] : nil }

  /// Appends the tensor whose turn it is. Throws where type or shape are not those declared.
  public func append(_ tensor: Tensor) throws(SafetensorsError) {
    guard let next else { preconditionFailure("every declared tensor was appended") }
    guard next.type == SafetensorsType(tensor.type), next.shape == tensor.shape else {
      throw .tensorDiffersFromHeader(
        path: output.path, tensor: next.name, expected: "\(next.type) \(next.shape)",
        found: "\(SafetensorsType(tensor.type)) \(tensor.shape)")
    }
    try tensor.withBytes { (bytes) throws(SafetensorsError) in try append(bytes) }
    do { try tensor.storage.validateStillWhole() } catch { throw .file(error) }
  }

  /// Appends the bytes of the tensor whose turn it is, of whatever type.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(SafetensorsError) {
    guard let next else { preconditionFailure("every declared tensor was appended") }
    let expected = next.type.byteCount(of: next.shape)
    guard bytes.count == expected else {
      throw .tensorDiffersFromHeader(
        path: output.path, tensor: next.name, expected: "\(expected ?? 0) bytes",
        found: "\(bytes.count) bytes")
    }
    do throws(FileError) {
      try output.write(bytes)
    } catch {
      throw .file(error)
    }
    appended += 1
  }

  /// Makes the file appear. Traps where a declared tensor was not appended.
  public func commit() throws(SafetensorsError) {
    precondition(next == nil, "\(order.count - appended) declared tensors were not appended")
    do throws(FileError) {
      try output.commit()
    } catch {
      throw .file(error)
    }
  }

  /// Writes a whole file, asking for one tensor at a time, by name and in file order, and holding no other.
  public static func write(
    path: String, tensors: [Declaration], metadata: [String: String] = [:],
    _ tensor: (String) throws -> Tensor
  ) throws {
    let writer = try SafetensorsWriter(path: path, tensors: tensors, metadata: metadata)
    for declaration in writer.order { try writer.append(try tensor(declaration.name)) }
    try writer.commit()
  }
}
