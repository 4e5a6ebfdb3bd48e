import Graph
import Kernels
import Tensors

/// A graph specialised to input shapes: a flat list of steps over one arena. It never changes, and its steps write only
/// into the frame that they are given, which is why it may cross threads.
struct Plan: @unchecked Sendable {
  let steps: [Step]
  let arenaSize: Int
  /// Requested values: type, shape and place.
  let outputs: [String: (type: ElementType, shape: Shape, location: Location)]
  /// Every step's result, where the plan was made to keep them all.
  let kept: [ValueID: (type: ElementType, shape: Shape, location: Location)]

  enum Mode {
    case fast
    /// Every operator by its own evaluation, nothing fused.
    case reference
  }
}
