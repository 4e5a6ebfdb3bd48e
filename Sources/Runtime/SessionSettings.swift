public import Kernels

/// How a session computes: with how many threads, and with which instructions.
public struct SessionSettings: Sendable {
  /// Nil: the CPUs that the process may use.
  public var threads: Int?
  public var kernels: KernelSet

  public init(threads: Int? = nil, kernels: KernelSet = .best) {
    self.threads = threads
    self.kernels = kernels
  }

  /// `tier` is the name of a kernel set: ``tiers`` are those that this machine runs, nil is the fastest.
  public init(threads: Int? = nil, tier: String?) throws(RuntimeError) {
    let kernels = tier.map { name in KernelSet.available.first { $0.name == name } } ?? .best
    guard let kernels else { throw .unavailableTier(tier ?? "", available: Self.tiers) }
    self.init(threads: threads, kernels: kernels)
  }

  /// Slowest first.
  public static var tiers: [String] { KernelSet.available.map(\.name) }
}
