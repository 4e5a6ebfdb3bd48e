import ArgumentParser
import Kernels
import Runtime

/// How a command's model is computed.
struct SessionOptions: ParsableArguments {
  @Option(help: "Threads; by default the CPUs that the process may use.") var threads: Int?
  @Option(help: "Instructions to compute with: scalar, avx2 or avx512; by default the fastest that the CPU has.")
  var tier: String?

  @Option(
    help: """
      What products with the weights are computed from: f32; bf16, in half the memory, and faster where the CPU \
      multiplies such numbers; int8, in a quarter of it and faster, with the rows quantised as they come.
      """)
  var precision = PrecisionName.f32

  func validate() throws {
    if let threads, !(1...4096).contains(threads) { throw ValidationError("--threads must be from 1 to 4096") }
    guard tier.map({ ["scalar", "avx2", "avx512"].contains($0) }) ?? true else {
      throw ValidationError("--tier must be scalar, avx2 or avx512")
    }
  }

  func settings() throws -> SessionSettings {
    try SessionSettings(threads: threads, tier: tier, precision: precision.precision)
  }
}

/// The names of precisions on the command line.
enum PrecisionName: String, ExpressibleByArgument, CaseIterable {
  case f32, bf16, int8

  var precision: Precision {
    switch self {
    case .f32: .float32
    case .bf16: .bfloat16
    case .int8: .int8
    }
  }
}
