import Delta
import Foundation
import Kernels
import Safetensors
import Tensors

// packing TENSORS DELTA ROUNDS: writes the tensors of a safetensors file, which are in memory, as a delta and reads them
// back, on one thread. Prints the medians of the CPU seconds of each, and of the tensors' digests alone.
let arguments = CommandLine.arguments
guard arguments.count == 4, let rounds = Int(arguments[3]), rounds > 0 else {
  FileHandle.standardError.write(Data("usage: packing TENSORS DELTA ROUNDS\n".utf8))
  exit(64)
}

func median(of rounds: Int, _ body: () throws -> Void) rethrows -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
  let times = try (0..<rounds).map { _ in
    let start = now()
    try body()
    return now() - start
  }
  return times.sorted()[rounds / 2]
}

let file = try SafetensorsFile(path: arguments[1])
let tensors = try file.entries.map { entry in
  let mapped = try file.tensor(named: entry.name)
  let copy = Tensor(type: mapped.type, shape: mapped.shape) { target in
    mapped.withBytes { target.copyMemory(from: $0) }
  }
  return (entry.name, copy)
}
let manifest = DeltaManifest(producer: "packing", baseTensors: [], method: "adaroute", configuration: "{}")
let one = ThreadPool(threads: 1)
try DeltaWriter.write(to: arguments[2], manifest: manifest, tensors: tensors, pool: one)
// Without the file system.
let write = try median(of: rounds) {
  try DeltaWriter.write(to: "/dev/null", manifest: manifest, tensors: tensors, pool: one)
}
let read = try median(of: rounds) { _ = try DeltaFile(path: arguments[2]).tensors(pool: one) }
let digests = median(of: rounds) { for (_, tensor) in tensors { _ = Digest(of: tensor) } }
print(String(format: "{\"write\": %.4f, \"read\": %.4f, \"digests\": %.4f}", write, read, digests))
