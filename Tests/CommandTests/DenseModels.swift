import Foundation
import Testing

extension TemporaryFolder {
  /// A fixture's dense network converted, for images of `scale`.
  func denseModel(_ name: String, scale: [Int]? = nil, labels: String? = nil) throws -> String {
    let source = Tool.fixtures.appending(path: "dense/\(name)")
    let data = try Data(contentsOf: source.appending(path: "case.json"))
    var configuration = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    configuration["img_scale"] = scale ?? configuration["img_scale"]
    let config = try write("\(name).json", JSONSerialization.data(withJSONObject: configuration))
    let path = file("\(name).adaroute")
    let checkpoint = source.appending(path: "checkpoint.pth").path
    let outcome = try Tool.run(
      ["convert", checkpoint, "--config", config, "-o", path] + (labels.map { ["--labels", $0] } ?? []))
    try #require(outcome.code == 0, "\(outcome.errors)")
    return path
  }
}
