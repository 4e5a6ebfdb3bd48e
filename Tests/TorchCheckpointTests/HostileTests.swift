import Testing

extension Hostile: CustomTestStringConvertible {
  var testDescription: String { name }
}

@Suite struct HostileTests {
  @Test(arguments: Hostile.all) func isRefused(_ hostile: Hostile) throws {
    let refusal = try TemporaryFolder().refusal(hostile.bytes)
    #expect(refusal == hostile.message)
  }

  @Test func thereAreManyOfThem() {
    #expect(Hostile.all.count >= 90)
  }
}
