import Images
import Testing

/// A preparation for images of another size than the checkpoint states.
@Suite struct SizingTests {
  private func preprocessing(_ resize: Preprocessing.Resize, crop: ImageSize?) -> Preprocessing {
    Preprocessing(
      resize: resize, interpolation: .bicubic, crop: crop.map { CenterCrop(size: $0, rounding: .torchvision) },
      rescaleFactor: 1 / 255, mean: .zero, std: .one)
  }

  private func size(_ height: Int, _ width: Int) -> ImageSize { ImageSize(height: height, width: width) }

  @Test func whatIsCroppedStaysInProportion() {
    let square = preprocessing(.shortestEdge(256), crop: size(224, 224))
    #expect(square.sized(to: size(448, 448)) == preprocessing(.shortestEdge(512), crop: size(448, 448)))
    #expect(square.sized(to: size(448, 224)) == preprocessing(.covering(size(512, 256)), crop: size(448, 224)))
    let exact = preprocessing(.exact(size(250, 300)), crop: size(200, 240))
    #expect(exact.sized(to: size(100, 480)) == preprocessing(.exact(size(125, 600)), crop: size(100, 480)))
    #expect(square.sized(to: size(224, 224)) == square)
  }

  @Test func withoutACropTheSizeIsTheResult() {
    let target = size(64, 32)
    #expect(preprocessing(.exact(size(224, 224)), crop: nil).sized(to: target).resize == .exact(target))
    #expect(preprocessing(.none, crop: nil).sized(to: target).outputSize == target)
    let open = preprocessing(.shortestEdge(224), crop: nil).sized(to: target)
    #expect(open.resize == .covering(target) && open.outputSize == target)
  }

  /// timm rounds the size before the crop down, from the fraction that the file states.
  @Test func timmsFractionIsTheFiles() throws {
    let text = Array(#"{"pretrained_cfg": {"input_size": [3, 224, 224], "crop_pct": 0.9}}"#.utf8)
    let own = try text.withUnsafeBytes { try Preprocessing(timm: $0) }
    let large = try text.withUnsafeBytes { try Preprocessing(timm: $0, size: size(336, 336)) }
    #expect(own.resize == .shortestEdge(248))
    #expect(large.resize == .shortestEdge(373) && large.outputSize == size(336, 336))
    let wide = try text.withUnsafeBytes { try Preprocessing(timm: $0, size: size(224, 448)) }
    #expect(wide.resize == .covering(size(248, 497)))
  }
}
