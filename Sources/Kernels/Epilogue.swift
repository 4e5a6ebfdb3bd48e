internal import CKernels

/// A function applied to every element of a matrix product.
public enum Activation: Int32, Sendable, CaseIterable {
  case none = 0
  /// x/2 (1 + erf(x/√2))
  case gelu = 1
  /// x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))
  case geluTanh = 2
  /// x sigmoid(1.702 x)
  case quickGELU = 3
  case relu = 4
}

/// What happens to a matrix product before it is stored: activation(x + bias) + residual.
public struct Epilogue {
  /// [n]
  public var bias: UnsafePointer<Float>?
  public var activation: Activation
  /// [m, n], rows `residualStride` elements apart. May be the result's own buffer.
  public var residual: UnsafePointer<Float>?
  public var residualStride: Int

  public init(
    bias: UnsafePointer<Float>? = nil, activation: Activation = .none,
    residual: UnsafePointer<Float>? = nil,
    residualStride: Int = 0
  ) {
    self.bias = bias
    self.activation = activation
    self.residual = residual
    self.residualStride = residualStride
  }

  var isEmpty: Bool { bias == nil && activation == .none && residual == nil }

  /// The epilogue of the block that starts at this row and column.
  func block(row: Int, column: Int = 0) -> ck_epilogue {
    ck_epilogue(
      bias: bias.map { $0 + column }, residual: residual.map { $0 + row * residualStride + column },
      residual_stride: residualStride, activation: activation.rawValue)
  }
}
