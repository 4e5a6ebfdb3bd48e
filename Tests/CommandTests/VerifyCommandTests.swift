import Foundation
import Safetensors
import Tensors
import Testing

/// `verify` finds what differs from a golden file, and says nothing of what does not.
@Suite struct VerifyCommandTests {
  static let model = ["fixtures/parax_vit_conv357", "--config", "fixtures/parax_vit_conv357/case.json"]

  func golden(_ name: String) throws -> [String: Tensor] {
    let file = try SafetensorsFile(path: Tool.fixtures.appending(path: "\(name)/io.safetensors").path)
    return try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try file.tensor(named: $0)) })
  }

  func changed(_ tensor: Tensor?, at position: Int, by step: Float) throws -> Tensor {
    let tensor = try #require(tensor)
    var values: [Float] = try #require(tensor.scalars())
    values[position] += step
    return Tensor(values, shape: tensor.shape)
  }

  @Test func everyValueOfTheFileIsCompared() throws {
    let outcome = try Tool.run(
      ["verify"] + Self.model + ["--golden", "fixtures/parax_vit_conv357/io.safetensors"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("all 7 values agree"))
    let names = outcome.output.split(separator: "\n").dropFirst().compactMap { $0.split(separator: " ").first }
    #expect(names.first == "routing.blocks.0.adapter" && names.dropLast().last == "logits")
  }

  @Test func aDeltaIsApplied() throws {
    let folder = try TemporaryFolder()
    try shipTask(folder)
    let arguments = ["verify", folder.file("b.adaroute"), "--golden", "fixtures/graft_timm_vit/io.safetensors"]
    #expect(try Tool.run(arguments).code == 65)
    let outcome = try Tool.run(arguments + ["--delta", folder.file("d.ardelta"), "--json"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains(#""agrees" : true"#))
  }

  /// The first in the order of the graph, though another value differs by more.
  @Test func theFirstDifferenceIsNamed() throws {
    let folder = try TemporaryFolder()
    var tensors = try golden("parax_vit_conv357")
    let name = "routing.blocks.1.adapter"
    tensors["logits"] = try changed(tensors["logits"], at: 3, by: 5)
    tensors[name] = try changed(tensors[name], at: 17, by: 0.25)
    tensors["of nobody"] = Tensor([1] as [Float], shape: [1])
    try write(tensors, to: folder.file("golden"))
    let arguments = ["verify"] + Self.model + ["--golden", folder.file("golden")]
    let outcome = try Tool.run(arguments)
    #expect(outcome.code == 65)
    #expect(outcome.output.contains("2 of 7 values differ\nnot values of the model: of nobody"))
    #expect(
      outcome.errors.hasPrefix(
        "adaroute: \(name) is the first value that differs from \(folder.file("golden")): by 2.5e-01 at [1, 0, 2], "
          + "where 2.0e-05 is allowed ("))
    #expect(try Tool.run(arguments + ["--tolerance", "6"]).code == 0)
    let report = try Tool.run(arguments + ["--json", "--tolerance", "0.3"])
    #expect(report.code == 65 && report.errors.contains("logits is the first value that differs"))
    #expect(report.output.contains(#""agrees" : false"#))
  }

  /// A number that is none agrees with nothing but itself.
  @Test func noNumberIsADifference() throws {
    let folder = try TemporaryFolder()
    var tensors = try golden("timm_vit")
    tensors["logits"] = try changed(tensors["logits"], at: 0, by: .nan)
    try write(tensors, to: folder.file("golden"))
    let outcome = try Tool.run(["verify", "fixtures/timm_vit", "--golden", folder.file("golden"), "--json"])
    #expect(outcome.code == 65)
    #expect(outcome.output.contains(#""difference" : "inf""#))
  }

  /// Blocks' ends, and nodes by the names that an exporter gave them, can be asked for as well.
  @Test func valuesInsideTheNetworkAreFound() throws {
    let folder = try TemporaryFolder()
    var tensors = try golden("timm_vit")
    tensors["blocks.2"] = Tensor([Float](repeating: 0, count: 2 * 26 * 48), shape: [2, 26, 48])
    try write(tensors, to: folder.file("golden"))
    let outcome = try Tool.run(["verify", "fixtures/timm_vit", "--golden", folder.file("golden")])
    #expect(outcome.errors.hasPrefix("adaroute: blocks.2 is the first value that differs"), "\(outcome.errors)")
  }
}
