// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Dynamic exclusivity checks were the top runtime cost (docs/decisions/0006-compiler-flags-and-no-actors.md); debug builds and tests keep them.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// Targets without I/O: unsafe code there must say so, and why.
let pure: [SwiftSetting] = strict + [.strictMemorySafety()]

/// The program that looks for bytes that break a promise. Only `scripts/fuzz` builds it: it takes libFuzzer to link it.
let fuzzer: [Target] =
    Context.environment["RAFTD_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "raftfuzz", dependencies: ["Fuzzing"], path: "Tests/Fuzz/Program", swiftSettings: strict)
    ]

let package = Package(
    name: "raftd",
    products: [
        .executable(name: "raftd", targets: ["raftd"]),
        .executable(name: "raftctl", targets: ["raftctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // The pure core: values in, values out.
        .target(name: "Bytes", swiftSettings: pure),
        .target(name: "Raft", dependencies: ["Bytes"], swiftSettings: pure),
        .target(name: "StateMachine", dependencies: ["Bytes", "Raft"], swiftSettings: pure),
        .target(name: "Replica", dependencies: ["Bytes", "Raft", "StateMachine"], swiftSettings: pure),
        .target(name: "HTTP", swiftSettings: pure),

        .target(name: "Documents", dependencies: ["Bytes", "StateMachine"], swiftSettings: pure),

        .target(name: "MCP", dependencies: ["Bytes", "StateMachine", "HTTP", "Documents"], swiftSettings: pure),

        // What clients saw, judged: knows nothing of how raftd works.
        .target(name: "History", dependencies: ["Bytes"], swiftSettings: pure),

        // The rim: the only targets that touch the world.
        .systemLibrary(name: "CLibUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .target(name: "Reactor", dependencies: ["Bytes", "CLibUV"], swiftSettings: strict),
        .target(name: "Transport", dependencies: ["HTTP", "Reactor"], swiftSettings: strict),
        .target(name: "Storage", dependencies: ["Raft", "StateMachine"], swiftSettings: strict),
        .target(
            name: "Node",
            dependencies: [
                "Bytes", "Raft", "StateMachine", "Replica", "HTTP", "Documents", "MCP", "Reactor", "Transport",
                "Storage",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(name: "raftd", dependencies: ["Node"], swiftSettings: strict),
        .executableTarget(
            name: "raftctl",
            dependencies: [
                "Bytes", "HTTP", "Reactor", "Transport", "Raft", "StateMachine", "Storage",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),

        // The same Replica under a virtual clock, network and disk.
        .target(
            name: "Simulation", dependencies: ["Bytes", "Raft", "StateMachine", "Replica", "History"],
            swiftSettings: pure),
        .executableTarget(name: "raftsim", dependencies: ["Simulation"], swiftSettings: strict),

        .testTarget(name: "BytesTests", dependencies: ["Bytes"], swiftSettings: strict),
        .testTarget(
            name: "HistoryTests", dependencies: ["History", "Bytes"], exclude: ["Histories"], swiftSettings: strict),
        .testTarget(name: "RaftTests", dependencies: ["Raft", "Bytes"], exclude: ["Scripts"], swiftSettings: strict),
        .testTarget(name: "StateMachineTests", dependencies: ["StateMachine", "Raft", "Bytes"], swiftSettings: strict),
        .testTarget(
            name: "ReplicaTests", dependencies: ["Simulation", "Replica", "StateMachine", "Raft", "Bytes"],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Simulation", "History", "Replica", "StateMachine", "Raft", "Bytes"],
            swiftSettings: strict),
        .testTarget(
            name: "MCPTests", dependencies: ["MCP", "Documents", "StateMachine", "Raft", "Bytes"], swiftSettings: strict
        ),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP"], swiftSettings: strict),
        .testTarget(name: "ReactorTests", dependencies: ["Reactor"], swiftSettings: strict),
        .testTarget(name: "TransportTests", dependencies: ["Transport", "HTTP", "Reactor"], swiftSettings: strict),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Node", "Transport", "Reactor", "Storage", "Replica", "StateMachine", "Raft", "HTTP", "Bytes",
                "Documents",
                "MCP",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RaftctlTests", dependencies: ["raftctl", "Transport", "HTTP", "Reactor", "Bytes"],
            swiftSettings: strict),
        .testTarget(name: "ProcessTests", swiftSettings: strict),
        .testTarget(name: "HouseTests", swiftSettings: strict),

        // What must hold for any bytes from outside, and the bytes that were found to matter.
        .target(
            name: "Fuzzing",
            dependencies: ["Bytes", "Raft", "StateMachine", "Replica", "HTTP", "MCP", "Node", "Simulation"],
            path: "Tests/Fuzz/Targets", swiftSettings: strict),
        .testTarget(
            name: "FuzzTests", dependencies: ["Fuzzing"], path: "Tests/Fuzz/Replay", swiftSettings: strict),
    ] + fuzzer
)
