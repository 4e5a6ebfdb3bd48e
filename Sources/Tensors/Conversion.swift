// Exact widening and correctly rounded narrowing between element types, a scalar at a time.
// Kernels convert whole rows; this is their reference and serves small tensors.

extension Double {
  /// The element at `position` of row-major `bytes`.
  init(loading type: ElementType, from bytes: UnsafeRawBufferPointer, at position: Int) {
    func load<T: BitwiseCopyable>(_: T.Type) -> T {
      bytes.loadUnaligned(fromByteOffset: position * MemoryLayout<T>.size, as: T.self)
    }
    switch type {
    case .float64: self = load(Double.self)
    case .float32: self = Double(load(Float.self))
    case .float16: self = Double(Float(float16: load(UInt16.self)))
    case .bfloat16: self = Double(Float(bitPattern: UInt32(load(UInt16.self)) << 16))
    case .int64: self = Double(load(Int64.self))
    case .int32: self = Double(load(Int32.self))
    case .int16: self = Double(load(Int16.self))
    case .int8: self = Double(load(Int8.self))
    case .uint64: self = Double(load(UInt64.self))
    case .uint32: self = Double(load(UInt32.self))
    case .uint16: self = Double(load(UInt16.self))
    case .uint8: self = Double(load(UInt8.self))
    case .bool: self = load(UInt8.self) == 0 ? 0 : 1
    }
  }

  func store(as type: ElementType, into bytes: UnsafeMutableRawBufferPointer, at position: Int) {
    func put<T: BitwiseCopyable>(_ value: T) {
      bytes.storeBytes(of: value, toByteOffset: position * MemoryLayout<T>.size, as: T.self)
    }
    switch type {
    case .float64: put(self)
    case .float32: put(Float(self))
    case .float16: put(Float(self).float16Bits)
    case .bfloat16: put(Float(self).bfloat16Bits)
    case .int64: put(Int64(saturating: self))
    case .int32: put(Int32(saturating: self))
    case .int16: put(Int16(saturating: self))
    case .int8: put(Int8(saturating: self))
    case .uint64: put(UInt64(saturating: self))
    case .uint32: put(UInt32(saturating: self))
    case .uint16: put(UInt16(saturating: self))
    case .uint8: put(UInt8(saturating: self))
    case .bool: put(UInt8(self == 0 ? 0 : 1))
    }
  }
}

extension FixedWidthInteger {
  /// Truncates toward zero; NaN gives 0, what is out of range gives the nearest end.
  init(saturating number: Double) {
    if number.isNaN {
      self = 0
    } else if let exact = Self(exactly: number.rounded(.towardZero)) {
      self = exact
    } else {
      self = number < 0 ? .min : .max
    }
  }
}

extension Float {
  /// Widens IEEE binary16 exactly.
  init(float16 bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:  // zero and subnormals: fraction · 2^-24
      let magnitude = Float(fraction) * 0x1p-24
      self = Float(bitPattern: magnitude.bitPattern | sign)
    case 31: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// IEEE binary16, rounded to nearest even.
  var float16Bits: UInt16 {
    let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
    let magnitude = bitPattern & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }  // NaN
    if magnitude >= 0x4780_0000 { return sign | 0x7C00 }  // 2^16 and up, infinity
    if magnitude < 0x3880_0000 {  // below 2^-14: a multiple of 2^-24
      let scaled = Float(bitPattern: magnitude) * 0x1p24
      return sign | UInt16(scaled.rounded(.toNearestOrEven))
    }
    let rebased = magnitude - (112 << 23)
    let rounded = rebased + 0xFFF + ((rebased >> 13) & 1)
    return sign | UInt16(truncatingIfNeeded: rounded >> 13)
  }

  /// The upper half of the bits, rounded to nearest even.
  var bfloat16Bits: UInt16 {
    if isNaN { return UInt16(truncatingIfNeeded: bitPattern >> 16) | 0x40 }
    let (rounded, overflow) = bitPattern.addingReportingOverflow(0x7FFF + ((bitPattern >> 16) & 1))
    return UInt16(truncatingIfNeeded: (overflow ? bitPattern : rounded) >> 16)
  }
}

extension Tensor {
  /// The tensor in another element type; itself where nothing changes.
  public func converted(to target: ElementType) -> Tensor {
    guard target != type else { return self }
    return withView { source in
      Tensor(type: target, shape: shape) { bytes in
        if source.type == .float32, target == .bfloat16 || target == .float16 {
          narrow(source.bytes, to: target, into: bytes)
          return
        }
        if target == .float32, source.type == .bfloat16 || source.type == .float16 {
          widen(source.bytes, from: source.type, into: bytes)
          return
        }
        let result = MutableTensorView(type: target, shape: shape, bytes: bytes)
        let exact = !source.type.isFloatingPoint && !target.isFloatingPoint && target != .bool
        for position in 0..<shape.elementCount {
          if exact {
            result.store(source.integer(at: position), at: position)
          } else {
            result.store(source.number(at: position), at: position)
          }
        }
      }
    }
  }
}

private func narrow(_ source: UnsafeRawBufferPointer, to target: ElementType, into bytes: UnsafeMutableRawBufferPointer)
{
  for position in 0..<bytes.count / 2 {
    let value = source.loadUnaligned(fromByteOffset: position * 4, as: Float.self)
    let bits = target == .bfloat16 ? value.bfloat16Bits : value.float16Bits
    bytes.storeBytes(of: bits, toByteOffset: position * 2, as: UInt16.self)
  }
}

private func widen(_ source: UnsafeRawBufferPointer, from type: ElementType, into bytes: UnsafeMutableRawBufferPointer)
{
  for position in 0..<bytes.count / 4 {
    let bits = source.loadUnaligned(fromByteOffset: position * 2, as: UInt16.self)
    let value = type == .bfloat16 ? Float(bitPattern: UInt32(bits) << 16) : Float(float16: bits)
    bytes.storeBytes(of: value, toByteOffset: position * 4, as: Float.self)
  }
}
