/// A table that updates in place on a terminal, and writes a line for each change elsewhere.
struct ProgressTable {
    private let header: [String]
    private let widths: [Int]
    private let isTerminal: Bool
    private var last: [String] = []
    private var hasHeader = false

    /// - Parameter columns: the titles and their widths in characters.
    init(_ columns: [(title: String, width: Int)], isTerminal: Bool) {
        header = columns.map(\.title)
        widths = columns.map(\.width)
        self.isTerminal = isTerminal
    }

    /// What to write to show this row now; empty when nothing changed.
    mutating func show(_ row: [String]) -> String {
        guard row != last else { return "" }
        defer { last = row }
        guard hasHeader else {
            hasHeader = true
            return line(header) + line(row)
        }
        return isTerminal ? "\u{1B}[1A\u{1B}[2K" + line(row) : line(row)
    }

    private func line(_ cells: [String]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: max(1, width - cell.count))
        }
        return "  " + padded.joined() + "\n"
    }
}
