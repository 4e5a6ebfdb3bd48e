import ArgumentParser

struct DeltaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delta", abstract: "Ship what a graft added as a small file bound to its base.",
    discussion: "Example: adaroute delta create grafted.adaroute -o task.ardelta",
    subcommands: [
      DeltaCreateCommand.self, DeltaApplyCommand.self, DeltaInspectCommand.self, DeltaVerifyCommand.self,
      DeltaKeygenCommand.self, DeltaSignCommand.self, DeltaDiffCommand.self,
      DeltaPatchCommand.self,
    ])
}
