import Backbones
public import Grafting

extension AdaRouteConfiguration {
  /// Reads settings from a JSON file: the object itself, or what it holds under `adapter`. Absent keys have their
  /// defaults, unknown ones are refused.
  public init(file path: String) throws {
    let text = try Source.smallFile(path)
    do {
      let root = try JSONValue(object: text)
      let settings = root["adapter"] ?? root
      if let unknown = settings.keys.first(where: { !Self.keys.contains($0) }) {
        throw ModelError.methodConfiguration(
          path: path, reason: "unknown key \(unknown); known are " + Self.keys.joined(separator: ", "))
      }
      try self.init(json: settings)
    } catch let error as BackboneError {
      throw ModelError.methodConfiguration(path: path, reason: "\(error)")
    }
  }

  private static let keys = [
    "kernel_sizes", "kernels", "layerScale", "rank", "residualScale", "routerHidden", "router_hidden", "spatial",
  ]

  private init(json: JSONValue) throws(BackboneError) {
    var settings = AdaRouteConfiguration()
    settings.rank = try json.integer("rank") ?? settings.rank
    let hidden = try json.integer("router_hidden")
    settings.routerHidden = try json.integer("routerHidden") ?? hidden ?? settings.routerHidden
    settings.spatial = try json.flag("spatial") ?? settings.spatial
    settings.layerScale = try json.flag("layerScale") ?? settings.layerScale
    settings.residualScale = try json.flag("residualScale") ?? settings.residualScale
    for key in ["kernels", "kernel_sizes"] where json[key] != nil {
      guard case .array(let items)? = json[key] else {
        throw .configValue(key: key, expected: "a list of integers", found: json[key].map { "\($0)" } ?? "")
      }
      settings.kernels = []
      for item in items {
        settings.kernels.append(try JSONValue.object([key: item]).integer(key) ?? 0)
      }
    }
    if !settings.spatial { settings.kernels = [] }
    self = settings
  }
}
