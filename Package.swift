// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "dbaas-operator",
    products: [
        .executable(name: "dbaas-operator", targets: ["Operator"]),
        .executable(name: "dbaas-benchmark", targets: ["Benchmark"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),

        .target(name: "JSON", dependencies: ["CSimdJSON"]),
        .target(name: "YAML", dependencies: ["CYAML", "JSON"]),
        .target(name: "HTTP", dependencies: ["CCurl"]),
        .target(name: "KubernetesAPI", dependencies: ["JSON"]),
        .target(name: "KubernetesClient", dependencies: ["HTTP", "KubernetesAPI", "YAML"]),
        .target(
            name: "ControllerRuntime",
            dependencies: [
                "KubernetesClient",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(name: "CRDs", dependencies: ["KubernetesAPI"]),
        .target(name: "Providers", dependencies: ["CRDs"]),
        .target(
            name: "Observability",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ]
        ),
        .target(
            name: "Endpoints",
            dependencies: [
                "Observability",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "Sandbox",
            dependencies: [
                "CRDs", "YAML",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "Operator",
            dependencies: [
                "ControllerRuntime", "Endpoints", "Observability", "Providers", "Sandbox", "YAML",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "Benchmark",
            dependencies: [
                "ControllerRuntime", "CRDs",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        .target(name: "TestPrograms", path: "Tests/TestPrograms"),
        .testTarget(name: "JSONTests", dependencies: ["JSON"]),
        .testTarget(name: "YAMLTests", dependencies: ["YAML"]),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestPrograms"]),
        .testTarget(name: "KubernetesAPITests", dependencies: ["KubernetesAPI"]),
        .testTarget(name: "KubernetesClientTests", dependencies: ["KubernetesClient"]),
        .testTarget(name: "ControllerRuntimeTests", dependencies: ["ControllerRuntime"]),
        .testTarget(name: "CRDsTests", dependencies: ["CRDs", "YAML"]),
        .testTarget(name: "ProvidersTests", dependencies: ["Providers", "YAML"], exclude: ["Golden"]),
        .testTarget(name: "ObservabilityTests", dependencies: ["Observability"]),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", "TestPrograms"], exclude: ["Golden"]),
        .testTarget(
            name: "OperatorTests",
            dependencies: ["ControllerRuntime", "Endpoints", "Operator", "Providers", "Sandbox", "TestPrograms"]
        ),
        .testTarget(name: "FuzzTests", dependencies: ["CRDs", "ControllerRuntime", "YAML"]),
        .testTarget(name: "ArchitectureTests", dependencies: ["JSON", "TestPrograms"]),
        .testTarget(name: "BenchmarkTests", dependencies: ["Benchmark", "Operator", "TestPrograms"]),
        .testTarget(name: "CrashTests", dependencies: ["HTTP", "JSON", "Operator", "TestPrograms"]),
        .testTarget(name: "EndToEndTests", dependencies: ["JSON", "Operator", "TestPrograms"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// Warnings stop a build in CI alone, so that a newer compiler's new warning stops nobody from building.
let warnings: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

for target in package.targets where target.type != .system && target.name != "CSimdJSON" {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .enableUpcomingFeature("InferIsolatedConformances"),
            .enableUpcomingFeature("ImmutableWeakCaptures"),
            .strictMemorySafety(),
        ] + warnings
}
