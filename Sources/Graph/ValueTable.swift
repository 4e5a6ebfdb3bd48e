/// Something about each value of a graph, looked up by the value's number: planning asks a hundred times a node.
public struct ValueTable<Entry> {
  @usableFromInline var entries: [Entry]

  /// The same of every value that the graph has now.
  public init(_ graph: Graph, repeating entry: Entry) {
    entries = Array(repeating: entry, count: graph.valueCount)
  }

  @inlinable public subscript(value: ValueID) -> Entry {
    get { entries[value.raw] }
    _modify { yield &entries[value.raw] }
  }
}
