import Foundation
import Synchronization

/// A process of the built executable; what it logs goes to a file.
final class Program: Sendable {
    private let log: URL
    private let process: Mutex<Process>

    /// The executable: `DBAAS_OPERATOR`, else the one that was built with the tests.
    static var executable: URL? {
        let named = ProcessInfo.processInfo.environment["DBAAS_OPERATOR"].map { URL(filePath: $0) }
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "dbaas-operator")
        return named ?? (FileManager.default.isExecutableFile(atPath: beside.path) ? beside : nil)
    }

    init(_ executable: URL, _ arguments: [String]) throws {
        log = FileManager.default.temporaryDirectory.appending(path: "dbaas-crash-\(UUID().uuidString).log")
        guard FileManager.default.createFile(atPath: log.path, contents: nil) else {
            throw Failure("cannot write \(log.path)")
        }
        let file = try FileHandle(forWritingTo: log)
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = file
        process.standardError = file
        try process.run()
        // The process has its own; ours would stay open as long as Foundation remembers the process.
        try file.close()
        self.process = Mutex(process)
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: log)
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }

    /// The exit status; nil while it runs, and when a signal ended it.
    var status: Int32? {
        process.withLock { process in
            process.isRunning || process.terminationReason == .uncaughtSignal ? nil : process.terminationStatus
        }
    }

    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// The last lines of its log, for the message of a failed test.
    var lastWords: String { output.split(separator: "\n").suffix(15).joined(separator: "\n") }

    /// Ends it at once, as a machine does that loses its power.
    func kill() {
        process.withLock { process in
            if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) }
        }
    }
}

/// Why a trial could not be judged, or what was wrong in it.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Asks again until there is an answer; throws a sentence when the time is over.
func eventually<Value>(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(60),
    every pause: Duration = .milliseconds(50),
    _ look: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await look() { return value }
        guard ContinuousClock.now < deadline else { throw Failure("waited \(limit) in vain for \(what())") }
        try await Task.sleep(for: pause)
    }
}
