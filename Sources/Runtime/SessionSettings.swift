public import Kernels

/// How a session computes: with how many threads, with which instructions, and from what numbers.
public struct SessionSettings: Sendable {
  /// Nil: the CPUs that the process may use.
  public var threads: Int?
  public var kernels: KernelSet
  public var precision: Precision

  public init(threads: Int? = nil, kernels: KernelSet = .best, precision: Precision = .float32) {
    self.threads = threads
    self.kernels = kernels
    self.precision = precision
  }

  /// `tier` is the name of a kernel set: ``tiers`` are those that this machine runs, nil is the fastest.
  public init(
    threads: Int? = nil, tier: String?, precision: Precision = .float32
  ) throws(RuntimeError) {
    let kernels = tier.map { name in KernelSet.available.first { $0.name == name } } ?? .best
    guard let kernels else { throw .unavailableTier(tier ?? "", available: Self.tiers) }
    self.init(threads: threads, kernels: kernels, precision: precision)
  }

  /// Slowest first.
  public static var tiers: [String] { KernelSet.available.map(\.name) }
}
