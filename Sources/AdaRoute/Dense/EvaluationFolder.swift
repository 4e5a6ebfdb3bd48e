import Dense
import Foundation
import Tensors

/// A folder where results of an evaluation are gathered, an image at a time; each file is whole or not there.
struct EvaluationFolder {
  let path: String

  /// Says what the folder's results are of.
  private static let manifest = "evaluation.json"

  /// Makes the folder, or goes on with one whose results are of the same `origin`: what they depend on, by name.
  init(_ path: String, origin: [String: String]) throws {
    self.path = path
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw FileError.cannotCreate(path: path, reason: "the folder cannot be made")
    }
    guard exists(Self.manifest) else {
      // What a writer that was killed left of the manifest is no other's file.
      let others = try Evaluation.files(in: path, suffix: "").filter { !$0.hasPrefix(Self.manifest + ".") }
      guard others.isEmpty else { throw EvaluationError.foreignFolder(path) }
      try write([UInt8](COCOFile.write(origin)), Self.manifest)
      return
    }
    let stated = try COCOFile.read([String: String].self, file(Self.manifest))
    let differing = Set(stated.keys).union(origin.keys).filter { stated[$0] != origin[$0] }
    guard differing.isEmpty else { throw EvaluationError.otherResults(path, differing: differing.sorted()) }
  }

  func file(_ name: String) -> String { joinedPath(path, name) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

  func write(_ bytes: [UInt8], _ name: String) throws {
    let output = try OutputFile(path: file(name))
    try output.write(bytes)
    try output.commit()
  }
}
