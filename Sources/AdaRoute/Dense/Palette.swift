/// Colours for classes and things: far from each other, the same every time.
struct Palette {
  /// Where there is no class.
  static let none = SIMD3<UInt8>(32, 32, 32)

  /// Colour `index`: steps of the golden angle around the circle of hues, at lightnesses in turn.
  static func color(_ index: Int) -> SIMD3<UInt8> {
    let hue = (Double(index) * 0.618033988749895 + 0.58).truncatingRemainder(dividingBy: 1)
    let lightness = [0.58, 0.45, 0.70][index / 3 % 3]
    let saturation = [0.75, 0.55][index / 9 % 2]
    func channel(_ offset: Double) -> UInt8 {
      // From HSL: Smith 1978, doi:10.1145/800248.807361, in its closed form.
      let k = (offset + hue * 12).truncatingRemainder(dividingBy: 12)
      let swing = saturation * min(lightness, 1 - lightness)
      return UInt8(((lightness - swing * max(-1, min(k - 3, 9 - k, 1))) * 255).rounded())
    }
    return SIMD3(channel(0), channel(8), channel(4))
  }

  static func colors(_ count: Int) -> [SIMD3<UInt8>] { (0..<count).map { color($0) } }

  /// How light a colour looks, 0 to 1: the luma of ITU-R BT.709.
  static func lightness(_ color: SIMD3<UInt8>) -> Double {
    (0.2126 * Double(color.x) + 0.7152 * Double(color.y) + 0.0722 * Double(color.z)) / 255
  }
}
