import AdaRoute
import Backbones
import Foundation
import Images
import Runtime
import Safetensors
import Tensors
import Testing

/// A folder of `fixtures/dense`: a whole network with what the reference implementation makes of an image.
struct DenseFixture: CustomStringConvertible, Sendable {
  let name: String
  var description: String { name }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/dense")

  func path(_ file: String) -> String { DenseFixture.root.appending(path: name).appending(path: file).path }

  func json() throws -> JSONValue {
    try JSONValue(object: [UInt8](Data(contentsOf: URL(filePath: path("case.json")))))
  }

  func references() throws -> SafetensorsFile { try SafetensorsFile(path: path("io.safetensors")) }

  func model() throws -> Model { try Model(path: path("checkpoint.pth"), configuration: path("case.json")) }
}

/// The largest absolute difference of two tensors; infinite where shapes or types differ or a number is no number.
func difference(_ a: Tensor?, _ b: Tensor) -> Float {
  guard let a, a.shape == b.shape, let x: [Float] = a.scalars(), let y: [Float] = b.scalars() else { return .infinity }
  return zip(x, y).reduce(0) { $1.0.isNaN || $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}

extension JSONValue {
  /// The elements of an array; empty for other values.
  var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
  var integers: [Int] {
    items.compactMap { if case .number(let number) = $0 { Int(exactly: number) } else { nil } }
  }
  var number: Double? { if case .number(let number) = self { number } else { nil } }
}
