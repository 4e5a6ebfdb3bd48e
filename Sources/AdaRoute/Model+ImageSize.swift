import Foundation
import Graph
public import Images
import ModelFile
import Tensors

extension Model {
  /// The size of the images that the model is for: the only one that its graph takes, or the one that it was made or
  /// set for. Nil where it takes any and was made for none, or has no image as its input.
  public var imageSize: ImageSize? {
    guard let image = graph.imageInput else { return nil }
    if let height = image.dimensions[2].constant, let width = image.dimensions[3].constant {
      return ImageSize(height: height, width: width)
    }
    return content.imageSize.map { ImageSize(height: $0.height, width: $0.width) }
  }

  /// The model for images of a size: prepared to it, and measured with it. Weights and graph are the same.
  ///
  /// Throws where the network takes another size only, or computes nothing of images so small.
  public func sized(to size: ImageSize) throws(ModelError) -> Model {
    guard let image = graph.imageInput else { throw .noImageInput(path: path) }
    let extents = graph.extents(for: size)
    guard let shape = image.shape(extents), Array(shape.extents.suffix(2)) == [size.height, size.width] else {
      let taken = image.dimensions.suffix(2).map(\.description).joined(separator: "x")
      throw .oneImageSize(path: path, taken: taken, asked: size)
    }
    guard graph.hasShapes(for: extents) else { throw .imageTooSmall(path: path, asked: size) }
    var model = self
    model.content.imageSize = (size.height, size.width)
    model.content.preprocessing = preprocessing(for: size)
    return model
  }

  /// timm's configuration gives the size before the crop to the pixel; of other preparations the proportions stay.
  private func preprocessing(for size: ImageSize) -> String? {
    guard let own = Preprocessing(json: content.preprocessing) else { return content.preprocessing }
    if let configuration = content.provenance.configuration {
      let text = Array(configuration.utf8)
      let timm = text.withUnsafeBytes { try? Preprocessing(timm: $0) }
      if timm == own, let sized = text.withUnsafeBytes({ try? Preprocessing(timm: $0, size: size) }) {
        return sized.compactJSON
      }
    }
    return own.sized(to: size).compactJSON
  }
}

extension Graph {
  /// The type of the only input, where it can be a batch of images with channels first.
  var imageInput: TensorType? {
    guard inputs.count == 1 else { return nil }
    let type = type(of: inputs[0].value)
    return type.rank == 4 ? type : nil
  }

  /// What the symbols of the input are for one image of a size.
  func extents(for size: ImageSize) -> [String: Int] {
    var extents: [String: Int] = [:]
    for (dimension, extent) in zip(imageInput?.dimensions ?? [], [1, nil, size.height, size.width]) {
      if let symbol = dimension.symbols.first, dimension == .symbol(symbol) { extents[symbol] = extent }
    }
    return extents
  }

  /// Whether every value that outputs need has elements for these values of the symbols.
  func hasShapes(for extents: [String: Int]) -> Bool {
    orderedNodes().allSatisfy { node in
      node.results.allSatisfy { type(of: $0).shape(extents).map { $0.elementCount > 0 } ?? false }
    }
  }
}
