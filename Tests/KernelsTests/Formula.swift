import Glibc

/// The functions in Double.
enum Formula {
  static func gelu(_ x: Double) -> Double { 0.5 * x * erfc(-x / 2.squareRoot()) }
  static func geluTanh(_ x: Double) -> Double {
    x * sigmoid(2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))
  }
  static func quickGELU(_ x: Double) -> Double { x * sigmoid(1.702 * x) }
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
