import Graph
import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Two operands and their result with neighbouring axes joined where both operands step through them alike.
private struct JoinedAxes {
  var extents: [Int] = []
  var left: [Int] = []
  var right: [Int] = []

  init(_ a: Shape, _ b: Shape, in result: Shape) {
    let steps = (broadcastStrides(a.extents, in: result.extents), broadcastStrides(b.extents, in: result.extents))
    for axis in result.extents.indices where result[axis] != 1 {
      let (extent, l, r) = (result[axis], steps.0[axis], steps.1[axis])
      if let last = extents.indices.last, left[last] == l * extent, right[last] == r * extent {
        extents[last] *= extent
        left[last] = l
        right[last] = r
      } else {
        extents.append(extent)
        left.append(l)
        right.append(r)
      }
    }
    if extents.isEmpty { (extents, left, right) = ([1], [1], [1]) }
  }

  var rows: Int { extents.dropLast().reduce(1, *) }

  /// Where a row's operands start.
  func starts(_ row: Int) -> (left: Int, right: Int) {
    var (rest, starts) = (row, (left: 0, right: 0))
    for axis in extents.indices.dropLast().reversed() {
      let index = rest % extents[axis]
      rest /= extents[axis]
      starts.left += index * left[axis]
      starts.right += index * right[axis]
    }
    return starts
  }
}

extension Planner {
  /// A function of two numbers with broadcasting of any kind, run by run.
  func emitBroadcast(_ function: Binary.Function, _ node: Node) -> Bool {
    let (a, b, y) = (shape(node.operands[0]), shape(node.operands[1]), shape(node.result))
    guard y.elementCount > 0 else { return false }
    let axes = JoinedAxes(a, b, in: y)
    guard let columns = axes.extents.last, let left = axes.left.last, let right = axes.right.last else { return false }
    let (kernels, pool) = (kernels, pool)
    emit(function.rawValue, reads: node.operands, result: node.result) { places in
      let (first, second) = (places.location(node.operands[0]), places.location(node.operands[1]))
      let output = places.location(node.result)
      return { frame in
        let (a, b, y) = (frame.floats(first), frame.floats(second), frame.write(output))
        func run(_ row: Int, _ range: Range<Int>) {
          let starts = axes.starts(row)
          apply(
            function, y + row * columns + range.lowerBound,
            (a + starts.left + range.lowerBound * left, left),
            (b + starts.right + range.lowerBound * right, right), range.count, kernels)
        }
        if axes.rows == 1 {
          pool.forEachChunk(of: columns) { run(0, $0) }
        } else {
          pool.forEachRows(axes.rows, columns: columns) { for row in $0 { run(row, 0..<columns) } }
        }
      }
    }
    return true
  }
}

/// One run; operands step by any number of elements, most of the time by 0 or 1.
private func apply(
  _ function: Binary.Function, _ y: UnsafeMutablePointer<Float>, _ a: (UnsafePointer<Float>, Int),
  _ b: (UnsafePointer<Float>, Int), _ count: Int, _ kernels: KernelSet
) {
  switch function {
  case .add where a.1 == 1 && b.1 == 1: kernels.add(y, a.0, b.0, count)
  case .multiply where a.1 == 1 && b.1 == 1: kernels.multiply(y, a.0, b.0, count)
  case .multiply where a.1 == 1 && b.1 == 0: kernels.scaleRows(y, a.0, b.0, 0, 1, count, 0)
  case .multiply where a.1 == 0 && b.1 == 1: kernels.scaleRows(y, b.0, a.0, 0, 1, count, 0)
  case .add: loop(y, a, b, count) { $0 + $1 }
  case .multiply: loop(y, a, b, count) { $0 * $1 }
  case .subtract: loop(y, a, b, count) { $0 - $1 }
  case .divide: loop(y, a, b, count) { $0 / $1 }
  case .power: loop(y, a, b, count) { powf($0, $1) }
  case .remainder: loop(y, a, b, count) { fmodf($0, $1) }
  case .modulo:
    loop(y, a, b, count) { a, b in
      let rest = fmodf(a, b)
      return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
    }
  // A comparison with what is not a number fails, so that it is kept.
  case .maximum: loop(y, a, b, count) { $1 > $0 || $1.isNaN ? $1 : $0 }
  case .minimum: loop(y, a, b, count) { $1 < $0 || $1.isNaN ? $1 : $0 }
  case .and, .or, .xor, .shiftLeft, .shiftRight, .equal, .less, .lessOrEqual:
    preconditionFailure("functions of integers, and those that give truth values, have no such step")
  }
}

@inline(__always)
private func loop(
  _ y: UnsafeMutablePointer<Float>, _ a: (UnsafePointer<Float>, Int), _ b: (UnsafePointer<Float>, Int), _ count: Int,
  _ f: (Float, Float) -> Float
) {
  if a.1 == 1, b.1 == 1 {
    for i in 0..<count { y[i] = f(a.0[i], b.0[i]) }
  } else if a.1 == 1, b.1 == 0 {
    let number = b.0[0]
    for i in 0..<count { y[i] = f(a.0[i], number) }
  } else if a.1 == 0, b.1 == 1 {
    let number = a.0[0]
    for i in 0..<count { y[i] = f(number, b.0[i]) }
  } else {
    for i in 0..<count { y[i] = f(a.0[i &* a.1], b.0[i &* b.1]) }
  }
}
