import Foundation
import JSON
import Testing

@testable import Sandbox

/// Whether the sandbox's API answers what a kube-apiserver 1.36 answered, word for word.
@Suite struct TranscriptTests {
    private static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: TranscriptReplay.folder.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    @Test(
        "A recorded conversation goes as it went with a real API server",
        .enabled(if: !names.isEmpty, "no recorded conversations lie beside this checkout"),
        arguments: names
    )
    func replay(_ name: String) async throws {
        let server = APIServer()
        // The recorded server had no controllers beside it but the one that removes definitions.
        let client = InProcessClient(server: server, fieldManager: "kube-apiserver")
        let removal = ReconcileLoop(api: client, DefinitionRemoval(api: client))
        var replay = try TranscriptReplay(name)
        let (steps, lines) = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await removal.run() }
            defer { group.cancelAll() }
            return try await replay.differences(to: server)
        }
        #expect(steps > 0)
        #expect(lines.isEmpty, "\(lines.count) differences in \(steps) steps, the first: \(lines.prefix(5))")
    }
}
