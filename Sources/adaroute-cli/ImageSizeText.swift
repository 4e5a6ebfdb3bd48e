import ArgumentParser
import Images

/// Reads HEIGHTxWIDTH; nil for no text. `option` is named where it is malformed.
func parsedImageSize(_ text: String?, option: String) throws -> ImageSize? {
  guard let text else { return nil }
  let sides = text.split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
  guard sides.count == 2, text.filter({ $0 == "x" }).count == 1, sides.allSatisfy({ (1...65_535).contains($0) }) else {
    throw ValidationError("\(option) must be HEIGHTxWIDTH such as 224x224")
  }
  return ImageSize(height: sides[0], width: sides[1])
}
