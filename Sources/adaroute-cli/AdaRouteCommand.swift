import AdaRoute
import ArgumentParser
import Foundation

@main
struct AdaRouteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adaroute",
    abstract: "Convert vision backbones, graft AdaRoute adapters, run them on ordinary CPUs.",
    discussion: """
      Exit codes: 0 success, 64 wrong command line, 65 wrong data, 66 no such input, 69 unsupported, \
      73 cannot create a file, 74 cannot read or write, 78 base and delta do not match.

      Example: adaroute inspect vit_base/model.safetensors
      """,
    subcommands: [InspectCommand.self, RunCommand.self, BenchCommand.self])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error where isOurs(error) {
      FileHandle.standardError.write(Data("adaroute: \(error)\n".utf8))
      Foundation.exit(Failure(error).rawValue)
    } catch {
      exit(withError: error)
    }
  }

  /// What the argument parser throws itself, it also words itself.
  private static func isOurs(_ error: any Error) -> Bool {
    !(error is ValidationError || error is CleanExit || error is ArgumentParser.ExitCode)
      && exitCode(for: error) == .failure
  }
}
