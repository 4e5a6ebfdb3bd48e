import Graph
import Kernels
import Tensors

/// A row expression as a list of kernel calls over blocks of rows.
///
/// Register 0 is the result's block, the others are spare blocks. Leaves are numbered by `leaves`.
struct RowProgram {
  enum Source {
    case register(Int)
    case leaf(Int)
  }

  /// `into` names a register. The first source may be that register.
  enum Instruction {
    case rows(Binary.Function, into: Int, Source, Source)
    /// The leaf's `period` rows follow each other again and again.
    case repeated(Binary.Function, into: Int, Source, leaf: Int, period: Int)
    /// The leaf's only element, spread over the row of register `spread`.
    case number(Binary.Function, into: Int, Source, leaf: Int, spread: Int)
    /// A product with one number for each row.
    case perRow(into: Int, Source, leaf: Int, start: Int, stride: Int)
    case layerNorm(into: Int, Source, gamma: Int, beta: Int, epsilon: Float)
  }

  let columns: Int
  private(set) var leaves: [ValueID] = []
  private var instructions: [Instruction] = []
  private var registers = 1

  /// Elements of a block, so that a few blocks fit the first-level cache.
  private static let blockSize = 2048

  init(_ expression: RowExpression, columns: Int) {
    self.columns = columns
    compile(expression, into: 0)
  }

  private var rowsPerBlock: Int { max(1, RowProgram.blockSize / max(columns, 1)) }

  /// Floats that one thread needs for its spare registers.
  var spareCount: Int { (registers - 1) * rowsPerBlock * columns }

  // MARK: Compiling

  private mutating func compile(_ expression: RowExpression, into register: Int) {
    switch expression {
    case .repeated, .perRow: preconditionFailure("a leaf is no operation")
    case .layerNorm(let x, let gamma, let beta, let epsilon):
      let source = source(x, register)
      instructions.append(
        .layerNorm(into: register, source, gamma: leaf(gamma), beta: leaf(beta), epsilon: epsilon))
    case .binary(let function, let a, let b):
      let left = source(a, register)
      switch b {
      case .perRow(let value, let start, let stride):
        instructions.append(.perRow(into: register, left, leaf: leaf(value), start: start, stride: stride))
      case .repeated(let value, count: 1):
        registers = max(registers, register + 2)
        instructions.append(.number(function, into: register, left, leaf: leaf(value), spread: register + 1))
      case .repeated(let value, let count):
        instructions.append(
          .repeated(function, into: register, left, leaf: leaf(value), period: count / max(columns, 1)))
      case .binary, .layerNorm:
        let right = source(b, register + 1)
        instructions.append(.rows(function, into: register, left, right))
      }
    }
  }

  /// Where an operand of the result's size stands: a leaf in place, an operation in `register`.
  private mutating func source(_ expression: RowExpression, _ register: Int) -> Source {
    if case .repeated(let value, _) = expression { return .leaf(leaf(value)) }
    registers = max(registers, register + 1)
    compile(expression, into: register)
    return .register(register)
  }

  private mutating func leaf(_ value: ValueID) -> Int {
    if let known = leaves.firstIndex(of: value) { return known }
    leaves.append(value)
    return leaves.count - 1
  }

  // MARK: Running

  /// Computes `rows` of the result at `output`. `starts` are the leaves', `spare` is this thread's.
  func run(
    _ rows: Range<Int>, into output: UnsafeMutablePointer<Float>, starts: UnsafePointer<UnsafePointer<Float>>,
    spare: UnsafeMutablePointer<Float>, _ kernels: KernelSet
  ) {
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsPerBlock) {
      let block = Block(
        first: first, count: min(rowsPerBlock, rows.upperBound - first), columns: columns,
        output: output + first * columns, spare: spare, size: rowsPerBlock * columns, starts: starts)
      for instruction in instructions { block.run(instruction, kernels) }
    }
  }

  private struct Block {
    let first: Int
    let count: Int
    let columns: Int
    let output: UnsafeMutablePointer<Float>
    let spare: UnsafeMutablePointer<Float>
    let size: Int
    let starts: UnsafePointer<UnsafePointer<Float>>

    func register(_ index: Int) -> UnsafeMutablePointer<Float> {
      index == 0 ? output : spare + (index - 1) * size
    }

    func pointer(_ source: Source) -> UnsafePointer<Float> {
      switch source {
      case .register(let index): UnsafePointer(register(index))
      case .leaf(let index): starts[index] + first * columns
      }
    }

    func run(_ instruction: Instruction, _ kernels: KernelSet) {
      func kernel(_ function: Binary.Function) -> KernelSet.Binary {
        function == .add ? kernels.add : kernels.multiply
      }
      switch instruction {
      case .rows(let function, let into, let a, let b):
        kernel(function)(register(into), pointer(a), pointer(b), count * columns)
      case .repeated(let function, let into, let a, let leaf, let period):
        let (y, x) = (register(into), pointer(a))
        var row = 0
        while row < count {
          let phase = (first + row) % period
          let run = min(count - row, period - phase)
          let offset = row * columns
          kernel(function)(y + offset, x + offset, starts[leaf] + phase * columns, run * columns)
          row += run
        }
      case .number(let function, let into, let a, let leaf, let spread):
        let (y, x, numbers) = (register(into), pointer(a), register(spread))
        for column in 0..<columns { numbers[column] = starts[leaf][0] }
        for row in 0..<count { kernel(function)(y + row * columns, x + row * columns, numbers, columns) }
      case .perRow(let into, let a, let leaf, let start, let stride):
        kernels.scaleRows(
          register(into), pointer(a), starts[leaf] + first * stride + start, stride, count, columns, 0)
      case .layerNorm(let into, let x, let gamma, let beta, let epsilon):
        kernels.layerNorm(register(into), pointer(x), starts[gamma], starts[beta], count, columns, epsilon)
      }
    }
  }
}
