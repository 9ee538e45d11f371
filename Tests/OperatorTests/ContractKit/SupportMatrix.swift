import CRDs
import Foundation
import Synchronization

/// docs/support-matrix.md, which the contract kit keeps true: a line and a section for each subject.
///
/// `REGENERATE_MATRIX=1 swift test --filter ContractKit` writes what was seen, and fails so that nobody leaves it on.
enum SupportMatrix {
    /// What a type of operation came to.
    enum Outcome: Equatable {
        case works
        case refused(reason: String, message: String)
    }

    static let isRegenerated = ProcessInfo.processInfo.environment["REGENERATE_MATRIX"] != nil
    static let columns: [OpsRequestType] = [
        .start, .stop, .restart, .horizontalScaling, .verticalScaling, .scaling, .volumeExpansion, .reconfiguring,
        .upgrade, .backup, .restore, .switchover, .rebuildInstance, .custom,
    ]

    private static let file = URL(filePath: #filePath).resolvingSymlinksInPath()
        .appending(path: "../../../../docs/support-matrix.md").standardized
    private static let writing = Mutex<Void>(())

    /// The line of the table that is the subject's.
    static func line(_ subject: Subject, _ outcomes: [OpsRequestType: Outcome]) -> String {
        let cells = columns.map { outcomes[$0] == .works ? "yes" : "no" }
        return "| \(subject.engine.rawValue) | \(subject.provider.rawValue) | \(cells.joined(separator: " | ")) |"
    }

    /// Why not, one line for each type that is refused.
    static func reasons(_ subject: Subject, _ outcomes: [OpsRequestType: Outcome]) -> [String] {
        columns.compactMap { type in
            guard case .refused(let reason, let message) = outcomes[type] else { return nil }
            return "- \(subject.testDescription), \(type.rawValue): `\(reason)`. \(message)"
        }
    }

    /// The lines of the page that are the subject's.
    static func recorded(_ subject: Subject) throws -> [String] {
        try text().split(separator: "\n").map(String.init).filter { belongs($0, subject) }
    }

    /// Puts what was seen in the place of what stood there.
    static func record(_ subject: Subject, _ outcomes: [OpsRequestType: Outcome]) throws {
        try writing.withLock { _ in
            var lines = try text().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            lines.removeAll { belongs($0, subject) }
            let isRow: (String) -> Bool = { $0.hasPrefix("| ") || $0.hasPrefix("|-") }
            let table = (lines.lastIndex(where: isRow) ?? lines.count - 1) + 1
            lines.insert(line(subject, outcomes), at: table)
            while lines.last?.isEmpty == true { lines.removeLast() }
            lines += reasons(subject, outcomes)
            try (lines.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
        }
    }

    private static func belongs(_ line: String, _ subject: Subject) -> Bool {
        line.hasPrefix("| \(subject.engine.rawValue) | \(subject.provider.rawValue) |")
            || line.hasPrefix("- \(subject.testDescription), ")
    }

    private static func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }
}
