/// A table that updates in place on a terminal, and writes a line for each change elsewhere.
struct ProgressTable {
    private let header: [String]
    private let widths: [Int]
    private let terminalWidth: Int?
    private var last: [String] = []
    private var hasHeader = false

    /// - Parameters:
    ///   - columns: the titles and their widths in characters.
    ///   - terminalWidth: in characters, so that no row takes two lines; nil when no terminal shows the table.
    init(_ columns: [(title: String, width: Int)], terminalWidth: Int?) {
        header = columns.map(\.title)
        widths = columns.map(\.width)
        self.terminalWidth = terminalWidth
    }

    /// What to write to show this row now; empty when nothing changed.
    mutating func show(_ row: [String]) -> String {
        guard row != last else { return "" }
        defer { last = row }
        guard hasHeader else {
            hasHeader = true
            return line(header) + line(row)
        }
        return terminalWidth != nil ? "\u{1B}[1A\u{1B}[2K" + line(row) : line(row)
    }

    private func line(_ cells: [String]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: max(1, width - cell.count))
        }
        var text = "  " + padded.joined()
        while text.last == " " { text.removeLast() }
        return text.prefix(terminalWidth ?? text.count) + "\n"
    }
}
