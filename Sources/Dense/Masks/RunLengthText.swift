extension RunLengthMask {
  /// Runs as COCO writes them in text: six bits a character from "0" on, the lowest five first, the sixth for "goes
  /// on"; from the fourth run on as the difference from the run before the last.
  public var text: String {
    var bytes: [UInt8] = []
    for (index, run) in runs.enumerated() {
      var rest = index > 2 ? run - runs[index - 2] : run
      var goesOn = true
      while goesOn {
        var digit = rest & 0x1f
        rest >>= 5
        // The last digit's highest bit tells the sign.
        goesOn = digit & 0x10 != 0 ? rest != -1 : rest != 0
        if goesOn { digit |= 0x20 }
        bytes.append(UInt8(digit + 48))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads `text`.
  public init(height: Int, width: Int, text: String) throws(MaskError) {
    var runs: [Int] = []
    var (value, shift) = (0, 0)
    for byte in text.utf8 {
      guard (48..<48 + 64).contains(byte), shift < 60 else { throw .text(text) }
      let digit = Int(byte) - 48
      value |= (digit & 0x1f) << shift
      shift += 5
      guard digit & 0x20 == 0 else { continue }
      if digit & 0x10 != 0 { value |= -1 << shift }
      if runs.count > 2 {
        let (sum, overflow) = value.addingReportingOverflow(runs[runs.count - 2])
        guard !overflow else { throw .text(text) }
        value = sum
      }
      runs.append(value)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else { throw .text(text) }
    try self.init(height: height, width: width, runs: runs)
  }
}
