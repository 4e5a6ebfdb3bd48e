import Backbones
import Foundation

/// The classes' names, in the order of the logits.
enum Labels {
  /// What a checkpoint's config.json states: transformers' `id2label`, timm's
  /// `label_names`, mmsegmentation's and mmdetection's `classes`. Empty where it states
  /// none, or only the numbers that transformers fills in.
  static func stated(in configuration: JSONValue) -> [String] {
    if case .object(let names)? = configuration["id2label"] {
      let labels = (0..<names.count).compactMap { index -> String? in
        guard case .string(let label)? = names["\(index)"] else { return nil }
        return label
      }
      let isFilledIn = labels.enumerated().allSatisfy { $1 == "LABEL_\($0)" }
      return labels.count == names.count && !isFilledIn ? labels : []
    }
    for holder in [configuration, configuration["pretrained_cfg"]].compactMap({ $0 }) {
      guard case .array(let names)? = holder["label_names"] ?? holder["classes"] else { continue }
      let labels = names.compactMap { name -> String? in
        if case .string(let label) = name { label } else { nil }
      }
      if labels.count == names.count { return labels }
    }
    return []
  }

  /// A file of labels: one a line, a JSON array of texts, or a JSON object with `id2label` or `label_names`.
  static func read(_ path: String) throws -> [String] {
    let text = try Source.smallFile(path)
    guard let string = String(validating: text, as: UTF8.self) else {
      throw ModelError.labelsMalformed(path: path, reason: "the file is not UTF-8 text")
    }
    let data = Data(text)
    if let labels = try? JSONDecoder().decode([String].self, from: data) { return labels }
    if let object = try? JSONDecoder().decode(JSONValue.self, from: data), case .object = object {
      let labels = stated(in: object)
      guard !labels.isEmpty else {
        throw ModelError.labelsMalformed(path: path, reason: "it states neither id2label nor label_names")
      }
      return labels
    }
    var lines = string.drop { $0 == "\u{FEFF}" }.split(omittingEmptySubsequences: false) { $0.isNewline }.map(
      String.init)
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let empty = lines.firstIndex(where: \.isEmpty) {
      throw ModelError.labelsMalformed(path: path, reason: "line \(empty + 1) is empty")
    }
    guard !lines.isEmpty else { throw ModelError.labelsMalformed(path: path, reason: "the file is empty") }
    return lines
  }
}
