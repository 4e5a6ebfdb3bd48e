import CFuzzer
import Foundation

// Without a target: the names of all, for the script.
guard let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] else {
  for target in Target.allCases { print(target.rawValue) }
  exit(0)
}
guard let target = Target(rawValue: name) else {
  FileHandle.standardError.write(Data("fuzz: no target named \(name)\n".utf8))
  exit(64)
}
atexit { try? FileManager.default.removeItem(atPath: Place.folder) }
// Files to begin from, beside those of fixtures/.
if let folder = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] {
  try target.writeSeeds(to: URL(filePath: folder))
  exit(0)
}

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
  LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    Target.chosen.run(UnsafeRawBufferPointer(start: data, count: size))
    return 0
  })
