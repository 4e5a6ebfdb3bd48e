import CProtobufC

// Plain values from unpacked messages. Texts were checked to be UTF-8 without zero bytes by the scanner.

func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

func texts(_ pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) -> [String] {
  UnsafeBufferPointer(start: pointer, count: count).map { text($0) }
}

func bytes(_ data: ProtobufCBinaryData) -> String {
  String(decoding: UnsafeBufferPointer(start: data.data, count: data.len), as: UTF8.self)
}

/// The messages of a repeated field.
func items<T>(_ pointer: UnsafeMutablePointer<UnsafeMutablePointer<T>?>?, _ count: Int) -> [T] {
  UnsafeBufferPointer(start: pointer, count: count).compactMap { $0?.pointee }
}
