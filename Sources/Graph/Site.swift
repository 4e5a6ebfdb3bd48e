/// A place in a network where a graft may change a value: what is adapted, how it is laid out, where it stands.
public struct Site: Hashable, Sendable {
  public enum Layout: Hashable, Sendable {
    /// `[N, prefix + height·width, C]`: `prefix` class, distillation and register tokens come first.
    case tokens(prefix: Int, height: Dimension, width: Dimension)
    /// `[N, height, width, C]`
    case nhwc
    /// `[N, C, height, width]`
    case nchw
  }

  /// The block the site belongs to, as its source names it: `blocks.3`.
  public let block: String
  /// Counts the sites of one block from 1; 0 where a block has only one.
  public let slot: Int
  /// The stage the block belongs to; nil where the network has no stages.
  public let stage: Int?
  public let layout: Layout
  public let value: ValueID

  public init(block: String, slot: Int = 0, stage: Int? = nil, layout: Layout, value: ValueID) {
    self.block = block
    self.slot = slot
    self.stage = stage
    self.layout = layout
    self.value = value
  }

  func moved(to value: ValueID) -> Site {
    Site(block: block, slot: slot, stage: stage, layout: layout, value: value)
  }
}
