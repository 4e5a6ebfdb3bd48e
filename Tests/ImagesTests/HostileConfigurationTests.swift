import Images
import Testing

@Suite struct HostileConfigurationTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var source: Preprocessing.Source
    var text: String
    var message: String
    var testDescription: String { text }

    init(_ source: Preprocessing.Source, _ text: String, _ message: String) {
      self.source = source
      self.text = text
      self.message = "preprocessing configuration: \(message)"
    }
  }

  static let cases = [
    Case(.timm, "", "not a JSON object: an empty file"),
    Case(.timm, "[1]", "not a JSON object: another kind of JSON value"),
    Case(.timm, "{", "not a JSON object: it is JSON text"),
    Case(.timm, "<html>", "not a JSON object: it is an HTML page"),
    Case(.timm, "nothing", "not a JSON object: the JSON is malformed"),
    Case(
      .timm, "version https://git-lfs.github.com/spec/v1\n",
      "not a JSON object: it is a Git LFS pointer, whose content was not fetched"),
    Case(.timm, "{}", "the key pretrained_cfg is missing"),
    Case(.timm, #"{"pretrained_cfg": null}"#, "the key pretrained_cfg is missing"),
    Case(.timm, #"{"pretrained_cfg": {}}"#, "the key pretrained_cfg.input_size is missing"),
    Case(.timm, #"{"pretrained_cfg": 3}"#, "pretrained_cfg: expected an object, found the number 3"),
    Case(
      .timm, #"{"pretrained_cfg": {"input_size": [3, 224]}}"#,
      "pretrained_cfg.input_size: expected an array of 3 numbers, found an array of 2 values"),
    Case(
      .timm, #"{"input_size": [3, "a", 5]}"#,
      "input_size: expected an array of 3 numbers, found an array of 3 values"),
    Case(
      .timm, #"{"input_size": [3, 2.5, 5]}"#,
      "input_size: expected an array of 3 whole numbers, found an array of 3 values"),
    Case(
      .timm, #"{"input_size": [1, 28, 28]}"#, "input_size: 1 channels is not supported, expected 3 channels"),
    Case(
      .timm, #"{"input_size": [3, 0, 28]}"#,
      "input_size: 0 is not supported, expected a length from 1 to 65535 pixels"),
    Case(
      .timm, #"{"input_size": [3, 1e18, 28]}"#,
      "input_size: 1000000000000000000 is not supported, expected a length from 1 to 65535 pixels"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "interpolation": "random"}"#,
      "interpolation: \"random\" is not supported, expected one of bicubic, bilinear, box, hamming, lanczos, "
        + "nearest"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "interpolation": 3}"#,
      "interpolation: expected a string, found the number 3"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "crop_mode": "corner"}"#,
      "crop_mode: \"corner\" is not supported, expected one of border, center, squash"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "crop_pct": 0}"#,
      "crop_pct: 0.0 is not supported, expected a fraction above 0"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "crop_pct": 1e-300}"#,
      "crop_pct: 1e-300 is not supported, expected a fraction above 0"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "crop_pct": 100}"#,
      "crop_pct: 0 is not supported, expected a length from 1 to 65535 pixels"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "mean": [0.5, 0.5]}"#,
      "mean: expected an array of 3 numbers, found an array of 2 values"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "mean": [0.5, 0.5, 1e300]}"#,
      "mean: an infinite number is not supported, expected finite numbers"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "std": [1, 0, 1]}"#,
      "std: 0.0 is not supported, expected numbers above 0"),
    Case(
      .timm, #"{"input_size": [3, 28, 28], "std": [1, 1e-300, 1]}"#,
      "std: 1e-300 is not supported, expected numbers above 0"),
    Case(.transformers, #"{"do_resize": 1}"#, "do_resize: expected true or false, found the number 1"),
    Case(.transformers, #"{"do_pad": true}"#, "do_pad: true is not supported, expected false"),
    Case(
      .transformers, #"{"resample": "bicubic"}"#,
      "resample: expected a whole number, found the string \"bicubic\""),
    Case(.transformers, #"{"resample": 2.5}"#, "resample: expected a whole number, found the number 2.5"),
    Case(
      .transformers, #"{"resample": 9}"#, "resample: 9 is not supported, expected a Pillow filter from 0 to 5"
    ),
    Case(
      .transformers, #"{"size": true}"#,
      #"size: expected a whole number, {"height", "width"} or {"shortest_edge"}, found true"#),
    Case(.transformers, #"{"size": {}}"#, "the key size.height is missing"),
    Case(.transformers, #"{"size": {"height": 3}}"#, "the key size.width is missing"),
    Case(
      .transformers, #"{"size": {"height": [], "width": 3}}"#,
      "size.height: expected a whole number, found an array of 0 values"),
    Case(
      .transformers, #"{"size": {"height": -1, "width": 3}}"#,
      "size.height: -1 is not supported, expected a length from 1 to 65535 pixels"),
    Case(
      .transformers, #"{"size": {"shortest_edge": 800, "longest_edge": 1333}}"#,
      #"size: longest_edge is not supported, expected a whole number, {"height", "width"} or "#
        + #"{"shortest_edge"}"#
    ),
    Case(
      .transformers, #"{"size": {"shortest_edge": 8, "height": 3}}"#,
      #"size: shortest_edge beside height or width is not supported, expected a whole number, "#
        + #"{"height", "width"} or {"shortest_edge"}"#),
    Case(
      .transformers, #"{"do_center_crop": true, "crop_size": "big"}"#,
      #"crop_size: expected a whole number or {"height", "width"}, found the string "big""#),
    Case(
      .transformers, #"{"image_processor_type": "DonutImageProcessor"}"#,
      "image_processor_type: \"DonutImageProcessor\" is not supported, expected one of BeitImageProcessor, "
        + "BitImageProcessor, CLIPImageProcessor, ConvNextImageProcessor, DeiTImageProcessor, "
        + "SiglipImageProcessor, ViTImageProcessor"),
    Case(
      .transformers,
      #"{"image_processor_type": "ConvNextImageProcessor", "size": {"height": 9, "width": 9}}"#,
      #"size: height and width is not supported, expected {"shortest_edge"} for ConvNextImageProcessor"#),
    Case(
      .transformers,
      #"{"image_processor_type": "ConvNextImageProcessor", "size": 28, "do_center_crop": true, "#
        + #""crop_size": 9}"#,
      "crop_size: 9 x 9 is not supported, expected 28 x 28, as size"),
    Case(
      .transformers, #"{"rescale_factor": 1e300}"#,
      "rescale_factor: 1e+300 is not supported, expected a smaller number"),
    Case(
      .transformers, #"{"image_mean": 0.5}"#,
      "image_mean: expected an array of 3 numbers, found the number 0.5"),
    Case(
      .transformers, #"{"image_std": [1, 1, -1]}"#,
      "image_std: -1.0 is not supported, expected numbers above 0"),
  ]

  @Test(arguments: cases) func isRefused(_ each: Case) {
    #expect(refusal { () throws(ImageError) in try Preprocessing(each.source, each.text) } == each.message)
  }

  @Test func messagesNameTheFile() {
    #expect(
      refusal { () throws(ImageError) in try Preprocessing(.timm, "{}", path: "model/config.json") }
        == "model/config.json: the key pretrained_cfg is missing")
  }

  @Test func hugeAndDeepFilesAreRefused() {
    let huge = [UInt8](repeating: UInt8(ascii: " "), count: (16 << 20) + 1)
    #expect(
      refusal { () throws(ImageError) in try Preprocessing(.transformers, huge) }
        == "preprocessing configuration: 16777217 bytes are more than the limit of 16777216 bytes")
    let deep = "{\"size\": " + String(repeating: "[", count: 100_000)
    #expect(
      refusal { () throws(ImageError) in try Preprocessing(.transformers, deep) }
        == "preprocessing configuration: not a JSON object: it is JSON text")
    let nested = "{\"size\": " + String(repeating: "[", count: 400) + String(repeating: "]", count: 400) + "}"
    #expect(
      refusal { () throws(ImageError) in try Preprocessing(.transformers, nested) }
        == #"preprocessing configuration: size: expected a whole number, {"height", "width"} or "#
        + #"{"shortest_edge"}, found an array of 1 value"#)
  }
}
