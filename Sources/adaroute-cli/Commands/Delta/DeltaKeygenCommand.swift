import AdaRoute
import ArgumentParser
import Delta

struct DeltaKeygenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen", abstract: "Make a pair of keys to sign deltas with.",
    discussion: """
      Writes FILE, an Ed25519 private key to keep to yourself, and FILE.pub, the public key to hand out; both in PEM, \
      as OpenSSL reads and writes them. Existing files are never replaced.

      Example: adaroute delta keygen -o team.key
      """)

  @Option(name: [.customShort("o"), .customLong("output")], help: "The private key to write.") var output: String
  @Flag(help: "Report as JSON.") var json = false

  func run() throws {
    let key = SigningKey()
    let report = KeyReport(key.verificationKey, privateKey: output, publicKey: output + ".pub")
    try key.write(to: report.privateKey, publicPath: report.publicKey)
    try printReport(json ? report.json : report.text)
  }
}
