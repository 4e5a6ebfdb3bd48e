import Tensors

extension DeltaManifest {
  /// What signatures are made over. A delta that is compressed anew keeps its signatures.
  var signedMessage: [UInt8] { Array("AdaRoute delta\n".utf8) + content.encoded() }
}

extension DeltaFile {
  /// Writes this delta with a signature by `key` beside those that it bears. Where `output` is this file, it is
  /// replaced whole.
  public func write(to output: String, signedWith key: SigningKey) throws(SigningError) {
    guard !signers.contains(key.verificationKey) else { throw .alreadySigned(path: path, key: key.verificationKey) }
    guard signers.count < SignatureFrame.limit else {
      throw .tooManySignatures(path: path, limit: SignatureFrame.limit)
    }
    var frame = signatures
    let signature: [UInt8]
    do { signature = try key.signature(for: manifest.signedMessage) } catch {
      preconditionFailure("Ed25519 signs any message: \(error)")
    }
    frame.entries.append(SignatureFrame.Entry(key: key.verificationKey, signature: signature))
    do throws(FileError) {
      let file = try OutputFile(path: output)
      try file.write(unsignedBytes)
      try file.write(frame.bytes)
      try validateStillWhole()
      try file.commit()
    } catch { throw .file(error) }
  }
}
