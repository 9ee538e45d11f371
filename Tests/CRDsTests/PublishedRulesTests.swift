import CRDs
import Foundation
import JSON
import Testing
import YAML

/// The repository as the tests see it.
private enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let publishedRules = root.appending(path: "../shared/design/api-rules.md")
}

@Suite struct PublishedRulesTests {
    private struct Published: Hashable {
        let path: String
        let expression: String
        let message: String
        var fieldPath: String?
        var reason: String?
    }

    @Test(
        "The rules in the schemas are the published ones, word for word",
        .enabled(if: FileManager.default.fileExists(atPath: Repository.publishedRules.path))
    )
    func wordForWord() throws {
        let text = try String(contentsOf: Repository.publishedRules, encoding: .utf8)
        let parts = text.components(separatedBy: "\n## ")
        try compare(DatabaseCluster.schema, with: rows(of: #require(parts.first { $0.hasPrefix("DatabaseCluster") })))
        try compare(OpsRequest.schema, with: rows(of: #require(parts.first { $0.hasPrefix("OpsRequest") })))
    }

    private func compare(_ schema: Schema, with published: [Published]) {
        let everyField = published.filter { $0.path.contains("*") }
        let single = Set(published).subtracting(everyField)
        var own: Set<Published> = []
        for (path, rule) in schema.placedRules {
            let item = Published(
                path: path.isEmpty ? "(root)" : path,
                expression: rule.expression,
                message: rule.message,
                fieldPath: rule.fieldPath,
                reason: rule.reason?.rawValue
            )
            let isPerField = everyField.contains { $0.expression == item.expression && $0.message == item.message }
            let isBelowShared = path.hasSuffix(".resources") && path != ".spec.resources"
            if !isPerField && !isBelowShared { own.insert(item) }
        }
        #expect(own.subtracting(single) == [], "not published")
        #expect(single.subtracting(own) == [], "not in the schema")
    }

    /// The rows of the table, with `|` for its escape.
    private func rows(of section: String) -> [Published] {
        section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: " | ", omittingEmptySubsequences: false).map(String.init)
            let bare = { (cell: String) in cell.trimmingCharacters(in: CharacterSet(charactersIn: "|` ")) }
            let more = bare(cells.count > 3 ? cells[3] : "").split(separator: ", ").map { $0.split(separator: ": ") }
            let value = { (name: String) in more.first { $0.first.map(String.init) == name }?.last.map(String.init) }
            return Published(
                path: bare(cells[0]),
                expression: bare(cells[1]).replacingOccurrences(of: "&#124;", with: "|"),
                message: bare(cells[2]),
                fieldPath: value("fieldPath"),
                reason: value("reason")
            )
        }
    }
}

@Suite struct SampleManifestTests {
    static let samples = (try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()) ?? []
    private static let folder = Repository.root.appending(path: "config/samples")

    @Test("Every sample decodes and holds to the rules", arguments: samples)
    func sample(_ file: String) throws {
        let text = try Data(contentsOf: Self.folder.appending(path: file))
        for manifest in try YAML.parse(Array(text)) {
            switch manifest["kind"]?.string {
            case "DatabaseCluster":
                _ = try DatabaseCluster(manifest)
                #expect(DatabaseClusterRules.validate(new: manifest, old: nil).isEmpty)
            case "OpsRequest":
                _ = try OpsRequest(manifest)
                #expect(OpsRequestRules.validate(new: manifest, old: nil).isEmpty)
            case "BackupStorage":
                _ = try BackupStorage(manifest)
                #expect(BackupStorageRules.validate(new: manifest, old: nil).isEmpty)
            case let kind: Issue.record("\(file) has an unknown kind \(kind ?? "none")")
            }
        }
    }

    @Test("There are samples")
    func thereAreSamples() { #expect(Self.samples.contains("postgresql.yaml")) }
}
