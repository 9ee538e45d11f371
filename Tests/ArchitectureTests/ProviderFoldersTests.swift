import Foundation
import Testing

/// Adding an engine touches one folder and one line of the factory: nothing else may know a provider's own types.
@Suite("What a provider knows stays in its folder")
struct ProviderFoldersTests {
    /// Folders of the Providers room that serve all of them.
    private static let common: Set<String> = ["Contract", "Shared", "Factory", "Options", "Schedules", "Percona"]

    private static let room = ImportArrowsTests.repository.appending(path: "Sources/Providers")

    static let folders = ((try? FileManager.default.contentsOfDirectory(atPath: room.path)) ?? [])
        .filter { !common.contains($0) && !$0.hasPrefix(".") }.sorted()

    private static func files(below folder: URL) throws -> [(path: String, text: String)] {
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(".swift") }.map { name in
            (name, try String(contentsOf: folder.appending(path: name), encoding: .utf8))
        }
    }

    @Test("Only the factory names a provider's types", arguments: folders)
    func typesStayInside(folder: String) throws {
        let declaration = #/(?m)^(?:package )?(?:final )?(?:struct|enum|class|protocol) (\w+)/#
        let own = try Self.files(below: Self.room.appending(path: folder))
        let types = Set(own.flatMap { $0.text.matches(of: declaration).map { String($0.output.1) } })
        try #require(types.contains { $0.hasSuffix("Provider") })
        let sources = Self.room.deletingLastPathComponent()
        for neighbour in ["ControllerRuntime", "CRDs", "Operator", "Providers"] {
            for file in try Self.files(below: sources.appending(path: neighbour))
            where !file.path.hasPrefix("\(folder)/") && file.path != "Factory/ProviderFactory.swift" {
                let words = Set(file.text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
                #expect(types.isDisjoint(with: words), "\(neighbour)/\(file.path): \(types.intersection(words))")
            }
        }
    }

    @Test("There are all the providers there are")
    func isComplete() { #expect(Self.folders.count >= 5, "\(Self.folders)") }
}
