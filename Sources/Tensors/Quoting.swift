/// Text from a file for a message: escaped, cut where it is long.
public func quoted(_ text: String) -> String {
  let head = text.unicodeScalars.prefix(200)
  let shown = String(String.UnicodeScalarView(head))
  return (head.endIndex < text.unicodeScalars.endIndex ? shown + "…" : shown).debugDescription
}
