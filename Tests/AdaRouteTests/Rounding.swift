import Foundation
import Safetensors
import Tensors

/// What float32 makes of a network whose weights amplify rounding, so that no float32 reference holds to `parity`.
///
/// Its outputs are compared with what `scripts/fixtures/make_swin_double.py` computes in float64. How far half a unit
/// in the last place of every weight moves them is measured there, stage by stage; four times that is allowed, as
/// float32 rounds not once but after every operator.
struct Rounding {
  let exact: SafetensorsFile
  private let sensitivity: [Float]

  /// Nil for a fixture that was not computed in float64.
  init?(_ fixture: Fixture) throws {
    let path = fixture.path("double.safetensors")
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    exact = try SafetensorsFile(path: path)
    sensitivity = try exact.tensor(named: "sensitivity").scalars() ?? []
  }

  /// Of an output whose name's first number is its stage: `stage2`, `routing.layers.2.blocks.0.adapter1`.
  func bound(_ name: String) -> Float {
    let stage = name.first(where: \.isNumber).flatMap(\.wholeNumberValue) ?? 0
    return 4 * sensitivity[stage]
  }

  var largest: Float { 4 * (sensitivity.last ?? 0) }
}
