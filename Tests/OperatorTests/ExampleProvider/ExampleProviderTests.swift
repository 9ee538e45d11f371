import CRDs
import Foundation
import JSON
import KubernetesAPI
import KubernetesClient
import Providers
import Testing

@testable import Operator

@Suite("The example of docs/adding-a-provider.md")
struct ExampleProviderTests {
    private static let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()

    @Test("Every piece of Swift on the page stands in the example as it is compiled here")
    func pageIsTheCode() throws {
        let page = Self.folder.appending(path: "../../../docs/adding-a-provider.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasPrefix("PlainRedis")
        }
        let lines = Set(
            try files.flatMap { file in
                try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
                    .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            }
        )
        let blocks = text.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count >= 3)
        for line in blocks.joined(separator: "\n").split(separator: "\n") {
            let line = line.trimmingCharacters(in: .whitespaces)
            #expect(line.isEmpty || line == "…" || lines.contains(line), "\(line)")
        }
    }

    @Test("The example makes a database ready, restarts it with evidence, and refuses the rest in words")
    func works() async throws {
        // The published definition lets only the names through that it knows: here the example takes KubeDB's place.
        let providers = ProviderFactory(providers: [PlainRedisProvider(name: .kubedb)])
        try await SandboxWorld.run(operators: 1, engines: [], providers: providers) { world in
            try await world.create(
                DatabaseCluster.resource,
                "orders",
                ["engine": "redis", "clusterSize": 1, "storage": "1Gi"]
            )
            try await world.wait(for: "the cache") {
                try await $0.client.get(DatabaseCluster.kind, SandboxWorld.name)?.status.phase == .ready
            }
            for type in ["Restart", "Backup"] {
                try await world.create(
                    OpsRequest.resource,
                    type.lowercased(),
                    ["clusterRef": "orders", "type": .string(type)]
                )
                try await world.wait(for: "\(type)") { try await $0.request(type.lowercased())?.isFinished == true }
            }
            let restart = try #require(try await world.request("restart"))
            #expect(restart.status.phase == .succeeded && restart.status.evidence.count == 1, "\(restart.status)")
            let backup = try #require(try await world.request("backup"))
            #expect(backup.status.phase == .failed && backup.status.reason == "Unsupported", "\(backup.status)")
        }
    }
}
