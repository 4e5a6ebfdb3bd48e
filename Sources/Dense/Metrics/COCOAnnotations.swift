public import Foundation

/// Annotated objects of a set of images in COCO's format.
public struct COCOAnnotations: Sendable {
  public struct Image: Codable, Hashable, Sendable {
    public let id: Int
    public let width: Int
    public let height: Int
    public let fileName: String?
  }

  public struct Category: Codable, Hashable, Sendable {
    public let id: Int
    public let name: String?
    public let isthing: Int?

    public init(id: Int, name: String?, isthing: Int?) {
      self.id = id
      self.name = name
      self.isthing = isthing
    }
  }

  public struct Object: Codable, Hashable, Sendable {
    public let id: Int
    public let imageId: Int
    public let categoryId: Int
    public let bbox: [Double]?
    public let area: Double?
    public let iscrowd: Int?
    public let segmentation: COCOSegmentation?
  }

  private struct Document: Codable {
    let images: [Image]
    let annotations: [Object]
    let categories: [Category]
  }

  /// By identifier.
  public let images: [Int: Image]
  /// Ascending by identifier.
  public let categories: [Category]
  public let objects: [Object]

  /// Reads a file of annotations; throws where objects name images or categories that are not there.
  public init(path: String) throws {
    let document = try COCOFile.read(Document.self, path)
    images = try COCOFile.index(document.images, by: \.id, of: path)
    categories = document.categories.sorted { $0.id < $1.id }
    objects = document.annotations
    let known = Set(try COCOFile.index(categories, by: \.id, of: path).keys)
    for object in objects {
      guard images[object.imageId] != nil else { throw MetricError.unknownImage(object.imageId, of: path) }
      guard known.contains(object.categoryId) else { throw MetricError.unknownCategory(object.categoryId, of: path) }
      guard object.bbox?.count ?? 4 == 4 else {
        throw MetricError.malformed(path: path, reason: "the box of object \(object.id) has not four numbers")
      }
    }
  }
}

/// An object that a model found, in COCO's format for results.
public struct COCOResult: Codable, Hashable, Sendable {
  public let imageId: Int
  public let categoryId: Int
  public let bbox: [Double]?
  public let segmentation: COCOSegmentation?
  public let score: Double

  public init(
    imageId: Int, categoryId: Int, bbox: [Double]?, segmentation: COCOSegmentation?, score: Double
  ) {
    self.imageId = imageId
    self.categoryId = categoryId
    self.bbox = bbox
    self.segmentation = segmentation
    self.score = score
  }

  /// Reads a file of results.
  public static func read(_ path: String) throws -> [COCOResult] { try COCOFile.read([COCOResult].self, path) }
}

/// A mask in one of COCO's forms.
public enum COCOSegmentation: Codable, Hashable, Sendable {
  /// Corners x, y of polygons that together are the object.
  case polygons([[Double]])
  case runs(height: Int, width: Int, [Int])
  /// Compressed runs.
  case text(height: Int, width: Int, String)

  private struct Runs: Codable {
    let size: [Int]
    let counts: Counts
  }

  private enum Counts: Codable {
    case numbers([Int])
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .numbers(try container.decode([Int].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .numbers(let numbers): try container.encode(numbers)
      case .text(let text): try container.encode(text)
      }
    }
  }

  /// The compressed runs of a mask.
  public init(_ mask: RunLengthMask) { self = .text(height: mask.height, width: mask.width, mask.text) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let polygons = try? container.decode([[Double]].self) {
      self = .polygons(polygons)
      return
    }
    let runs = try container.decode(Runs.self)
    guard runs.size.count == 2 else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "size must hold height and width")
    }
    switch runs.counts {
    case .numbers(let numbers): self = .runs(height: runs.size[0], width: runs.size[1], numbers)
    case .text(let text): self = .text(height: runs.size[0], width: runs.size[1], text)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .polygons(let polygons): try container.encode(polygons)
    case .runs(let height, let width, let runs):
      try container.encode(Runs(size: [height, width], counts: .numbers(runs)))
    case .text(let height, let width, let text):
      try container.encode(Runs(size: [height, width], counts: .text(text)))
    }
  }

  /// The mask, on an image of this size where it does not state one itself.
  public func mask(height: Int, width: Int) throws(MaskError) -> RunLengthMask {
    switch self {
    case .polygons(let polygons):
      var masks: [RunLengthMask] = []
      for polygon in polygons { masks.append(try RunLengthMask(height: height, width: width, polygon: polygon)) }
      guard !masks.isEmpty else { throw .polygon("no corners") }
      return RunLengthMask(union: masks, height: height, width: width)
    case .runs(let h, let w, let runs):
      guard (h, w) == (height, width) else { throw .size(height: h, width: w) }
      return try RunLengthMask(height: h, width: w, runs: runs)
    case .text(let h, let w, let text):
      guard (h, w) == (height, width) else { throw .size(height: h, width: w) }
      return try RunLengthMask(height: h, width: w, text: text)
    }
  }
}

/// JSON files of COCO's kinds, whose keys have underscores.
public enum COCOFile {
  public static func write(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }

  public static func read<Value: Decodable>(_: Value.Type, _ path: String) throws -> Value {
    let data: Data
    do { data = try Data(contentsOf: URL(filePath: path)) } catch {
      throw MetricError.malformed(path: path, reason: "the file cannot be read")
    }
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Value.self, from: data)
    } catch let error as DecodingError {
      throw MetricError.malformed(path: path, reason: COCOFile.reason(error))
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let keys = context.codingPath.map { key in key.intValue.map { "\($0)" } ?? key.stringValue }
      return keys.isEmpty ? "the JSON" : keys.joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(place(context)) does not state \(key.stringValue)"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(place(context)) holds another kind of value"
    case .dataCorrupted(let context): return "\(place(context)) is malformed"
    @unknown default: return "the JSON is malformed"
    }
  }

  static func index<Value>(_ values: [Value], by id: KeyPath<Value, Int>, of path: String) throws -> [Int: Value] {
    var index: [Int: Value] = [:]
    for value in values where index.updateValue(value, forKey: value[keyPath: id]) != nil {
      throw MetricError.duplicate(value[keyPath: id], of: path)
    }
    return index
  }
}
