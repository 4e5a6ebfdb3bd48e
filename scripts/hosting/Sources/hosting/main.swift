import AdaRoute
import Delta
import Foundation
import Tensors

// hosting BASE INPUT DELTA...: INPUT is a safetensors file of one input of a single image.
let arguments = CommandLine.arguments
guard arguments.count >= 4 else {
  FileHandle.standardError.write(Data("usage: hosting BASE INPUT DELTA...\n".utf8))
  exit(64)
}
let deltas = Array(arguments[3...])

func residentBytes() throws -> Int {
  let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  return (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let time = try clock.measure(body).components
  return Double(time.seconds) + Double(time.attoseconds) * 1e-18
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

let base = try Model(path: arguments[1])
let one = try RunBatch(input: arguments[2], for: base).inputs()
let eight = one.mapValues { Tensor(stacking: Array(repeating: $0, count: 8)) ?? $0 }

// How long a delta takes to its first answer, beside the base's next answer.
let host = DeltaHost(base)
_ = try host.run(one, delta: nil)
let plain = try median((0..<9).map { _ in try seconds { _ = try host.run(one, delta: nil) } })
let starts = try deltas.map { delta in
  let load = try seconds { try host.load(delta, as: "first") }
  let answer = try seconds { _ = try host.run(one, delta: "first") }
  let next = try median((0..<9).map { _ in try seconds { _ = try host.run(one, delta: "first") } })
  return (load: load, answer: answer, next: next)
}
print(
  String(
    format: "answer without a delta %.1f ms, load and first answer with one %.1f ms: load %.1f, answer %.1f, next %.1f",
    plain * 1e3, median(starts.map { $0.load + $0.answer }) * 1e3, median(starts.map(\.load)) * 1e3,
    median(starts.map(\.answer)) * 1e3, median(starts.map(\.next)) * 1e3))
try host.unload("first")

// What the threads of a host take that has nothing to do, from its last run on.
_ = try host.run(one, delta: nil)
let busy = clock()
sleep(2)
let idle = Double(clock() - busy) / Double(CLOCKS_PER_SEC)
print(String(format: "an idle host takes %.2f ms of CPU time in 2 s", idle * 1e3))

// One batch of four deltas beside a batch of one.
for (index, delta) in deltas.prefix(4).enumerated() { try host.load(delta, as: "\(index)") }
let names = (0..<8).map { "\($0 % min(4, deltas.count))" }
_ = try host.run(eight, deltas: names)
_ = try host.run(eight, delta: "0")
var (single, mixed): ([Double], [Double]) = ([], [])
for _ in 0..<9 {
  single.append(try seconds { _ = try host.run(eight, delta: "0") })
  mixed.append(try seconds { _ = try host.run(eight, deltas: names) })
}
print(
  String(
    format: "8 images of one delta %.1f ms, of %d deltas %.1f ms: %.0f %% of the throughput",
    median(single) * 1e3, Set(names).count, median(mixed) * 1e3, 100 * median(single) / median(mixed)))
for name in Set(names) { try host.unload(name) }

// A hundred deltas in memory, each of which has answered.
let before = try residentBytes()
for index in 0..<100 {
  try host.load(deltas[index % deltas.count], as: "task \(index)")
  _ = try host.run(one, delta: "task \(index)")
}
let after = try residentBytes()
let own = host.loaded.reduce(0) { $0 + ($1.byteCount ?? 0) }
print(
  String(
    format: "base %.0f MB, with 100 deltas %.0f MB; the deltas take %.0f MB: %.3f of base and deltas",
    Double(before) / 1e6, Double(after) / 1e6, Double(own) / 1e6, Double(after) / Double(before + own)))
