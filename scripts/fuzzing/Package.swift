// swift-tools-version: 6.2
// A package of its own: these flags are for this executable alone, and no user of the library needs it.
import PackageDescription

let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "AdaRoute", path: "../..")],
  targets: [
    .target(name: "CFuzzer"),
    .executableTarget(
      name: "fuzz", dependencies: ["CFuzzer", .product(name: "AdaRoute", package: "AdaRoute")],
      swiftSettings: [.swiftLanguageMode(.v6)],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
  ])
