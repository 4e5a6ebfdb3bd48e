import Graph
import Tensors
import Testing

@Suite struct NormRuleTests {
  struct Form {
    var axis = 2
    var epsilonFirst = false
    var factorFirst = false
    var gamma: Shape = [4]
    var beta: Shape = [1, 1, 4]
    var squaresItself = true
    var dividesOther = false
  }

  func norm(_ form: Form) throws -> Graph {
    var builder = Builder()
    let x = builder.input("x", [.symbol("N"), 4, 4])
    func kept(_ builder: inout Builder, _ value: ValueID) throws -> ValueID {
      var dimensions: [Dimension] = [.symbol("N"), 4, 4]
      dimensions[form.axis] = 1
      return try builder.add(Reshape(dimensions), builder.add(Mean(axis: form.axis), value))
    }
    let centred = try builder.add(Binary(.subtract), x, kept(&builder, x))
    let square = try builder.add(Binary(.multiply), centred, form.squaresItself ? centred : x)
    let variance = try kept(&builder, square)
    let epsilon = builder.scalar(1e-5)
    let sum =
      try form.epsilonFirst
      ? builder.add(Binary(.add), epsilon, variance) : builder.add(Binary(.add), variance, epsilon)
    let root = try builder.add(Unary(.sqrt), sum)
    let normed = try builder.add(Binary(.divide), form.dividesOther ? x : centred, root)
    let gamma = builder.constant("gamma", numbers(form.gamma, seed: 2))
    let scaled =
      try form.factorFirst
      ? builder.add(Binary(.multiply), gamma, normed) : builder.add(Binary(.multiply), normed, gamma)
    let beta = builder.constant("beta", numbers(form.beta, seed: 3))
    return builder.output(try builder.add(Binary(.add), scaled, beta))
  }

  @Test func theUsualForms() throws {
    let expected = ["layerNorm epsilon=1e-05"]
    #expect(try rewritten(norm(Form()), [.fuseLayerNorm]) == expected)
    #expect(try rewritten(norm(Form(epsilonFirst: true, factorFirst: true)), [.fuseLayerNorm]) == expected)
    #expect(try rewritten(norm(Form(gamma: [1, 4], beta: [4])), [.fuseLayerNorm]) == expected)
  }

  @Test func whatIsNoLayerNorm() throws {
    #expect(try isLeftAlone(norm(Form(axis: 1)), by: [.fuseLayerNorm]))
    #expect(try isLeftAlone(norm(Form(gamma: [4, 1])), by: [.fuseLayerNorm]))
    #expect(try isLeftAlone(norm(Form(beta: [4, 4])), by: [.fuseLayerNorm]))
    #expect(try isLeftAlone(norm(Form(squaresItself: false)), by: [.fuseLayerNorm]))
    #expect(try isLeftAlone(norm(Form(dividesOther: true)), by: [.fuseLayerNorm]))
  }
}
