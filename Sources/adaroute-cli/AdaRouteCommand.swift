import AdaRoute
import ArgumentParser
import Foundation
import Tensors

@main
struct AdaRouteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adaroute",
    abstract: "Convert vision backbones, graft AdaRoute adapters, run them on ordinary CPUs.",
    discussion: """
      Exit codes: 0 success, 64 wrong command line, 65 wrong data, 66 no such input, 69 unsupported, \
      73 cannot create a file, 74 cannot read or write, 77 a delta is not signed by whom is trusted, 78 base and delta do not match.

      Example:
        adaroute convert vit_base -o vit_base.adaroute
        adaroute graft vit_base.adaroute --weights task.safetensors -o grafted.adaroute
        adaroute delta create grafted.adaroute -o task.ardelta
        adaroute run vit_base.adaroute --delta task.ardelta --image cat.jpg
      """,
    subcommands: [
      ConvertCommand.self, InspectCommand.self, GraftCommand.self, DeltaCommand.self, RunCommand.self,
      VerifyCommand.self, EvaluateCommand.self, BenchCommand.self, ExportCommand.self,
    ])

  static func main() {
    // A file that grows beyond the limit is an error to report, not a signal to die of.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error where isOurs(error) {
      // Whatever a file's text is, it must not command the terminal.
      let lines = "\(error)".split(separator: "\n", omittingEmptySubsequences: false).map { visible(String($0)) }
      try? FileHandle.standardError.write(contentsOf: Data("adaroute: \(lines.joined(separator: "\n"))\n".utf8))
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
