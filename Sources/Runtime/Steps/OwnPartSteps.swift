import Graph
import Kernels
import Tensors

// Maps of images that are padded to a batch's extents.

extension Planner {
  func makeOwnPart(_ node: Node) -> Bool {
    guard graph.type(of: node.result).element == .float32 else { return false }
    let (map, pool) = (shape(node.result), pool)
    let (height, line, c) = (map[1], map[2] * map[3], map[3])
    emit("ownPart", reads: node.operands, result: node.result) { places in
      let (input, stated) = (places.location(node.operands[0]), places.location(node.operands[1]))
      let output = places.location(node.result)
      return { frame in
        let (x, y) = (frame.floats(input), frame.write(output))
        let own = frame.ownExtents(stated, of: map)
        pool.forEachRows(map[0] * height, columns: line) { rows in
          for row in rows {
            let part = own[row / height]
            let kept = row % height < part.rows ? part.columns * c : 0
            (y + row * line).update(from: x + row * line, count: kept)
            (y + row * line + kept).update(repeating: 0, count: line - kept)
          }
        }
      }
    }
    return true
  }

  /// Sums in the order that a map of the image alone has, so that the bits are the same.
  func makeOwnMean(_ node: Node) -> Bool {
    guard graph.type(of: node.result).element == .float32 else { return false }
    let (map, mean) = (shape(node.operands[0]), kernels.columnMean)
    let (height, line, c) = (map[1], map[2] * map[3], map[3])
    let bytes = height * line * MemoryLayout<Float>.stride
    emit("ownMean", reads: node.operands, result: node.result, scratch: bytes) { places in
      let (input, stated) = (places.location(node.operands[0]), places.location(node.operands[1]))
      let (output, scratch) = (places.location(node.result), places.scratch)
      return { frame in
        let (y, joined) = (frame.write(output), frame.write(scratch))
        for (image, part) in frame.ownExtents(stated, of: map).enumerated() {
          let x = frame.floats(input) + image * height * line
          let own = part.columns * c
          if own == line {
            mean(y + image * c, x, c, part.rows * part.columns, c)
            continue
          }
          for row in 0..<part.rows { (joined + row * own).update(from: x + row * line, count: own) }
          mean(y + image * c, UnsafePointer(joined), c, part.rows * part.columns, c)
        }
      }
    }
    return true
  }
}

extension Frame {
  /// By image; `map` is [N, h, w, c].
  fileprivate func ownExtents(_ location: Location, of map: Shape) -> [OwnExtents] {
    let shape: Shape = [map[0], 2]
    let bytes = UnsafeRawBufferPointer(start: read(location), count: shape.elementCount * ElementType.int64.size)
    let stated = TensorView(type: .int64, shape: shape, bytes: bytes)
    return (0..<map[0]).map { OwnExtents(stated, image: $0, height: map[1], width: map[2]) }
  }
}
