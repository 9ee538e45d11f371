import Foundation
import Observability
import Testing

@testable import Operator

@Suite("The catalogue of metrics")
struct MetricCatalogTests {
    /// The tables of docs/metrics.md as they follow from the catalogue.
    private static var tables: String {
        MetricCatalog.groups.map { group in
            let rows = group.entries.map { entry in
                let labels = entry.labels.map { "`\($0)`" }.joined(separator: ", ")
                return "| `\(entry.name)` | \(entry.kind.rawValue) | \(labels) | \(entry.help) |"
            }
            return "## \(group.title)\n\n| name | kind | labels | meaning |\n|---|---|---|---|\n"
                + rows.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    @Test("docs/metrics.md holds every family as the catalogue has it")
    func documented() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/metrics.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains(Self.tables), "replace the tables in docs/metrics.md by:\n\(Self.tables)")
    }

    @Test("No name stands twice")
    func unique() {
        let names = MetricCatalog.groups.flatMap(\.entries).map(\.name)
        #expect(Set(names).count == names.count)
    }
}
