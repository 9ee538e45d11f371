import JSON
import Testing

@testable import Benchmark

@Suite("Figures, budgets and the verdict")
struct FigureTests {
    private static func report(_ values: Double..., isJudged: Bool = true) -> BenchmarkReport {
        var report = BenchmarkReport()
        report.isJudged = isJudged
        report.add(
            values.enumerated().map { Figure(.latency, "figure \($0)", $1, .milliseconds, budget: 2) }
                + [Figure(.modules, "without budget", 1e6, .perSecond)]
        )
        return report
    }

    @Test("A figure that equals its budget keeps it, one above misses it, and one without a budget cannot")
    func whatIsMissed() {
        let report = Self.report(2, 2.01)
        #expect(report.missed.map(\.name) == ["figure 1"])
        #expect(report.verdict == "Missed: figure 1 is 2.01 ms, over its budget of 2.00 ms.")
        #expect(Self.report(1.9).verdict == "All budgets are kept.")
    }

    @Test("Small numbers miss nothing, and the report says so")
    func nothingIsJudgedByLittle() {
        let report = Self.report(99, isJudged: false)
        #expect(report.missed.isEmpty)
        #expect(report.verdict.contains("Nothing is judged"))
        #expect(!report.table.contains("MISSED"))
    }

    @Test("The table has its columns below each other, and a word for each figure with a budget")
    func table() {
        let lines = Self.report(1.5, 20).table.split(separator: "\n").map(String.init)
        let budgets = lines.dropFirst().map { line in line.contains("ms  2.00 ms") }
        #expect(budgets == [true, true, false])
        #expect(lines[1].hasSuffix("kept") && lines[2].hasSuffix("MISSED") && lines[3].hasSuffix("-"))
    }

    @Test("The JSON has the numbers themselves, and whether each budget is kept")
    func json() throws {
        let figures = try #require(Self.report(1.5, 20).json["figures"]?.array)
        #expect(figures.map { $0["value"]?.double } == [1.5, 20, 1e6])
        #expect(figures.map { $0["kept"]?.bool } == [true, false, nil])
        #expect(figures[2]["budget"] == nil)
    }

    @Test(
        "Numbers are written with three digits that count",
        arguments: [
            (0.0, "0.000"), (0.0449, "0.045"), (1.006, "1.01"), (9.999, "10.00"), (12.34, "12.3"), (123.5, "124"),
            (-0.0001, "0.000"), (-1.5, "-1.50"), (1_234_567, "1234567"), (0.9995, "1.000"),
        ]
    )
    func numbers(value: Double, text: String) {
        #expect(DecimalText.text(value) == text)
    }

    @Test("A percentile is the sample that so many do not exceed")
    func percentiles() throws {
        let hundred = try #require(Percentiles((1...100).reversed().map(Double.init)))
        #expect([0.0, 0.5, 0.99, 1].map(hundred.value) == [1, 50, 99, 100])
        let three = try #require(Percentiles([30, 10, 20]))
        #expect([0.5, 0.99].map(three.value) == [20, 30])
        #expect(Percentiles([]) == nil)
    }
}
