import Safetensors
import Tensors
import Testing
import TorchCheckpoint

/// Every form in which torch.save keeps tensors gives the same ones.
@Suite struct FormTests {
  func open(_ name: String) throws -> TorchFile { try TorchFile(path: fixture("torch/\(name).pth")) }

  func expectTensors(_ file: TorchFile, of expected: String) throws {
    let reference = try SafetensorsFile(path: fixture(expected))
    #expect(file.names == reference.names)
    for name in reference.names {
      let (found, wanted) = (try file.tensor(named: name), try reference.tensor(named: name))
      #expect(found.type == wanted.type && found.shape == wanted.shape, "\(name)")
      #expect(bytes(found) == bytes(wanted), "\(name)")
    }
    try file.validateStillWhole()
  }

  @Test(arguments: [
    "plain", "protocol_4", "protocol_5", "legacy", "legacy_protocol_4", "wrapped", "ddp", "ema_beside_plain",
    "ema_alone", "twice_wrapped", "parameters", "settings",
  ])
  func formsAgree(_ name: String) throws { try expectTensors(open(name), of: "torch/tensors.safetensors") }

  @Test(arguments: ["views", "views_legacy"]) func viewsAreRead(_ name: String) throws {
    try expectTensors(open(name), of: "torch/views.safetensors")
  }

  @Test func theAuthorsCheckpointHoldsWhatItsSafetensorsFileDoes() throws {
    let file = try TorchFile(path: fixture("parax_vit_conv357/checkpoint.pth"))
    try expectTensors(file, of: "parax_vit_conv357/model.safetensors")
    #expect(file.metadata == ["epoch": "3"])
    #expect(file.wrapping == ["model"])
    #expect(file.paths == [fixture("parax_vit_conv357/checkpoint.pth")])
  }

  @Test func whatStandsBesideTheTensorsIsMetadata() throws {
    #expect(try open("wrapped").metadata == ["epoch": "12", "loss": "0.5"])
    #expect(try open("twice_wrapped").metadata == ["done": "True", "note": "None"])
    #expect(try open("settings").metadata == ["negative": "-1099511627776"])
    #expect(try open("mmcv_vit").metadata == ["meta.epoch": "160", "meta.mmcv_version": "1.7.0"])
    #expect(try open("plain").metadata == [:])
  }

  @Test func theDictOfTensorsIsFound() throws {
    #expect(try open("plain").wrapping == [])
    #expect(try open("ddp").wrapping == ["state_dict"])
    #expect(try open("ema_beside_plain").wrapping == ["net"])
    #expect(try open("ema_alone").wrapping == ["model_ema"])
    #expect(try open("twice_wrapped").wrapping == ["state_dict", "model"])
  }

  @Test func aModulesStateIsRead() throws {
    let file = try open("module")
    #expect(file.names.count == 7)
    #expect(try file.tensor(named: "0.weight").scalars() == [0, 1, 2, 3, 4, 5] as [Float])
    #expect(try file.tensor(named: "1.num_batches_tracked").scalars() == [0] as [Int64])
  }

  /// Only tensors whose elements do not follow one another are copied.
  @Test func contiguousTensorsLookIntoTheFile() throws {
    let file = try open("views")
    #expect(file.entries.filter { $0.strides == nil }.map(\.name) == ["tail", "whole"])
    let whole = try #require(file.entry(named: "whole"))
    #expect(try file.tensor(named: "whole").offset == whole.byteRange.lowerBound)
    #expect(try file.tensor(named: "tail").offset == whole.byteRange.lowerBound + 80)
    #expect(try file.tensor(named: "whole").storage === file.tensor(named: "tail").storage)
    #expect(try file.tensor(named: "transposed").offset == 0)
  }

  @Test func aPrefixIsStrippedOnRequest() throws {
    let file = try open("mmcv_vit")
    let backbone = try #require(file.stripping(prefix: "backbone."))
    try expectTensors(backbone, of: "timm_vit_gap/model.safetensors")
    #expect(
      backbone.omitted == [
        "auxiliary_head.conv_seg.bias", "decode_head.conv_seg.bias", "decode_head.conv_seg.weight",
      ])
    #expect(backbone.metadata == file.metadata)
    #expect(file.stripping(prefix: "neck.") == nil)
    #expect(file.contains("backbone.pos_embed") && !file.contains("pos_embed"))
  }

  @Test func typesThatCannotBeComputedWithAreListedAndRefusedOnUse() throws {
    let file = try open("unsupported")
    #expect(
      file.entries.map { "\($0.name) \($0.type.rawValue)" } == [
        "complex complex64", "float8 float8_e4m3fn", "negated float32", "plain float32", "quantised qint8",
        "unsigned uint16",
      ])
    #expect(try file.tensor(named: "plain").scalars() == [1, 1] as [Float])
    func refusal(_ name: String) -> String {
      do throws(TorchError) {
        _ = try file.tensor(named: name)
        return "no error"
      } catch { return "\(error)".replacing("\(file.path): ", with: "") }
    }
    #expect(refusal("complex") == "tensor \"complex\": complex64 is not a type to compute with")
    #expect(refusal("float8") == "tensor \"float8\": float8_e4m3fn is not a type to compute with")
    #expect(refusal("quantised") == "tensor \"quantised\": qint8 is not a type to compute with")
    #expect(refusal("unsigned") == "tensor \"unsigned\": uint16 is not a type to compute with")
    #expect(
      refusal("negated")
        == "tensor \"negated\" is a conjugated or negated view of its storage, which is not supported")
    #expect(refusal("none") == "no tensor \"none\"")
  }

  @Test func craftedFilesAreSoundWhereNothingIsWrong() throws {
    let folder = try TemporaryFolder()
    let value = Pickle.dict(("a", Pickle.tensor()))
    let (archive, old) = (Archive(of: value).bytes, legacy(value))
    for bytes in [archive, old] {
      let file = try TorchFile(path: folder.write(bytes, to: "x.pth"))
      #expect(try file.tensor(named: "a").scalars() == [1, 2, 3, 4, 5, 6] as [Float])
      #expect(try file.tensor(named: "a").shape == [2, 3])
    }
    let wide = zip64(value)
    #expect(try TorchFile(path: folder.write(wide.bytes, to: "y.pth")).names == ["a"])
  }
}
