internal import CProtobufC

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory for one message: a few bytes can ask for much, and libprotobuf-c gives up once this is spent.
final class MessageBudget {
  private var remaining: Int

  /// `byteCount` is at most `ONNXLimits.skeletonBytes`, so nothing overflows.
  init(forMessageOf byteCount: Int) { remaining = ONNXLimits.unpackedFactor * byteCount + (1 << 20) }

  /// Valid while this object lives.
  var allocator: ProtobufCAllocator {
    ProtobufCAllocator(
      alloc: { context, size in
        guard let context else { return nil }
        let budget = Unmanaged<MessageBudget>.fromOpaque(context).takeUnretainedValue()
        guard size <= budget.remaining else { return nil }
        budget.remaining -= size
        return malloc(max(size, 1))
      },
      free: { _, pointer in free(pointer) },
      allocator_data: Unmanaged.passUnretained(self).toOpaque())
  }
}
