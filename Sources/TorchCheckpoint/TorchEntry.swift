public import Tensors

/// One tensor as a checkpoint describes it, checked against the storage that it looks into.
public struct TorchEntry: Hashable, Sendable {
  public let name: String
  public let type: TorchType
  public let shape: Shape
  /// Elements from one to the next of an axis; nil where the elements follow one another in row-major order.
  public let strides: [Int]?
  /// From the first element's first byte to the last one's end, counted from the start of the file.
  public let byteRange: Range<Int>
  /// Whether values are conjugated or negated when they are read.
  let isTransformed: Bool

  /// The same tensor under another name.
  func named(_ name: String) -> TorchEntry {
    TorchEntry(
      name: name, type: type, shape: shape, strides: strides, byteRange: byteRange,
      isTransformed: isTransformed)
  }

  init(
    name: String, type: TorchType, shape: Shape, strides: [Int]?, byteRange: Range<Int>, isTransformed: Bool
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.strides = strides
    self.byteRange = byteRange
    self.isTransformed = isTransformed
  }

  init(_ name: String, _ tensor: PickleHeap.Tensor, in contents: TorchContents, path: String)
    throws(TorchError)
  {
    let heap = contents.heap
    let storage = heap.storages[tensor.storage]
    guard let bytes = contents.storages[storage.key] else {
      throw .storageMissing(path: path, tensor: name, storage: storage.key)
    }
    let (stated, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
    guard storage.count >= 0, !overflow, stated == bytes.count else {
      throw .storageSize(
        path: path, tensor: name, storage: storage.key, type: storage.type, count: storage.count,
        found: bytes.count)
    }
    let extents = heap.integers(tensor.sizes) ?? []
    let strides = heap.integers(tensor.strides) ?? []
    guard let shape = Shape(checking: extents) else {
      throw .shapeOutOfRange(path: path, tensor: name, extents: extents)
    }
    guard strides.count == extents.count, strides.allSatisfy({ $0 >= 0 }) else {
      throw .strides(path: path, tensor: name, extents: extents, strides: strides)
    }
    let size = tensor.type.size
    let capacity = bytes.count / size
    guard let span = TorchEntry.span(extents, strides, from: tensor.offset), span.upperBound <= capacity
    else {
      throw .outsideStorage(
        path: path, tensor: name, offset: tensor.offset, extents: extents, strides: strides,
        expected: capacity)
    }
    let follows = zip(extents, zip(strides, shape.strides)).allSatisfy { $0 == 1 || $1.0 == $1.1 }
    // An axis of one element is never stepped along, so its stride may be anything.
    let steps = zip(extents, strides).map { $0 == 1 ? 0 : $1 }
    self.init(
      name: name, type: tensor.type, shape: shape, strides: shape.elementCount == 0 || follows ? nil : steps,
      byteRange: bytes.lowerBound + span.lowerBound * size..<bytes.lowerBound + span.upperBound * size,
      isTransformed: tensor.isTransformed)
  }

  /// The elements of a storage from a tensor's first to its last; nil where that is out of range.
  private static func span(_ extents: [Int], _ strides: [Int], from offset: Int) -> Range<Int>? {
    guard offset >= 0 else { return nil }
    guard !extents.contains(0) else { return 0..<0 }
    var last = offset
    for (extent, stride) in zip(extents, strides) {
      let (step, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(step)
      guard !overflow, !carry, sum < .max else { return nil }
      last = sum
    }
    return last == .max ? nil : offset..<last + 1
  }
}
