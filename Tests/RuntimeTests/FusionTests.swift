import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// What is fused gives the bits of the single steps. Asking for every value inside keeps the steps single.
@Suite struct FusionTests {
  private static let batch = Dimension.symbol("N")

  /// A graph under construction whose every value can be asked for.
  private struct Network {
    var graph = Graph()
    var inputs: [String: Tensor] = [:]
    var state: UInt64

    mutating func random(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }

    mutating func input(_ name: String, _ dimensions: [Dimension], _ shape: Shape) -> ValueID {
      inputs[name] = numbers(shape, seed: inputs.count + 1)
      return graph.addInput(name, TensorType(.float32, dimensions))
    }

    mutating func constant(_ shape: Shape) -> ValueID {
      graph.addNumbers("constant\(graph.constants.count)", shape, seed: graph.constants.count + 100)
    }

    mutating func add(_ op: any Operator, _ operands: ValueID...) throws -> ValueID {
      let value = try graph.append(op, operands)[0]
      graph.setTap("value\(graph.taps.count)", value)
      return value
    }

    func expectFusionChangesNothing(_ kernels: KernelSet) throws {
      let session = Session(graph, threads: 2, kernels: kernels)
      let fused = try session.run(inputs)
      let single = try session.run(inputs, outputs: session.outputNames)
      for port in graph.outputs {
        let (a, b): ([Float]?, [Float]?) = (fused[port.name]?.scalars(), single[port.name]?.scalars())
        #expect(a != nil && a == b, "\(port.name)")
      }
    }
  }

  @Test(arguments: KernelSet.available, [(1, 1), (5, 1), (3, 7), (6, 64), (197, 70), (40, 768)])
  func sumsAndProducts(_ kernels: KernelSet, _ size: (l: Int, c: Int)) throws {
    let (l, c) = (Dimension(size.l), Dimension(size.c))
    for seed in 1...12 {
      var network = Network(state: UInt64(seed))
      let wholes = (0..<3).map { network.input("x\($0)", [Self.batch, l, c], [2, size.l, size.c]) }
      let choice = network.input("choice", [Self.batch, l, 3], [2, size.l, 3])
      var values = wholes
      for _ in 0..<9 {
        let x = values[network.random(below: values.count)]
        let function: Binary.Function = network.random(below: 2) == 0 ? .add : .multiply
        switch network.random(below: 7) {
        case 0: values.append(try network.add(Binary(function), x, network.constant([size.c])))
        case 1: values.append(try network.add(Binary(function), network.constant([1]), x))
        case 2: values.append(try network.add(Binary(function), x, network.constant([1, size.l, size.c])))
        case 3:
          let start = network.random(below: 3)
          let column = try network.add(Slice(axis: 2, start: start, count: 1), choice)
          values.append(try network.add(Binary(.multiply), x, column))
        case 4:
          let (gamma, beta) = (network.constant([size.c]), network.constant([size.c]))
          values.append(try network.add(LayerNorm(epsilon: 1e-5), x, gamma, beta))
        default:
          values.append(try network.add(Binary(function), x, values[network.random(below: values.count)]))
        }
      }
      for (index, value) in values.suffix(2).enumerated() { network.graph.addOutput("y\(index)", value) }
      try network.expectFusionChangesNothing(kernels)
    }
  }

  @Test(arguments: KernelSet.available, [3, 5])
  func convolutionsAddedToTheirInput(_ kernels: KernelSet, _ k: Int) throws {
    var network = Network(state: 1)
    let x = network.input("x", [Self.batch, 9, 11, 20], [2, 9, 11, 20])
    let weight = network.constant([20, 1, k, k])
    let first = try network.add(DepthwiseConv(), x, weight, network.constant([20]))
    let sum = try network.add(Binary(.add), first, x)
    let scaled = try network.add(Binary(.multiply), sum, network.constant([20]))
    let second = try network.add(DepthwiseConv(), scaled, weight)
    network.graph.addOutput("y", try network.add(Binary(.add), sum, second))
    try network.expectFusionChangesNothing(kernels)
  }

  @Test(arguments: KernelSet.available)
  func linearsBesideRows(_ kernels: KernelSet) throws {
    var network = Network(state: 1)
    let x = network.input("x", [Self.batch, 13, 24], [2, 13, 24])
    let weight = network.constant([24, 24])
    let scaled = try network.add(Binary(.multiply), x, network.constant([24]))
    let linear = try network.add(Linear(), x, weight, network.constant([24]))
    let sum = try network.add(Binary(.add), scaled, linear)
    let other = try network.add(Binary(.add), try network.add(Linear(), sum, weight), network.constant([24]))
    network.graph.addOutput("y", try network.add(Binary(.add), other, try network.add(GELU(), sum)))
    try network.expectFusionChangesNothing(kernels)
  }

  @Test(arguments: KernelSet.available)
  func largeSlicesAndJoints(_ kernels: KernelSet) throws {
    var network = Network(state: 1)
    let x = network.input("x", [Self.batch, 197, 96], [3, 197, 96])
    let head = try network.add(Slice(axis: 1, start: 0, count: 1), x)
    let tail = try network.add(Slice(axis: 1, start: 1, count: 196), x)
    network.graph.addOutput("y", try network.add(Concat(axis: 1), tail, head))
    network.graph.addOutput("z", try network.add(Concat(axis: 0), tail, tail))
    let session = Session(network.graph, threads: 3, kernels: kernels)
    #expect(try session.verify(network.inputs, tolerance: 0) == nil)
  }
}
