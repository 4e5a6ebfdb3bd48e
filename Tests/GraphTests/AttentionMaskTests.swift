import Graph
import Tensors
import Testing

@Suite struct AttentionMaskTests {
  /// Which keys each query sees.
  func visible(_ mask: AttentionMask, _ operands: Tensor...) throws -> [String] {
    let result = try operands.isEmpty ? evaluate(mask) : evaluate(mask, operands[0])
    let columns = result.shape[3]
    let numbers = result.numbers
    return (0..<result.shape[2]).map { row in
      (0..<columns).map { numbers[row * columns + $0] == 0 ? "1" : "0" }.joined()
    }
  }

  func mask(
    isCausal: Bool = false, left: Int? = nil, right: Int? = nil, present: Set<AttentionMask.Operand> = []
  ) -> AttentionMask {
    AttentionMask(.float32, rows: 3, columns: 4, isCausal: isCausal, left: left, right: right, present: present)
  }

  @Test func windows() throws {
    #expect(try visible(mask(left: 1)) == ["1111", "1111", "0111"])
    #expect(try visible(mask(right: 0)) == ["1000", "1100", "1110"])
    #expect(try visible(mask(left: 0, right: 1)) == ["1100", "0110", "0011"])
    #expect(try visible(mask(isCausal: true, left: 1, right: 9)) == ["1000", "1100", "0110"])
    let past = Tensor([0] as [Float], shape: [1, 1, 1, 1])
    #expect(try visible(mask(left: 0, right: 0, present: [.past]), past) == ["0100", "0010", "0001"])
  }

  @Test func windowsComeBackFromFiles() throws {
    let own = mask(left: 3, right: 0)
    #expect(try AttentionMask(attributes: own.attributes).attributes == own.attributes)
    // Files from before windows have no such attributes.
    let open = mask(isCausal: true)
    #expect(open.attributes.values["left"] == nil)
    #expect(try AttentionMask(attributes: open.attributes).left == nil)
    var wrong = own.attributes.values
    wrong["left"] = .integer(-1)
    #expect(throws: TypeError.self) { try AttentionMask(attributes: Attributes(wrong)) }
  }
}
