internal import Tensors

extension ONNXError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .emptyFile(let path): "\(path): the file is empty"
    case .gitLFSPointer(let path, let oid, let size):
      "\(path): a Git LFS pointer instead of the file itself (oid \(printable(oid)),"
        + " size \(printable(size)) bytes); run `git lfs pull`"
    case .foreignFormat(let path, let format): "\(path): not an ONNX model but \(format)"
    case .truncated(let path, let expected, let found):
      "\(path): the file is cut off: at least \(expected) bytes expected, \(found) found"

    case .malformed(let path, let fault): "\(path): not an ONNX model: \(fault)"
    case .nestedTooDeep(let path, let limit): "\(path): messages nested more than \(limit) deep"
    case .tooManyNodes(let path, let limit): "\(path): more than \(limit) nodes"
    case .structureTooLong(let path, let limit):
      "\(path): more than \(limit) bytes besides the tensors' data"
    case .structureNotUnpacked(let path, let found):
      "\(path): \(found) bytes besides the tensors' data are malformed or unpack to far more than models take"
    case .invalidUTF8(let path, let what): "\(path): \(what): text that is not UTF-8"
    case .missingName(let path, let what): "\(path): \(what) is missing"

    case .irVersion(let path, let expected, let found):
      "\(path): ir_version \(expected) or later expected, \(found) found"
    case .missingGraph(let path): "\(path): not an ONNX model: it holds no graph"
    case .missingOpsets(let path): "\(path): the model does not say which operator sets it uses"
    case .opsetTwice(let path, let domain): "\(path): \(domainText(domain)) is imported twice"
    case .unsupportedOpset(let path, let domain, let expected, let found):
      "\(path): \(domainText(domain)): version \(expected.lowerBound) to \(expected.upperBound) expected,"
        + " \(found) found"
    case .domainNotImported(let path, let what, let domain):
      "\(path): \(what): \(domainText(domain)) is not imported"
    case .metadataTwice(let path, let key): "\(path): metadata_props has the key \(printable(key)) twice"

    case .noOutputs(let path, let what): "\(path): \(what) has no outputs"
    case .duplicateInput(let path, let what, let name):
      "\(path): \(what): two inputs are named \(printable(name))"
    case .duplicateInitializer(let path, let what, let name):
      "\(path): \(what): two initializers are named \(printable(name))"
    case .duplicateOutput(let path, let what, let name):
      "\(path): \(what): two outputs are named \(printable(name))"
    case .definedTwice(let path, let what, let value):
      "\(path): \(what) defines \(printable(value)), which is defined elsewhere too"
    case .notDefined(let path, let what, let value):
      "\(path): \(what) uses \(printable(value)), which nothing defines"
    case .cycle(let path, let what): "\(path): \(what) needs its own result: the graph has a cycle"
    case .sparseInitializer(let path, let tensor):
      "\(path): initializer \(printable(tensor)) is sparse, which is not supported"

    case .attributeTwice(let path, let what, let attribute):
      "\(path): \(what): attribute \(printable(attribute)) is given twice"
    case .attributeType(let path, let what, let attribute, let found):
      "\(path): \(what): attribute \(printable(attribute)): a type from 1 to 14 expected, \(found) found"
    case .attributeWithoutValue(let path, let what, let attribute, let type):
      "\(path): \(what): attribute \(printable(attribute)) lacks its \(type)"
    case .referenceOutsideFunction(let path, let what, let attribute, let reference):
      "\(path): \(what): attribute \(printable(attribute)) refers to attribute \(printable(reference))"
        + " outside a function"

    case .tooManyDefaults(let path, let limit):
      "\(path): calls of functions leave more than \(limit) attributes to the functions' defaults"
    case .functionTwice(let path, let what): "\(path): \(what) is defined twice"
    case .recursiveFunction(let path, let what): "\(path): \(what) calls itself"
    case .unsupportedOverload(let path, let what, let overload):
      "\(path): \(what): overload \(printable(overload)) is not supported"
    case .unsupportedDefault(let path, let what, let attribute, let type):
      "\(path): \(what): attribute \(printable(attribute)): a default of type \(type) is not supported"

    case .missingType(let path, let what): "\(path): \(what): no tensor type is stated"
    case .unsupportedType(let path, let what, let type):
      "\(path): \(what): \(type) is not a type to compute with"
    case .rankTooHigh(let path, let what, let limit, let found):
      "\(path): \(what): at most \(limit) axes expected, \(found) found"
    case .negativeExtent(let path, let what, let axis, let found):
      "\(path): \(what): axis \(axis) has the negative extent \(found)"
    case .shapeOutOfRange(let path, let what, let extents):
      "\(path): \(what): shape [\(extents.map(String.init).joined(separator: ", "))] is out of range"

    case .dataTwice(let path, let what, let fields):
      "\(path): \(what) has its data more than once: \(fields.joined(separator: ", "))"
    case .dataInWrongField(let path, let what, let type, let expected, let found):
      "\(path): \(what): \(type) data in \(expected) or raw_data expected, \(found) found"
    case .sizeMismatch(let path, let what, let type, let shape, let expected, let found):
      "\(path): \(what): \(type) \(shape) takes \(expected) bytes, \(found) found"
    case .countMismatch(let path, let what, let field, let shape, let found):
      "\(path): \(what): \(field) must hold \(shape.elementCount) numbers for shape \(shape), \(found) found"
    case .elementOutOfRange(let path, let what, let type, let position, let found):
      "\(path): \(what): element \(position) is \(found), which \(type) does not hold"
    case .unknownDataLocation(let path, let what, let found):
      "\(path): \(what): data_location 0 or 1 expected, \(found) found"

    case .externalKeyTwice(let path, let what, let key):
      "\(path): \(what): external_data has the key \(printable(key)) twice"
    case .externalNumber(let path, let what, let key, let found):
      "\(path): \(what): \(key) of the external data must be a number of bytes, \(printable(found)) found"
    case .missingLocation(let path, let what): "\(path): \(what): the external data has no location"
    case .locationNotContained(let path, let what, let location):
      "\(path): \(what): external data must be a file in the model's folder, \(printable(location)) found"
    case .locationOutsideFolder(let path, let what, let location, let folder):
      "\(path): \(what): external data \(printable(location)) is a link to a file outside \(folder)"
    case .externalFileMissing(let path, let what, let location):
      "\(path): \(what): external data \(printable(location)) is missing"
    case .externalDataPastEnd(let path, let what, let location, let expected, let found):
      "\(path): \(what): external data \(printable(location)) is cut off:"
        + " at least \(expected) bytes expected, \(found) found"
    }
  }
}

private func domainText(_ domain: String) -> String {
  domain.isEmpty ? "the standard operator set" : "operator set \(printable(domain))"
}
