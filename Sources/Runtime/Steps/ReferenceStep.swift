import Graph
import Kernels
import Tensors

extension Planner {
  /// A step that runs the operator's own evaluation.
  func emitReference(_ node: Node) {
    let types = (node.operands + [node.result]).map { graph.type(of: $0).element }
    let extents = (node.operands + [node.result]).map { shape($0) }
    let (op, operands, result) = (node.op, node.operands, node.result)
    emit(op.identifier, reads: operands, result: result) { places in
      let locations = operands.map(places.location)
      let target = places.location(result)
      return { frame in
        let views = locations.indices.map { index in
          TensorView(
            type: types[index], shape: extents[index],
            bytes: UnsafeRawBufferPointer(
              start: frame.read(locations[index]), count: extents[index].elementCount * types[index].size))
        }
        let last = operands.count
        let bytes = UnsafeMutableRawBufferPointer(
          start: frame.raw(target), count: extents[last].elementCount * types[last].size)
        guard extents[last].elementCount > 0 else { return }
        op.evaluate(views, into: [MutableTensorView(type: types[last], shape: extents[last], bytes: bytes)])
      }
    }
  }
}
