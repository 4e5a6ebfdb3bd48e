import Graph
import Safetensors
import Tensors

extension ConvertedModel {
  /// Writes the file, one constant in memory at a time; it appears whole, under its name, at the end.
  ///
  /// Throws, and writes nothing, where a tensor is not the one that the file it was read from states. The same model
  /// gives the same bytes. What no output and no tap needs is left out: nodes, and the sites of
  /// their results. `progress` is told how many tensors are written, of how many.
  public func write(to path: String, progress: ((Int, Int) -> Void)? = nil) throws(ModelFileError) {
    let constants = graph.constants
    guard constants[ConvertedModel.tensorName] == nil else {
      throw .reservedName(path: path, tensor: ConvertedModel.tensorName)
    }
    let size = try ModelEncoder(path: path).encode(self, digests: [:]).count
    var declarations = constants.values.map {
      SafetensorsWriter.Declaration(
        name: $0.name, type: SafetensorsType($0.storedType), shape: $0.shape)
    }
    declarations.append(
      SafetensorsWriter.Declaration(name: ConvertedModel.tensorName, type: .uint8, shape: Shape([size])))

    var digests: [String: Digest] = [:]
    var damaged: [String] = []
    let writer: SafetensorsWriter
    do throws(SafetensorsError) {
      writer = try SafetensorsWriter(path: path, tensors: declarations)
      for (position, declaration) in writer.order.enumerated() {
        if let constant = constants[declaration.name] {
          let tensor = constant.storedContent.tensor()
          let digest = digests[declaration.name] ?? Digest(of: tensor)
          digests[declaration.name] = digest
          // What the source's file states of its tensors must not be forgotten here.
          if let stated = self.digests[declaration.name], stated != digest { damaged.append(declaration.name) }
          try writer.append(tensor)
        } else {
          // Only byte-wide tensors of no multiple of 64 bytes follow; they are read ahead for their digests.
          for later in writer.order[position...] {
            if let constant = constants[later.name] {
              digests[later.name] = Digest(of: constant.storedContent.tensor())
            }
          }
          try appendMessage(digests, to: writer, path: path)
        }
        progress?(position + 1, writer.order.count)
      }
    } catch {
      throw .safetensors(error)
    }
    do throws(FileError) {
      for source in graph.mappedSources { try source.validateStillWhole() }
    } catch { throw .safetensors(.file(error)) }
    guard damaged.isEmpty else { throw .contentsDiffer(path: path, tensors: damaged) }
    do throws(SafetensorsError) { try writer.commit() } catch { throw .safetensors(error) }
  }

  private func appendMessage(
    _ digests: [String: Digest], to writer: SafetensorsWriter, path: String
  ) throws(SafetensorsError) {
    let message: [UInt8]
    do throws(ModelFileError) {
      message = try ModelEncoder(path: path).encode(self, digests: digests)
    } catch {
      preconditionFailure("the same model was encoded before: \(error)")
    }
    try writer.append(Tensor(message, shape: Shape([message.count])))
  }
}
