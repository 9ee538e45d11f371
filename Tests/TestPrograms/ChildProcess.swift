package import Foundation
internal import Glibc
internal import Synchronization

/// A program that a test starts: its output goes to files, so that no full pipe ever blocks it.
///
/// Foundation's own `Process` is not used: it keeps two sockets and the given files open for as long as it remembers the
/// process, and its socket thread crashed the tests of a whole run once their numbers had passed 1,024.
package final class ChildProcess: Sendable {
    /// What is known of the process's life.
    private enum Life {
        case running
        /// With the status that waitpid gave.
        case ended(Int32)
    }

    /// The process's number, which the system may give to another once ``isRunning`` has said no.
    package let identifier: Int32
    private let outputFile: URL
    private let errorFile: URL
    private let inputFile: URL?
    private let life = Mutex(Life.running)

    /// Starts a program in a folder, the test's own unless told; it inherits the test's environment, changed by the given
    /// variables, and none of its files.
    ///
    /// - Throws: ``Failure`` when it cannot be started.
    package init(
        _ executable: URL,
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: URL? = nil,
        input: String? = nil
    ) throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "dbaas-test-\(UUID().uuidString)")
        outputFile = place.appendingPathExtension("out")
        errorFile = place.appendingPathExtension("err")
        inputFile = input == nil ? nil : place.appendingPathExtension("in")
        if let input, let inputFile { try input.write(to: inputFile, atomically: true, encoding: .utf8) }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        identifier = try SpawnRequest(
            // env changes the folder and then becomes the program: spawning has no standard way to do it.
            command: (folder.map { ["/usr/bin/env", "-C", $0.path] } ?? []) + [executable.path] + arguments,
            environment: variables.map { "\($0.key)=\($0.value)" },
            files: [inputFile?.path ?? "/dev/null", outputFile.path, errorFile.path]
        ).start()
    }

    deinit {
        signal(SIGKILL)
        // So that it leaves no zombie; a killed process ends at once.
        life.withLock { if case .running = $0 { $0 = Self.look(identifier, 0) } }
        for file in [outputFile, errorFile, inputFile] {
            if let file { try? FileManager.default.removeItem(at: file) }
        }
    }

    /// Whether it has not ended yet.
    package var isRunning: Bool { waitStatus == nil }

    /// The exit status; nil while it runs, and when a signal has ended it.
    package var status: Int32? { waitStatus.flatMap { $0 & 0x7F == 0 ? ($0 >> 8) & 0xFF : nil } }

    /// What it has written so far.
    package var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }

    /// What it has complained of, or logged, so far.
    package var errorOutput: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    /// The end of ``errorOutput``, for the message of a failed test.
    package var lastWords: String { errorOutput.split(separator: "\n").suffix(15).joined(separator: "\n") }

    private var waitStatus: Int32? {
        life.withLock { life in
            if case .running = life { life = Self.look(identifier, WNOHANG) }
            guard case .ended(let status) = life else { return nil }
            return status
        }
    }

    private static func look(_ process: Int32, _ options: Int32) -> Life {
        var status: Int32 = 0
        while true {
            switch unsafe waitpid(process, &status, options) {
            case process: return .ended(status)
            case 0: return .running
            default: if errno != EINTR { return .ended(0) }
            }
        }
    }

    /// Sends a signal, unless the process has ended.
    package func signal(_ number: Int32) {
        // Under the lock, so that nobody else sees its end meanwhile and its number stays its own.
        life.withLock { if case .running = $0 { _ = kill(identifier, number) } }
    }

    /// Waits for the end and gives the exit status, 128 and the signal's number when a signal ended it.
    package func finish(within limit: Duration = .seconds(60)) async throws -> Int32 {
        try await wait("the end of process \(identifier)", within: limit) { !self.isRunning }
        return status ?? (waitStatus ?? 0) & 0x7F + 128
    }

    /// Waits for the end; throws what it complained of when that is not a good one.
    package func finishWell(within limit: Duration = .seconds(30)) async throws {
        guard try await finish(within: limit) == 0 else { throw Failure(errorOutput) }
    }
}
