import Graph
import Tensors

/// Where a checkpoint keeps the attention that pools tokens by a query of its own.
struct AttentionPoolNames: Sendable {
  enum Projections: Sendable {
    /// One linear for q, and one for k and v.
    case separateQuery(q: String, keyValue: String)
    /// A weight and a bias for q, k and v.
    case joint(weight: String, bias: String)
  }

  let query: String
  let projections: Projections
  let attentionOutput, norm, hidden, output: String

  static let timm = AttentionPoolNames(
    query: "attn_pool.latent", projections: .separateQuery(q: "attn_pool.q", keyValue: "attn_pool.kv"),
    attentionOutput: "attn_pool.proj", norm: "attn_pool.norm", hidden: "attn_pool.mlp.fc1",
    output: "attn_pool.mlp.fc2")

  /// `prefix` is `vision_model.` or empty.
  static func transformers(_ prefix: String) -> AttentionPoolNames {
    let head = prefix + "head."
    return AttentionPoolNames(
      query: head + "probe",
      projections: .joint(weight: head + "attention.in_proj_weight", bias: head + "attention.in_proj_bias"),
      attentionOutput: head + "attention.out_proj", norm: head + "layernorm", hidden: head + "mlp.fc1",
      output: head + "mlp.fc2")
  }
}

extension ViTBuilder {
  /// y = attention of the learned query to the tokens, then y + MLP(norm(y)); [N, C].
  ///
  /// Source: Zhai et al. 2022, arXiv:2106.04560, section 3.3; SigLIP: arXiv:2303.15343.
  mutating func attentionPooled(_ tokens: ValueID, _ names: AttentionPoolNames) throws -> ValueID {
    let query = try weights.load(names.query, [1, 1, width], role: "pooling query", into: &graph)
    let (q, k, v): (ValueID, ValueID, ValueID)
    switch names.projections {
    case .separateQuery(let projection, let keyValue):
      q = try linear(query, projection, width, width)
      let parts = try columns(linear(tokens, keyValue, width, 2 * width), count: 2)
      (k, v) = (parts[0], parts[1])
    case .joint(let weight, let bias):
      let matrix = try weights.load(weight, [3 * width, width], role: "pooling attention", into: &graph)
      let vector = try weights.load(bias, [3 * width], role: "pooling attention", into: &graph)
      let parts = try [query, tokens, tokens].enumerated().map { part, x in
        let rows = Slice(axis: 0, start: part * width, count: Dimension(width))
        return try graph.add(Linear(), x, graph.add(rows, matrix), graph.add(rows, vector))
      }
      (q, k, v) = (parts[0], parts[1], parts[2])
    }
    let queries = try graph.add(Broadcast([batch, 1, Dimension(width)]), q)
    let scale = 1 / Double(width / configuration.heads).squareRoot()
    let mixed = try graph.add(Attention(heads: configuration.heads, scale: scale), queries, k, v)
    let x = try linear(mixed, names.attentionOutput, width, width)
    let expanded = try mlp(norm(x, names.norm), hidden: names.hidden, output: names.output)
    return try graph.add(Reshape([batch, Dimension(width)]), graph.add(Binary(.add), x, expanded))
  }
}
