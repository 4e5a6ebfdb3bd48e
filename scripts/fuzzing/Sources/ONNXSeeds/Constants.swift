// Attributes, and constants that nodes may read.

func int(_ name: String, _ number: Int64) -> Bytes { attribute(name, type: 2, field(3, number)) }
func ints(_ name: String, _ numbers: [Int64]) -> Bytes { attribute(name, type: 7, packed(8, numbers)) }
func text(_ name: String, _ text: String) -> Bytes { attribute(name, type: 3, field(4, text)) }
func bits(_ number: Float) -> Bytes { withUnsafeBytes(of: number.bitPattern.littleEndian) { Bytes($0) } }

func float(_ name: String, _ number: Float) -> Bytes {
  attribute(name, type: 1, tag(2, wireType: 5) + bits(number))
}

func floats(_ name: String, _ numbers: [Float]) -> Bytes {
  attribute(name, type: 6, field(7, numbers.flatMap(bits)))
}

func list(_ name: String, _ numbers: Int64...) -> Bytes {
  tensor(name, type: 7, dims: [Int64(numbers.count)], packed(7, numbers))
}

func scalar(_ name: String, _ number: Int64) -> Bytes { tensor(name, type: 7, dims: [], packed(7, [number])) }

func numbers(_ name: String, _ dims: [Int64], _ numbers: [Float]) -> Bytes {
  let count = Int(dims.reduce(1, *))
  return tensor(name, dims: dims, field(4, (0..<count).flatMap { bits(numbers[$0 % numbers.count]) }))
}

/// What the models read beside x.
let constants: [Bytes] = [
  scalar("zero", 0), scalar("one", 1), scalar("two", 2), scalar("four", 4), scalar("six", 6), scalar("minusOne", -1),
  scalar("thrice", 3), scalar("far0", 1 << 40), list("list0", 0), list("list1", 1), list("list2", 2), list("list3", 3),
  list("minus", -1), list("far", 1 << 40), list("back", -9), list("seven", 7, -1), list("picks", 2, 0),
  list("ones", 1, 1, 1, 1), list("rows", 2, 3), list("rowsOf3", -1, 3), list("zeros5", 0, 0, 0, 0, 0),
  list("square", 3, 5), list("sizes", 2, 3, 5, 6), list("widths", 0, 0, 1, 1, 0, 0, 1, 1),
  list("cuts", 0, -2, 0, 0, 0, -2, 0, 0), tensor("row", type: 7, dims: [1, 3], packed(7, [0, 1, 2])),
  tensor("whole", type: 7, dims: [2, 2], packed(7, [1, 2, 3, 4])), tensor("zero8", type: 3, dims: [1], raw(1)),
  tensor("zeros8", type: 3, dims: [2], raw(2)), numbers("doubling", [4], [1, 1, 2, 2]), numbers("scale1", [1], [0.5]),
  numbers("three", [3], [1, 2, 3]), numbers("zerof", [], [0]), numbers("endf", [], [4]), numbers("stepf", [], [1]),
  numbers("token", [1, 1, 4], [1, -1]), numbers("grid", [2, 3, 3, 2], [-1, 0.5, 1, 0.25]),
  numbers("boxes", [1, 4], [0, 0, 3, 3]), numbers("kernel", [3, 3, 2, 2], [1, -0.5, 0.25]),
]
