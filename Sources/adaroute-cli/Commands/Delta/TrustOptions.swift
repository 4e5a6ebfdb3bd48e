import ArgumentParser
import Delta
import Foundation

/// Whose deltas a command takes.
struct TrustOptions: ParsableArguments {
  @Option(
    help: """
      A file of public keys: only deltas that one of them signed are taken. By default the file that the environment's \
      ADAROUTE_TRUST names, else any delta.
      """)
  var trust: String?

  func policy() throws -> TrustPolicy {
    let path = trust ?? ProcessInfo.processInfo.environment["ADAROUTE_TRUST"].flatMap { $0.isEmpty ? nil : $0 }
    guard let path else { return .anyone }
    return .signedBy(Set(try VerificationKey.read(path)))
  }
}
