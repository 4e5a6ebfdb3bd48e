import ModelFile
import Safetensors

public enum ModelFileSeeds {
  /// Writes a small model, and that model with what the tests see refused. `path` gives each name its path.
  public static func write(to path: (String) -> String) throws {
    try sampleModel().write(to: path("sample.adaroute"))
    let file = try SafetensorsFile(path: path("sample.adaroute"))
    for (number, spoiling) in spoilings.enumerated() {
      guard let message = try spoiling.message(from: file) else { continue }
      try rewrite(message, besideTensorsOf: file, to: path("spoilt-\(number).adaroute"))
    }
  }
}
