import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Numbers in -1 ..< 1, the same for the same seed.
func numbers(_ shape: Shape, seed: Int) -> Tensor {
  var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
  let values = (0..<shape.elementCount).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
  }
  return Tensor(values, shape: shape)
}

/// Float32 and these extents.
func float(_ dimensions: Dimension...) -> TensorType { TensorType(.float32, dimensions) }

extension Graph {
  /// A constant of ``numbers(_:seed:)`` under a name of its own.
  mutating func addNumbers(_ name: String, _ shape: Shape, seed: Int) -> ValueID {
    addConstant(Constant(name: name, numbers(shape, seed: seed)))
  }
}

/// The floats of image `index` of a batch.
func image(_ index: Int, of tensor: Tensor?) -> [Float] {
  guard let tensor, let values: [Float] = tensor.scalars() else { return [] }
  let size = tensor.shape.elementCount / tensor.shape[0]
  return Array(values[index * size..<(index + 1) * size])
}

/// Agrees with the reference, and the bits depend neither on the number of threads nor on the place in a batch.
func expectFast(_ graph: Graph, _ inputs: [String: Tensor], _ kernels: KernelSet) throws {
  let session = Session(graph, threads: 2, kernels: kernels)
  #expect(try session.verify(inputs, tolerance: 1e-5) == nil)
  let result = try session.run(inputs)["y"]
  #expect(try Session(graph, threads: 1, kernels: kernels).run(inputs)["y"]?.scalars(Float.self) == result?.scalars())
  let x = try #require(inputs["x"])
  let last = x.shape[0] - 1
  let single = Tensor(image(last, of: x), shape: Shape([1] + x.shape.extents.dropFirst()))
  #expect(image(0, of: try session.run(["x": single])["y"]) == image(last, of: result))
}
