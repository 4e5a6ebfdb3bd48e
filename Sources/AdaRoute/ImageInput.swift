import Graph
import Images
import ModelFile
public import Tensors

/// Images on their way into a model, prepared as its checkpoint states, a batch at a time.
public struct ImageInput: Sendable {
  private let preprocessing: Preprocessing
  private let port: Graph.Port
  private let type: TensorType
  private let path: String

  /// Images in one batch where the model does not fix the number.
  static let batchSize = 8

  /// Throws where the model does not state how images are prepared, or has another input than one image batch.
  public init(_ model: Model) throws {
    path = model.path
    guard let text = model.content.preprocessing, let port = model.graph.inputs.first,
      model.graph.inputs.count == 1, model.graph.type(of: port.value).rank == 4
    else { throw ModelError.noPreprocessing(path: model.path) }
    guard let preprocessing = Preprocessing(json: text) else {
      throw ModelError.preprocessingMalformed(path: model.path)
    }
    self.preprocessing = preprocessing
    self.port = port
    type = model.graph.type(of: port.value)
  }

  /// How many of the images the next batch takes.
  public func count(of remaining: Int) -> Int {
    min(type.dimensions[0].constant ?? ImageInput.batchSize, remaining)
  }

  /// The input for these images, [count, 3, height, width].
  public func batch(_ images: [String]) throws -> [String: Tensor] {
    var values: [Float] = []
    var first: ImageSize?
    for image in images {
      let (pixels, size) = try preprocessing.tensor(from: RGBImage(path: image))
      try check(size, of: image, first: first)
      first = first ?? size
      values += pixels
    }
    let size = first ?? ImageSize(height: 0, width: 0)
    return [port.name: Tensor(values, shape: Shape([images.count, 3, size.height, size.width]))]
  }

  private func check(_ size: ImageSize, of image: String, first: ImageSize?) throws(ModelError) {
    let wanted = (type.dimensions[2].constant ?? first?.height, type.dimensions[3].constant ?? first?.width)
    guard wanted.0 ?? size.height == size.height, wanted.1 ?? size.width == size.width else {
      let expected = "\(wanted.0.map { "\($0)" } ?? "any")x\(wanted.1.map { "\($0)" } ?? "any")"
      throw .imageSize(image: image, found: size, expected: expected)
    }
  }
}
