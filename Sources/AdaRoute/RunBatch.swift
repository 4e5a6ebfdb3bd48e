public import Tensors

/// Images that a model runs together: read when their turn comes.
public struct RunBatch {
  /// What the batch's image of a place is called.
  public let name: (Int) -> String
  /// The model's inputs.
  public let inputs: () throws -> [String: Tensor]

  /// All images of a tensor file.
  public init(input path: String, for model: Model) throws {
    let file = try InputFile(path: path)
    let graph = model.graph
    name = { "image \($0)" }
    inputs = { try file.inputs(for: graph) }
  }

  private init(_ images: [String], _ input: ImageInput) {
    name = { images[$0] }
    inputs = { try input.batch(images) }
  }

  /// Image files in their order, as many at a time as the model takes.
  public static func batches(images: [String], for model: Model) throws -> [RunBatch] {
    let input = try ImageInput(model)
    var batches: [RunBatch] = []
    var rest = images[...]
    while !rest.isEmpty {
      let count = max(1, input.count(of: rest.count))
      batches.append(RunBatch(Array(rest.prefix(count)), input))
      rest = rest.dropFirst(count)
    }
    return batches
  }
}
