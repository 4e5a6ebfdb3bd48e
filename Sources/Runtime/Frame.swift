import Graph
import Kernels
import Tensors

/// Where a value's bytes are while a plan runs.
enum Location {
  case arena(Int)
  case constant(Tensor)
  case input(Int)
}

/// The memory of one run.
struct Frame {
  let arena: UnsafeMutableRawPointer
  let inputs: [UnsafeRawPointer]

  func read(_ location: Location) -> UnsafeRawPointer {
    switch location {
    case .arena(let offset): UnsafeRawPointer(arena + offset)
    case .constant(let tensor): tensor.storage.bytes.baseAddress.map { $0 + tensor.offset } ?? UnsafeRawPointer(arena)
    case .input(let index): inputs[index]
    }
  }

  func floats(_ location: Location) -> UnsafePointer<Float> { read(location).assumingMemoryBound(to: Float.self) }

  /// Steps write only to the arena; anything else is a defect of the planner.
  func write(_ location: Location) -> UnsafeMutablePointer<Float> { raw(location).assumingMemoryBound(to: Float.self) }

  func raw(_ location: Location) -> UnsafeMutableRawPointer {
    guard case .arena(let offset) = location else { preconditionFailure("a step writes outside the arena") }
    return arena + offset
  }
}

/// One piece of work of a plan.
struct Step {
  /// The operators that the step stands for, such as `linear+gelu`.
  let label: String
  /// The value that the step makes.
  let result: ValueID
  /// Multiplications and additions of the products that the step does; 0 where they are not its work.
  let operations: Int
  let run: (Frame) -> Void
}
