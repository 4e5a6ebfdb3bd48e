import Dense
import Foundation
import Images

/// Segments of images, in COCO's format; PNG files stand in a folder of the JSON file's name without `.json`, or
/// beside it.
struct PanopticFile: Codable {
  struct Image: Codable {
    let id: Int
    let fileName: String?
  }

  struct Entry: Codable {
    let imageId: Int
    let fileName: String
    let segmentsInfo: [PanopticMetric.Segment]

    func map(_ json: String) throws -> PanopticMetric.Map {
      let folder = json.hasSuffix(".json") ? String(json.dropLast(5)) : json
      let beside = URL(filePath: json).deletingLastPathComponent().appending(path: fileName).relativePath
      let inFolder = "\(folder)/\(fileName)"
      let path = FileManager.default.fileExists(atPath: inFolder) ? inFolder : beside
      return PanopticMetric.Map(image: imageId, pixels: try RGBImage(path: path).pixels, segments: segmentsInfo)
    }
  }

  var images: [Image]?
  let annotations: [Entry]
  let categories: [COCOAnnotations.Category]?
}
