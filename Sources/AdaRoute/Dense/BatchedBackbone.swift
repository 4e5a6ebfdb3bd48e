import Dense
import Graph
public import Images
import Runtime
import Tensors

/// What a backbone makes of one image: its maps, of the extents that they have for the image alone.
public struct BackboneMaps: Sendable {
  /// `stage0`… [1, c, h, w].
  let tensors: [String: Tensor]
}

/// A dense network's backbone that looks at several images at a time, whatever their sizes, and the inputs that the
/// parts behind it have.
public struct BatchedBackbone: Sendable {
  static let maps = (0..<4).map { "stage\($0)" }
  private let equal: Session
  private let padded: Session
  private let network: PaddedNetwork

  /// Throws where padding would change what the network makes of an image.
  init(_ graph: Graph, path: String, sharing base: Session) throws {
    let backbone = try graph.cut(at: [], outputs: Self.maps)
    do { network = try PaddedNetwork(backbone) } catch let error as PaddingError {
      throw DenseRunError.cannotPad(path: path, error)
    }
    equal = Session(backbone, sharing: base)
    padded = Session(network.graph, sharing: base)
  }

  /// The maps of each image, what they are for the image alone: bit for bit where products are our own (the tiers with
  /// vectors). Images of different sizes are padded with zeros to the largest height and width.
  public func maps(of images: [DensePreparation.Prepared]) throws -> [BackboneMaps] {
    let sizes = images.map(\.size)
    guard let first = sizes.first else { return [] }
    let height = sizes.reduce(first.height) { max($0, $1.height) }
    let width = sizes.reduce(first.width) { max($0, $1.width) }
    guard let shape = Shape(checking: [images.count, 3, height, width]),
      shape.elementCount <= Session.memoryLimit / MemoryLayout<Float>.stride
    else { throw RuntimeError.tooLarge(bytes: .max) }
    let plane = height * width
    let input = Tensor(type: .float32, shape: shape) { bytes in
      let target = bytes.bindMemory(to: Float.self)
      target.update(repeating: 0)
      for (index, image) in images.enumerated() {
        let (values, size) = (image.values, image.size)
        for line in 0..<3 * size.height {
          let start = (3 * index + line / size.height) * plane + line % size.height * width
          for column in 0..<size.width { target[start + column] = values[line * size.width + column] }
        }
      }
    }
    if sizes.allSatisfy({ $0 == first }) {
      let maps = try equal.run(["input": input])
      return images.indices.map { index in
        BackboneMaps(tensors: maps.compactMapValues { $0.rows([index]) })
      }
    }
    let extents = try network.extents(of: sizes.map { ($0.height, $0.width) })
    var inputs = extents.mapValues { Tensor($0, shape: [images.count, 2]) }
    inputs["input"] = input
    let maps = try padded.run(inputs)
    return sizes.enumerated().map { index, size in
      var own: [String: Tensor] = [:]
      for (name, map) in maps {
        guard let shape = network.shape(of: name, height: size.height, width: size.width) else { continue }
        own[name] = map.corner(of: index, shape)
      }
      return BackboneMaps(tensors: own)
    }
  }
}

extension Tensor {
  /// The top left of one image's map: of [N, c, h, w] what has the shape [1, c, rows, columns].
  fileprivate func corner(of image: Int, _ own: Shape) -> Tensor {
    let (height, width, line) = (shape[2], shape[3], own[3] * type.size)
    return Tensor(type: type, shape: own) { target in
      withBytes { source in
        for row in 0..<own[1] * own[2] {
          let start = ((image * own[1] + row / own[2]) * height + row % own[2]) * width * type.size
          UnsafeMutableRawBufferPointer(rebasing: target[row * line..<(row + 1) * line])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<start + line]))
        }
      }
    }
  }
}
