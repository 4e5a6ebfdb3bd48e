// swift-tools-version: 6.2
// Measures the library as a program that uses it does: scripts/check-hosting and scripts/check-delta-size prepare the
// files.
import PackageDescription

let package = Package(
  name: "Hosting",
  dependencies: [.package(name: "AdaRoute", path: "../..")],
  targets: [
    .executableTarget(
      name: "hosting", dependencies: [.product(name: "AdaRoute", package: "AdaRoute")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .executableTarget(
      name: "packing", dependencies: [.product(name: "AdaRoute", package: "AdaRoute")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
  ])
