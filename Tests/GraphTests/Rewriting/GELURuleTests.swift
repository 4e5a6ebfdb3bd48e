import Graph
import Tensors
import Testing

@Suite struct GELURuleTests {
  let rules: [RewriteRule] = [.fuseExactGELU, .fuseTanhGELU, .fuseQuickGELU]

  /// What is multiplied with what: x, the gate g = 1 + f, and ½.
  enum Order: CaseIterable {
    case xGateHalf, gateXHalf, xHalfGate, halfGateX, halfXGate, xGateByTwo

    func product(_ x: ValueID, _ gate: ValueID, _ builder: inout Builder, half: Double = 0.5) throws
      -> ValueID
    {
      let times = Binary(.multiply)
      let h = builder.scalar(half)
      switch self {
      case .xGateHalf: return try builder.add(times, builder.add(times, x, gate), h)
      case .gateXHalf: return try builder.add(times, h, builder.add(times, gate, x))
      case .xHalfGate: return try builder.add(times, x, builder.add(times, h, gate))
      case .halfGateX: return try builder.add(times, builder.add(times, gate, h), x)
      case .halfXGate: return try builder.add(times, builder.add(times, h, x), gate)
      case .xGateByTwo:
        return try builder.add(Binary(.divide), builder.add(times, x, gate), builder.scalar(1 / half))
      }
    }
  }

  func exact(_ order: Order, divides: Bool = true, root: Double = 2.0.squareRoot(), half: Double = 0.5) throws
    -> Graph
  {
    var builder = Builder()
    // A product itself, so that the rule must know where to stop.
    let input = builder.input("x", [.symbol("N"), 3])
    let x = try builder.add(Binary(.multiply), input, input)
    let argument =
      try divides
      ? builder.add(Binary(.divide), x, builder.scalar(root))
      : builder.add(Binary(.multiply), x, builder.scalar(1 / root))
    let gate = try builder.add(Binary(.add), builder.add(Unary(.erf), argument), builder.scalar(1))
    return builder.output(try order.product(x, gate, &builder, half: half))
  }

  @Test(arguments: Order.allCases, [true, false]) func exactForms(_ order: Order, _ divides: Bool) throws {
    #expect(
      try rewritten(exact(order, divides: divides), rules) == ["binary function=multiply", "gelu form=exact"])
  }

  @Test func otherNumbersAreOtherFunctions() throws {
    #expect(try isLeftAlone(exact(.xGateHalf, root: 1.414), by: rules))
    #expect(try isLeftAlone(exact(.xGateHalf, half: 0.25), by: rules))
  }

  func tanh(_ order: Order, cubic: Double = 0.044715, distributed: Bool = false) throws -> Graph {
    var builder = Builder()
    let times = Binary(.multiply)
    let x = builder.input("x", [.symbol("N"), 3])
    let square = try builder.add(times, x, x)
    let cube = try builder.add(times, square, x)
    let term =
      try distributed
      ? builder.add(times, builder.add(times, builder.scalar(cubic), x), square)
      : builder.add(times, cube, builder.scalar(cubic))
    let sum = try distributed ? builder.add(Binary(.add), term, x) : builder.add(Binary(.add), x, term)
    let argument = try builder.add(times, sum, builder.scalar((2 / Double.pi).squareRoot()))
    let gate = try builder.add(Binary(.add), builder.scalar(1), builder.add(Unary(.tanh), argument))
    return builder.output(try order.product(x, gate, &builder))
  }

  @Test(arguments: Order.allCases, [true, false]) func tanhForms(_ order: Order, _ distributed: Bool) throws {
    #expect(try rewritten(tanh(order, distributed: distributed), rules) == ["gelu form=tanh"])
  }

  @Test func anotherCubicTermIsAnotherFunction() throws {
    #expect(try isLeftAlone(tanh(.xGateHalf, cubic: 0.0447), by: rules))
  }

  @Test(arguments: [(1.702, true), (1.0, false)]) func quickForm(_ factor: Double, _ fits: Bool) throws {
    var builder = Builder()
    let x = builder.input("x", [.symbol("N"), 3])
    let scaled = try builder.add(Binary(.multiply), builder.scalar(factor), x)
    let graph = builder.output(try builder.add(Binary(.multiply), x, builder.add(Unary(.sigmoid), scaled)))
    if fits {
      #expect(try rewritten(graph, rules) == ["gelu form=quick"])
    } else {
      #expect(try isLeftAlone(graph, by: rules))
    }
  }
}
