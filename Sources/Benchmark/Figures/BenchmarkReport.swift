import JSON

/// All figures of a run, and what they come to.
struct BenchmarkReport: Sendable, Equatable {
    private(set) var figures: [Figure] = []
    /// What was measured with, such as the server and the number of processors.
    var circumstances: [String] = []
    /// Whether a missed budget counts: small numbers prove nothing.
    var isJudged = true

    mutating func add(_ more: [Figure]) { figures += more }

    var missed: [Figure] { isJudged ? figures.filter(\.isMissed) : [] }

    /// A line for each figure: its name, what was measured, its budget, and whether it was missed.
    var table: String {
        var rows = [["", "measured", "budget", ""]]
        for figure in figures {
            let budget = figure.budget.map { Figure.text($0, figure.unit) } ?? "-"
            let remark = !isJudged || figure.budget == nil ? "" : figure.isMissed ? "MISSED" : "kept"
            rows.append([figure.name, figure.text, budget, remark])
        }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let filler = String(repeating: " ", count: widths[column] - cell.count)
                return column == 1 || column == 2 ? filler + cell : cell + filler
            }
            return cells.joined(separator: "  ").trimmedAtEnd
        }
        return (circumstances + lines).joined(separator: "\n")
    }

    /// The last line.
    var verdict: String {
        guard isJudged else { return "Nothing is judged by numbers this small." }
        guard !missed.isEmpty else { return "All budgets are kept." }
        let sentences = missed.map { figure in
            "\(figure.name) is \(figure.text), over its budget of \(Figure.text(figure.budget ?? 0, figure.unit))"
        }
        return "Missed: " + sentences.joined(separator: "; ") + "."
    }

    var json: JSONValue {
        let entries = figures.map { figure -> JSONValue in
            var entry: JSONObject = [
                "part": .string(figure.part.rawValue), "name": .string(figure.name), "value": .double(figure.value),
                "unit": .string(figure.unit.rawValue),
            ]
            if let budget = figure.budget {
                entry["budget"] = .double(budget)
                if isJudged { entry["kept"] = .bool(!figure.isMissed) }
            }
            return .object(entry)
        }
        return ["circumstances": JSONValue(circumstances), "figures": .array(entries), "verdict": .string(verdict)]
    }
}

extension String {
    fileprivate var trimmedAtEnd: String {
        guard let last = lastIndex(where: { $0 != " " }) else { return "" }
        return String(self[...last])
    }
}
