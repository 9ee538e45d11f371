import Foundation
import Testing

/// Holds docs/requirements.md to the tests that it names.
@Suite("Requirements and the tests that show them")
struct RequirementsTests {
    /// A line of the page's tables.
    private struct Row {
        let id: String
        let sentence: String
        let shown: String
    }

    private func rows() throws -> [Row] {
        let file = ImportArrowsTests.repository.appending(path: "docs/requirements.md")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let cells = line.replacing("\\|", with: "¦").split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 6, cells[1].hasPrefix("S") else { return nil }
            return Row(id: cells[1], sentence: cells[2], shown: cells[4].replacing("¦", with: "|"))
        }
    }

    @Test("Every numbered statement stands there once, in order, in a sentence")
    func isComplete() throws {
        let counts = [("S0", 44), ("S1", 44), ("S2", 38), ("S4", 12)]
        let all = counts.flatMap { document, count in (1...count).map { "\(document).\($0)" } }
        let rows = try rows()
        #expect(rows.map(\.id) == all)
        #expect(rows.allSatisfy { $0.sentence.count > 10 && $0.sentence.hasSuffix(".") })
    }

    @Test("Each test that is named exists, and where there is none the page says so")
    func testsExist() throws {
        let tests = ImportArrowsTests.repository.appending(path: "Tests")
        let files =
            FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        let title = #/@Test\(\s*"((?:[^"\\]|\\.)*)"/#
        let titles = Set(
            try files.flatMap { file in
                try String(contentsOf: file, encoding: .utf8).matches(of: title).map { String($0.output.1) }
            }
        )
        for row in try rows() {
            let named = row.shown.matches(of: #/“([^”]*)”/#).map { String($0.output.1) }
            if named.isEmpty { #expect(row.shown.hasPrefix("No test: "), "\(row.id) names no test") }
            for name in named { #expect(titles.contains(name), "\(row.id) names “\(name)”, which is no test") }
        }
    }
}
