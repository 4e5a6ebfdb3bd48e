/// Named tensors that were read from somewhere: one file, several shards, a checkpoint.
///
/// Who needs weights takes this, and so does not depend on where they come from.
public protocol TensorCollection<Failure>: Sendable {
  associatedtype Failure: Error

  /// Every tensor's name, once, sorted.
  var names: [String] { get }
  /// What the source says about itself, such as `format`.
  var metadata: [String: String] { get }
  /// The files that hold the tensors, in the order in which they were opened.
  var paths: [String] { get }

  func contains(_ name: String) -> Bool

  /// The tensor under this name; throws where there is none, or where its type cannot be computed with.
  func tensor(named name: String) throws(Failure) -> Tensor

  /// Throws where a file that is looked into has shrunk since it was opened: its pages can no longer be read.
  func validateStillWhole() throws(Failure)
}
