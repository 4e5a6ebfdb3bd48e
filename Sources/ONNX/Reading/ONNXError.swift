public import Tensors

/// What is wrong with an ONNX file. `what` says which part: `node 3 (Add)`, `tensor "head.weight"`.
public enum ONNXError: Error, Hashable, Sendable {
  case file(FileError)

  // Not such a file at all.
  case emptyFile(path: String)
  case gitLFSPointer(path: String, oid: String, size: String)
  case foreignFormat(path: String, format: ForeignFormat)
  /// The file ends before one of the model's fields does.
  case truncated(path: String, expected: UInt64, found: Int)

  // Its messages.
  case malformed(path: String, fault: WireFault)
  case nestedTooDeep(path: String, limit: Int)
  case tooManyNodes(path: String, limit: Int)
  /// All but the tensors' data.
  case structureTooLong(path: String, limit: Int)
  case structureNotUnpacked(path: String, found: Int)
  case invalidUTF8(path: String, what: String)
  case missingName(path: String, what: String)

  // The model.
  case irVersion(path: String, expected: Int, found: Int64)
  case missingGraph(path: String)
  case missingOpsets(path: String)
  case opsetTwice(path: String, domain: String)
  case unsupportedOpset(path: String, domain: String, expected: ClosedRange<Int>, found: Int64)
  case domainNotImported(path: String, what: String, domain: String)
  case metadataTwice(path: String, key: String)

  // Graphs. `what` is the graph, the function or the node.
  case noOutputs(path: String, what: String)
  case duplicateInput(path: String, what: String, name: String)
  case duplicateInitializer(path: String, what: String, name: String)
  case duplicateOutput(path: String, what: String, name: String)
  case definedTwice(path: String, what: String, value: String)
  case notDefined(path: String, what: String, value: String)
  case cycle(path: String, what: String)
  case sparseInitializer(path: String, tensor: String)

  // Attributes. `what` is the node or the function.
  case attributeTwice(path: String, what: String, attribute: String)
  case attributeType(path: String, what: String, attribute: String, found: Int32)
  case attributeWithoutValue(path: String, what: String, attribute: String, type: String)
  case referenceOutsideFunction(path: String, what: String, attribute: String, reference: String)

  // Functions.
  case tooManyDefaults(path: String, limit: Int)
  case functionTwice(path: String, what: String)
  case recursiveFunction(path: String, what: String)
  case unsupportedOverload(path: String, what: String, overload: String)
  case unsupportedDefault(path: String, what: String, attribute: String, type: String)

  // Types and shapes. `what` is the tensor, or the declared input or output.
  case missingType(path: String, what: String)
  case unsupportedType(path: String, what: String, type: String)
  case rankTooHigh(path: String, what: String, limit: Int, found: Int)
  case negativeExtent(path: String, what: String, axis: Int, found: Int64)
  case shapeOutOfRange(path: String, what: String, extents: [Int64])

  // Tensors' data. `what` is the tensor.
  case dataTwice(path: String, what: String, fields: [String])
  case dataInWrongField(path: String, what: String, type: ElementType, expected: String, found: String)
  case sizeMismatch(
    path: String, what: String, type: ElementType, shape: Shape, expected: Int, found: Int)
  case countMismatch(path: String, what: String, field: String, shape: Shape, found: Int)
  case elementOutOfRange(path: String, what: String, type: ElementType, position: Int, found: Int64)
  case unknownDataLocation(path: String, what: String, found: Int32)

  // Data in files beside the model. `location` is as the model has it.
  case externalKeyTwice(path: String, what: String, key: String)
  case externalNumber(path: String, what: String, key: String, found: String)
  case missingLocation(path: String, what: String)
  case locationNotContained(path: String, what: String, location: String)
  case locationOutsideFolder(path: String, what: String, location: String, folder: String)
  case externalFileMissing(path: String, what: String, location: String)
  case externalDataPastEnd(path: String, what: String, location: String, expected: UInt64, found: Int)
}
