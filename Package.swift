// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "AdaRoute",
  products: [
    .library(name: "AdaRoute", targets: ["AdaRoute"]),
    .executable(name: "adaroute", targets: ["adaroute-cli"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
  ],
  targets: [
    // C libraries and generated code.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
    .target(name: "CKernels"),
    .target(name: "CMapping"),
    .target(name: "CPlanes"),
    .target(name: "CImages", linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png")]),
    .target(name: "CSchemas", dependencies: ["CProtobufC"]),

    // Each module may import only modules that stand above it in this list.
    module("Tensors", ["CMapping", .product(name: "Crypto", package: "swift-crypto")]),
    module("Messages", ["CProtobufC"]),
    module("Kernels", ["CKernels", "COpenBLAS"]),
    module("Graph", ["Tensors"]),
    module("Safetensors", ["Tensors"]),
    module("TorchCheckpoint", ["Tensors"]),
    module("Images", ["CImages", "Tensors"]),
    module("Dense"),
    module("ONNX", ["Graph", "Messages", "Tensors", "CSchemas", "CProtobufC"]),
    module("Backbones", ["Graph", "Tensors"]),
    module("Grafting", ["Graph", "Tensors"]),
    module("ModelFile", ["Graph", "Messages", "Safetensors", "Tensors", "CSchemas", "CProtobufC"]),
    module(
      "Delta",
      [
        "Kernels", "Messages", "Tensors", "CPlanes", "CSchemas", "CProtobufC", "CZstd",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    module("Runtime", ["Graph", "Kernels", "Tensors"]),
    module(
      "AdaRoute",
      [
        "Backbones", "Delta", "Dense", "Grafting", "Graph", "Images", "Kernels", "ModelFile", "ONNX", "Runtime",
        "Safetensors", "Tensors", "TorchCheckpoint",
      ]),
    .executableTarget(
      name: "adaroute-cli",
      dependencies: [
        "AdaRoute", "Backbones", "Delta", "Dense", "Grafting", "Images", "Kernels", "ONNX", "Runtime", "Tensors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    tests("TensorsTests", ["Tensors"]),
    tests("KernelsTests", ["Kernels"]),
    tests("GraphTests", ["Graph", "Tensors"]),
    tests("SafetensorsTests", ["Safetensors", "Tensors"]),
    tests("TorchCheckpointTests", ["TorchCheckpoint", "Safetensors", "Tensors"]),
    tests("ImagesTests", ["Images", "Safetensors", "Tensors"]),
    tests("ONNXReadingTests", ["ONNX", "Safetensors", "Tensors"]),
    tests("ONNXLoweringTests", ["ONNX", "Graph", "Tensors"]),
    tests("ONNXNodeTests", ["ONNX", "Graph", "Runtime", "Safetensors", "Tensors", "CZstd"]),
    tests("BackbonesTests", ["Backbones", "Graph", "Safetensors", "Tensors"]),
    tests("GraftingTests", ["Grafting", "Graph", "Tensors"]),
    tests("ModelFileTests", ["ModelFile", "Graph", "Safetensors", "Tensors", "CSchemas", "CProtobufC"]),
    tests("DeltaTests", ["Delta", "Kernels", "Tensors", "CZstd"]),
    tests("RuntimeTests", ["Runtime", "Graph", "Kernels", "Tensors"]),
    tests(
      "AdaRouteTests",
      [
        "AdaRoute", "Backbones", "Delta", "Grafting", "Graph", "Kernels", "ONNX", "Runtime", "Safetensors", "Tensors",
      ]),
    tests(
      "DenseTests",
      ["AdaRoute", "Backbones", "Delta", "Dense", "Graph", "Images", "ONNX", "Runtime", "Safetensors", "Tensors"]),
    tests("CommandTests", ["adaroute-cli", "Images", "Safetensors", "Tensors"]),
  ],
)
