public enum TorchSeeds {
  /// What the tests see refused, and checkpoints that are sound.
  public static var files: [(name: String, bytes: [UInt8])] {
    let value = Pickle.dict(("a", Pickle.tensor()))
    let values = [value, trained, pairs, subclass, settings, Pickle.opcode("(") + [0x4E] + Pickle.opcode("1") + value]
    return Hostile.small.map { ($0.name, $0.bytes) } + [("legacy", legacy(value)), ("zip64", zip64(value).bytes)]
      + values.enumerated().map { ("archive \($0)", Archive(of: $1).bytes) }
  }

  /// What training tools keep beside the tensors.
  private static var trained: [UInt8] {
    let classes = Pickle.tuple(Pickle.text("cat"), Pickle.text("dog"))
    return Pickle.dict(
      (
        "meta",
        Pickle.dict(
          ("CLASSES", classes), ("config", Pickle.text("model = 1")), ("epoch", Pickle.int(160)),
          ("note", Pickle.text(String(repeating: "x", count: 2000))))
      ),
      ("state_dict", Pickle.dict(("backbone.a", Pickle.tensor()), ("head.b", Pickle.tensor()))))
  }

  /// An OrderedDict as Python 2 writes it: of a list of pairs.
  private static var pairs: [UInt8] {
    let pair = Pickle.tuple(Pickle.text("a"), Pickle.tensor())
    return Pickle.call(Pickle.global("collections", "OrderedDict"), Pickle.opcode("]") + pair + Pickle.opcode("a"))
  }

  /// A parameter with attributes, and one of a class of its own.
  private static var subclass: [UInt8] {
    let arguments = Pickle.tuple(
      Pickle.storage(count: 6), Pickle.int(0), Pickle.integers([6]), Pickle.integers([1]), [0x89], Pickle.opcode("}"))
    let own = Pickle.call(
      Pickle.global("torch._tensor", "_rebuild_from_type_v2"), Pickle.global("torch._utils", "_rebuild_tensor_v2"),
      Pickle.global("torch.nn.parameter", "Parameter"), arguments, Pickle.opcode("}"))
    let parameter = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_parameter"), Pickle.tensor(), [0x88], Pickle.opcode("}"))
    return Pickle.dict(("a", own), ("b", parameter))
  }

  /// Values that are carried unread: bytes, sets, an object made with keywords.
  private static var settings: [UInt8] {
    let object = Pickle.global("argparse", "Namespace") + Pickle.opcode(")") + Pickle.opcode("}") + [0x92]
    return Pickle.dict(
      ("bytes", Pickle.opcode("C") + [2, 1, 2]), ("set", Pickle.opcode("(") + Pickle.int(1) + [0x91]),
      ("object", object + Pickle.opcode("}") + Pickle.opcode("b")),
      ("dropped", [0x4E, 0x4E] + Pickle.opcode("0") + Pickle.opcode("(") + Pickle.opcode("0")),
      ("latin", Pickle.call(Pickle.global("_codecs", "encode"), Pickle.text("é"), Pickle.text("latin1"))),
      ("size", Pickle.call(Pickle.global("torch", "Size"), Pickle.integers([2, 3]))),
      ("again", object + Pickle.opcode(")") + Pickle.opcode("R")), ("a", Pickle.tensor()))
  }
}
