import Foundation

extension Preprocessing {
  /// Reads what `Codable` writes, with lengths and numbers checked as in a checkpoint's own files; nil where the
  /// text is missing, malformed or out of range.
  public init?(json text: String?) {
    guard let text, let value = try? JSONDecoder().decode(Preprocessing.self, from: Data(text.utf8)),
      value.isSound
    else { return nil }
    self = value
  }

  private var isSound: Bool {
    let sizes: [ImageSize] =
      switch resize {
      case .none: []
      case .shortestEdge(let side): [ImageSize(height: side, width: side)]
      case .exact(let size), .covering(let size), .fitting(let size): [size]
      }
    let sides = (sizes + [crop?.size].compactMap(\.self)).flatMap { [$0.height, $0.width] }
    return sides.allSatisfy { 1...65535 ~= $0 } && Float(rescaleFactor * 255).isFinite
      && (0..<3).allSatisfy { Float(mean[$0]).isFinite && Float(std[$0]).isFinite && Float(std[$0]) > 0 }
  }
}

extension Preprocessing: CustomStringConvertible {
  /// `shorter side to 256 (bicubic), centre crop 224x224, mean 0.5 0.5 0.5, std 0.5 0.5 0.5`
  public var description: String {
    var steps: [String] = []
    switch resize {
    case .none: break
    case .exact(let size): steps.append("resize to \(size.height)x\(size.width) (\(interpolation))")
    case .shortestEdge(let side): steps.append("shorter side to \(side) (\(interpolation))")
    case .covering(let size): steps.append("resize to cover \(size.height)x\(size.width) (\(interpolation))")
    case .fitting(let size): steps.append("resize to fit \(size.height)x\(size.width) (\(interpolation))")
    }
    if let crop { steps.append("centre crop \(crop.size.height)x\(crop.size.width)") }
    if abs(rescaleFactor - 1 / 255) > 1e-12 { steps.append("times \(rescaleFactor)") }
    func channels(_ values: SIMD3<Double>) -> String { "\(values[0]) \(values[1]) \(values[2])" }
    if mean != .zero || std != .one { steps += ["mean \(channels(mean))", "std \(channels(std))"] }
    return steps.joined(separator: ", ")
  }
}
