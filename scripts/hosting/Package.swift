// swift-tools-version: 6.2
// Measures `DeltaHost` as a program that uses the library does: scripts/check-hosting prepares its files.
import PackageDescription

let package = Package(
  name: "Hosting",
  dependencies: [.package(name: "AdaRoute", path: "../..")],
  targets: [
    .executableTarget(
      name: "hosting", dependencies: [.product(name: "AdaRoute", package: "AdaRoute")],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ])
