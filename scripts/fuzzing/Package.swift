// swift-tools-version: 6.2
// A package of its own: these flags are for this executable alone, and no user of the library needs it.
import PackageDescription

/// Files that the tests make: the sources of these targets are links to the tests'.
func seeds(_ name: String) -> Target {
  .target(
    name: name, dependencies: [.product(name: "AdaRoute", package: "AdaRoute")],
    swiftSettings: [.swiftLanguageMode(.v6)])
}

let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "AdaRoute", path: "../..")],
  targets: [
    .target(name: "CFuzzer"),
    seeds("SafetensorsSeeds"),
    seeds("ONNXSeeds"),
    seeds("TorchSeeds"),
    seeds("ModelFileSeeds"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CFuzzer", "SafetensorsSeeds", "ONNXSeeds", "TorchSeeds", "ModelFileSeeds",
        .product(name: "AdaRoute", package: "AdaRoute"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
  ])
