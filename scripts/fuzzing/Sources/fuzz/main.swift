import CFuzzer
import Foundation

// Without a target: the names of all, for the script.
guard let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] else {
  for target in Target.allCases { print(target.rawValue) }
  exit(0)
}
guard Target(rawValue: name) != nil else {
  FileHandle.standardError.write(Data("fuzz: no target named \(name)\n".utf8))
  exit(64)
}

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
  LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    Target.chosen.run(UnsafeRawBufferPointer(start: data, count: size))
    return 0
  })
