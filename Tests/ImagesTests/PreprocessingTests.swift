import Foundation
import Images
import Safetensors
import Tensors
import Testing

@Suite struct PreprocessingTests {
  static let configurations = names(in: "pipelines", endingWith: ".json")
  static let photos = names(in: "photos", endingWith: ".jpg", ".png")

  /// Bytes are equal after resizing, and the arithmetic on them is the libraries' own in single precision:
  /// a difference could only come from their vector code, by a unit in the last place of values below 4.
  @Test(arguments: configurations, photos)
  func tensorsAreThoseOfTheLibrary(configuration: String, photo: String) throws {
    let file = try SafetensorsFile(path: fixture("pipelines/tensors.safetensors"))
    let name = String(configuration.dropLast(".json".count))
    let source: Preprocessing.Source = name.hasPrefix("timm") ? .timm : .transformers
    let preprocessing = try Preprocessing(source, bytes(of: "pipelines/\(configuration)"))
    let (values, size) = try preprocessing.tensor(from: RGBImage(path: fixture("photos/\(photo)")))

    let expected = try file.tensor(named: "\(name)/\(photo)")
    #expect(expected.shape.extents == [3, size.height, size.width])
    let reference = try #require(expected.scalars(Float.self))
    try #require(values.count == reference.count)
    let largest = zip(values, reference).map { abs($0 - $1) }.max() ?? .infinity
    #expect(largest <= 1e-6)
  }

  @Test func everyTensorIsCompared() throws {
    let file = try SafetensorsFile(path: fixture("pipelines/tensors.safetensors"))
    let expected = Self.configurations.flatMap { name in
      Self.photos.map { "\(name.dropLast(".json".count))/\($0)" }
    }
    #expect(file.names.sorted() == expected.sorted())
    #expect(Self.configurations.count >= 19 && Self.photos.count == 3)
  }

  @Test func timmConfigurationsBecomeRules() throws {
    let center = try Preprocessing(.timm, bytes(of: "pipelines/timm-center.json"))
    #expect(
      center
        == Preprocessing(
          resize: .shortestEdge(35), interpolation: .bicubic,
          crop: CenterCrop(size: ImageSize(height: 32, width: 32), rounding: .torchvision),
          rescaleFactor: 1 / 255, mean: SIMD3(repeating: 0.5), std: SIMD3(repeating: 0.5)))
    let wide = try Preprocessing(.timm, bytes(of: "pipelines/timm-wide.json"))
    #expect(wide.resize == .covering(ImageSize(height: 25, width: 42)))
    #expect(wide.outputSize == ImageSize(height: 24, width: 40))
    let border = try Preprocessing(.timm, bytes(of: "pipelines/timm-border.json"))
    #expect(border.resize == .fitting(ImageSize(height: 31, width: 31)))
    #expect(border.crop?.fill == SIMD3(123, 117, 104))
    let flat = try Preprocessing(.timm, #"{"input_size": [3, 56, 56]}"#)
    #expect(flat.resize == .shortestEdge(64))
    #expect(flat.mean == SIMD3(0.485, 0.456, 0.406))
  }

  @Test func transformersConfigurationsBecomeRules() throws {
    let vit = try Preprocessing(.transformers, bytes(of: "pipelines/hf-vit.json"))
    #expect(
      vit
        == Preprocessing(
          resize: .exact(ImageSize(height: 32, width: 28)), interpolation: .bicubic, crop: nil,
          rescaleFactor: 1 / 255, mean: SIMD3(0.485, 0.456, 0.406), std: SIMD3(0.229, 0.224, 0.225)))
    #expect(vit.outputSize == ImageSize(height: 32, width: 28))
    let large = try Preprocessing(
      .transformers, #"{"image_processor_type": "ConvNextImageProcessor", "size": 384, "resample": 3}"#)
    #expect(large.resize == .exact(ImageSize(height: 384, width: 384)))
    #expect(large.crop == nil)
    let free = try Preprocessing(.transformers, #"{"do_resize": false}"#)
    #expect(free.resize == .none)
    #expect(free.outputSize == nil)
  }

  @Test(arguments: configurations) func codingKeepsEverything(configuration: String) throws {
    let source: Preprocessing.Source = configuration.hasPrefix("timm") ? .timm : .transformers
    let preprocessing = try Preprocessing(source, bytes(of: "pipelines/\(configuration)"))
    let data = try JSONEncoder().encode(preprocessing)
    #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == preprocessing)
  }

  /// The odd pixel of 5 - 2 = 3 and of 9 - 4 = 5 pixels cut away, and of a border of 3.
  @Test(arguments: [
    (CenterCrop.Rounding.torchvision, 5, 2, 2), (.transformers, 5, 2, 1), (.torchvision, 9, 4, 2),
    (.transformers, 9, 4, 2), (.torchvision, 2, 5, -1), (.transformers, 2, 5, -2), (.torchvision, 8, 4, 2),
  ])
  func centerCropsRoundAsTheirLibrary(
    rounding: CenterCrop.Rounding, length: Int, count: Int, start: Int
  ) throws {
    let pixels = (1...length).flatMap { [UInt8($0), UInt8($0), UInt8($0)] }
    let image = try #require(RGBImage(width: length, height: 1, pixels: pixels))
    let preprocessing = Preprocessing(
      resize: .none, interpolation: .nearest,
      crop: CenterCrop(size: ImageSize(height: 1, width: count), rounding: rounding, fill: SIMD3(7, 8, 9)),
      rescaleFactor: 1, mean: .zero, std: .one)
    let (values, _) = try preprocessing.tensor(from: image)
    let expected = (start..<start + count).map { 0..<length ~= $0 ? Float($0 + 1) : 7 }
    #expect(Array(values.prefix(count)) == expected)
  }

  @Test func extremeProportionsAreRefused() throws {
    let tall = try #require(RGBImage(width: 1, height: 3000, pixels: [UInt8](repeating: 1, count: 9000)))
    func preprocessing(_ resize: Preprocessing.Resize) -> Preprocessing {
      Preprocessing(
        resize: resize, interpolation: .bilinear, crop: nil, rescaleFactor: 1, mean: .zero, std: .one)
    }
    #expect(
      refusal { () throws(ImageError) in try preprocessing(.shortestEdge(224)).tensor(from: tall) }
        == "1 x 3000 pixels cannot become 224 x 672000: no pixels, or more than the limit of 89478485 pixels")
    #expect(
      refusal { () throws(ImageError) in
        try preprocessing(.fitting(ImageSize(height: 40, width: 40))).tensor(from: tall)
      }
        == "1 x 3000 pixels cannot become 0 x 40: no pixels, or more than the limit of 89478485 pixels")
    #expect(
      refusal { () throws(ImageError) in try preprocessing(.shortestEdge(.max)).tensor(from: tall) }
        == "1 x 3000 pixels cannot become \(Int.max) x \(Int.max): no pixels, or more than the limit of "
        + "89478485 pixels")
  }
}
