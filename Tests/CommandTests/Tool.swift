import Foundation

/// Runs the built tool as a user does.
struct Tool {
  struct Outcome {
    let code: Int32
    let output: String
    let errors: String
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let fixtures = root.appending(path: "fixtures")

  /// The tool stands beside the test bundle.
  private static var executable: URL {
    let arguments = CommandLine.arguments.map { URL(filePath: $0) }
    let places =
      arguments.map { $0.deletingLastPathComponent() }
      + [root.appending(path: ".build/release"), root.appending(path: ".build/debug")]
    return places.map { $0.appending(path: "adaroute") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
      ?? root.appending(path: ".build/release/adaroute")
  }

  /// Arguments are read from `folder`, by default the project's, where `fixtures/` is. `launcher` is a program with
  /// arguments of its own that starts the tool.
  static func run(_ arguments: [String], launcher: [String] = [], in folder: URL = root) throws -> Outcome {
    let process = Process()
    process.executableURL = launcher.first.map { URL(filePath: $0) } ?? executable
    process.arguments = launcher.isEmpty ? arguments : launcher.dropFirst() + [executable.path] + arguments
    process.currentDirectoryURL = folder
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: String(decoding: text, as: UTF8.self), errors: String(decoding: complaints, as: UTF8.self))
  }
}
