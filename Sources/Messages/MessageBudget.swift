public import CProtobufC

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory for one message: a few bytes can ask for much, and libprotobuf-c gives up once this is spent.
public final class MessageBudget {
  private var remaining: Int

  /// `factor` times the message's length and a little more: above what messages take unless they are made to
  /// waste memory.
  public init(forMessageOf byteCount: Int, factor: Int = 16) {
    let (scaled, overflow) = byteCount.multipliedReportingOverflow(by: factor)
    remaining = overflow ? .max : scaled.addingReportingOverflow(1 << 20).overflow ? .max : scaled + (1 << 20)
  }

  /// Valid while this object lives.
  public var allocator: ProtobufCAllocator {
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
