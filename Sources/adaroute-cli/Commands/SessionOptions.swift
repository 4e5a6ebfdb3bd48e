import ArgumentParser
import Runtime

/// How a command's model is computed.
struct SessionOptions: ParsableArguments {
  @Option(help: "Threads; by default the CPUs that the process may use.") var threads: Int?
  @Option(help: "Instructions to compute with: scalar, avx2 or avx512; by default the fastest that the CPU has.")
  var tier: String?

  func validate() throws {
    if let threads, !(1...4096).contains(threads) { throw ValidationError("--threads must be from 1 to 4096") }
    guard tier.map({ ["scalar", "avx2", "avx512"].contains($0) }) ?? true else {
      throw ValidationError("--tier must be scalar, avx2 or avx512")
    }
  }

  func settings() throws -> SessionSettings { try SessionSettings(threads: threads, tier: tier) }
}
