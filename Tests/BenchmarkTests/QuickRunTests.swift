import Foundation
import JSON
import TestPrograms
import Testing

@testable import Benchmark

@Suite("The benchmark as a whole", .enabled(if: BuiltPrograms.areThere))
struct QuickRunTests {
    @Test("A quick run measures everything against the sandbox, and judges nothing", .timeLimit(.minutes(5)))
    func measuresEverything() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "dbaas-benchmark-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let program = try #require(BuiltPrograms.executable("dbaas-benchmark"))
        let process = try ChildProcess(program, ["--quick", "--json", file.path])
        #expect(try await process.finish(within: .seconds(280)) == 0, "\(process.lastWords)")
        #expect(process.output.contains("Nothing is judged"))
        let report = try JSONValue(parsing: Array(Data(contentsOf: file)))
        let figures = report["figures"]?.array ?? []
        #expect(Set(figures.compactMap { $0["part"]?.string }) == Set(Part.allCases.map(\.rawValue)))
        for (name, isPossible) in Self.expectations {
            let figure = figures.first { $0["name"]?.string?.hasPrefix(name) == true }
            let value = try #require(figure?["value"]?.double, "there is no figure \(name)")
            #expect(isPossible(value), "\(name) is \(value)")
        }
    }

    /// What each figure must be on any machine, however slow.
    private static let expectations: [(String, @Sendable (Double) -> Bool)] = [
        ("CPU of a start beside nothing", { $0 > 0 }),
        ("all Ready after, 20 clusters", { $0 > 0 }),
        ("requests per cluster, 20 clusters", { $0 >= 3 }),
        ("memory, resident, 20 clusters", { $0 > 1 }),
        ("CPU at rest per 30 s, 20 clusters", { $0 >= 0 }),
        ("requests at rest, 20 clusters", { $0 >= 0 }),
        ("start until synced, CPU", { $0 > 0 }),
        ("start until synced, after the server's last byte", { $0 >= 0 }),
        ("from an edit's event to the child's write, p50", { $0 > 0 }),
        ("from an edit's event to the child's write, p99", { $0 > 0 }),
        ("from a request that is refused to its end", { $0 > 0 }),
        ("JSON read into values", { $0 > 0 }),
        ("JSON read into DatabaseClusters", { $0 > 0 }),
        ("JSON written", { $0 > 0 }),
        ("watch events decoded and stored", { $0 > 0 }),
        ("queue: add, hand out, give back", { $0 > 0 }),
    ]
}

extension BuiltPrograms {
    /// Whether a quick run can be made.
    fileprivate static var areThere: Bool {
        isNeeded || ["dbaas-benchmark", "dbaas-operator"].allSatisfy { executable($0) != nil }
    }
}
