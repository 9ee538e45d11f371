import Foundation
import JSON
import TestPrograms
import Testing

/// Holds the package to the drawing in docs/architecture.md.
@Suite("Rooms and who may look into whom")
struct ImportArrowsTests {
    /// An arrow points to what is imported.
    static let arrows: [String: Set<String>] = [
        "CCurl": [], "CYAML": [], "CSimdJSON": [],
        "JSON": ["CSimdJSON"],
        "YAML": ["CYAML", "JSON"],
        "HTTP": ["CCurl"],
        "KubernetesAPI": ["JSON"],
        "KubernetesClient": ["HTTP", "KubernetesAPI", "YAML"],
        "ControllerRuntime": ["KubernetesClient"],
        "CRDs": ["KubernetesAPI"],
        "Providers": ["CRDs"],
        "Observability": [],
        "Endpoints": ["Observability"],
        "Sandbox": ["CRDs", "YAML"],
        "Benchmark": ["ControllerRuntime", "CRDs"],
        "Operator": ["ControllerRuntime", "Providers", "Endpoints", "Observability", "Sandbox", "YAML"],
    ]

    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("The package's targets depend on each other as drawn, and on nothing else")
    func targetsDependAsDrawn() async throws {
        let package = try await describePackage()
        var seen: [String: Set<String>] = [:]
        for target in package["targets"]?.array ?? [] where target["path"]?.string?.hasPrefix("Sources/") == true {
            let name = try #require(target["name"]?.string)
            seen[name] = Set((target["target_dependencies"]?.array ?? []).compactMap(\.string))
        }
        #expect(seen == Self.arrows)
    }

    @Test("No source file imports a room that no arrow leads to", arguments: arrows.keys.sorted())
    func sourcesImportWhatArrowsLeadTo(room: String) throws {
        let allowed = Self.reachable(from: room)
        for file in try Self.swiftFiles(of: room) {
            let imported = Self.imports(in: try String(contentsOf: file, encoding: .utf8))
            let others = imported.intersection(Self.arrows.keys).subtracting(allowed).subtracting([room])
            #expect(others.isEmpty, "\(file.lastPathComponent) of \(room) looks into \(others.sorted())")
        }
    }

    @Test("No room imports Foundation, which would bring ICU's 40 MB along", arguments: arrows.keys.sorted())
    func noRoomImportsFoundation(room: String) throws {
        for file in try Self.swiftFiles(of: room) {
            let imported = Self.imports(in: try String(contentsOf: file, encoding: .utf8))
            #expect(!imported.contains("Foundation"), "\(file.lastPathComponent) of \(room) imports Foundation")
        }
    }

    @Test("Providers are pure: no clock, no client, no await")
    func providersArePure() throws {
        for file in try Self.swiftFiles(of: "Providers") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["await ", "ContinuousClock", "Timestamp.now", "Task {"] {
                #expect(!text.contains(word), "\(file.lastPathComponent) says \(word)")
            }
        }
    }

    private static func reachable(from room: String) -> Set<String> {
        var found: Set<String> = []
        var open = Array(arrows[room] ?? [])
        while let next = open.popLast() {
            guard found.insert(next).inserted else { continue }
            open.append(contentsOf: arrows[next] ?? [])
        }
        return found
    }

    private static func imports(in source: String) -> Set<String> {
        let words = source.split(separator: "\n").compactMap { line -> String? in
            let parts = line.split(separator: " ")
            guard let place = parts.firstIndex(of: "import"), place <= 2, parts.indices.contains(place + 1) else {
                return nil
            }
            return line.hasPrefix("//") ? nil : String(parts[place + 1])
        }
        return Set(words)
    }

    private static func swiftFiles(of room: String) throws -> [URL] {
        let folder = repository.appending(path: "Sources/\(room)")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    }

    /// Reads the manifest with its own cache folder, as the build that runs this test holds the lock on `.build`.
    private func describePackage() async throws -> JSONValue {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "dbaas-describe-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = try ChildProcess(
            URL(filePath: "/usr/bin/env"),
            [
                "swift", "package", "--package-path", Self.repository.path, "--scratch-path", scratch.path, "describe",
                "--type", "json",
            ]
        )
        try await process.finishWell(within: .seconds(120))
        let text = process.output
        let start = try #require(text.firstIndex(of: "{"), "swift package describe printed nothing")
        return try JSONValue(parsing: String(text[start...]))
    }
}
