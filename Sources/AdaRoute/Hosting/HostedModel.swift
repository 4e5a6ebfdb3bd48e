import Delta
import Runtime
import Tensors

/// The base with one delta, ready to run. Who runs it keeps it, whatever the host does meanwhile.
final class HostedModel: Sendable {
  let session: Session
  private let tensorByteCount: Int

  init(_ delta: DeltaFile, on base: Model, sharing session: Session, trust: TrustPolicy) throws {
    self.session = Session(try base.applying(delta, trust: trust).graph, sharing: session)
    tensorByteCount = delta.manifest.tensors.reduce(0) { $0 + $1.shape.elementCount * $1.originalType.size }
  }

  /// Bytes that the delta's tensors take, as they are and packed.
  var byteCount: Int { tensorByteCount + session.packedByteCount }
}
