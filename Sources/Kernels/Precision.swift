/// What the products with a network's weights are computed from; all else is float32.
public enum Precision: String, Sendable, CaseIterable {
  case float32 = "f32"
  /// Weights rounded to bfloat16, which take half the memory. Where the CPU multiplies such numbers fast, the rows that
  /// meet them are rounded too, and what attention multiplies, and the sums are float32; elsewhere the
  /// arithmetic is that of float32.
  case bfloat16 = "bf16"
  /// 8-bit weights with a scale for each column, and rows quantised as they come, each with its own scale. Products of
  /// one row an image (heads, routers) and convolutions stay float32; attention is that of `bfloat16`.
  case int8
}
