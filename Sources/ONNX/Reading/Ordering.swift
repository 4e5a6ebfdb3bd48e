/// Orders things so that each comes after what it depends on; keeps the given order where it is one already.
///
/// `dependencies` are positions in `0..<count`. Throws a thing that depends on itself, however indirectly.
func ordered(_ count: Int, dependencies: (Int) -> [Int]) throws(Cycle) -> [Int] {
  enum State { case untouched, begun, placed }
  var states = [State](repeating: .untouched, count: count)
  var order: [Int] = []
  order.reserveCapacity(count)
  // A stack of its own, since chains may be as long as files make them.
  var stack: [(thing: Int, rest: ArraySlice<Int>)] = []
  for start in 0..<count where states[start] == .untouched {
    states[start] = .begun
    stack.append((start, dependencies(start)[...]))
    while let (thing, pending) = stack.popLast() {
      var rest = pending
      guard let next = rest.popFirst() else {
        states[thing] = .placed
        order.append(thing)
        continue
      }
      stack.append((thing, rest))
      switch states[next] {
      case .placed: break
      case .begun: throw Cycle(thing: next)
      case .untouched:
        states[next] = .begun
        stack.append((next, dependencies(next)[...]))
      }
    }
  }
  return order
}

struct Cycle: Error {
  let thing: Int
}
