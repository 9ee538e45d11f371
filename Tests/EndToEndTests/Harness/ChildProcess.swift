import Foundation
import Synchronization

/// A program that a test starts: its output goes to files, so that no full pipe ever blocks it.
final class ChildProcess: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let outputFile: URL
    let errorFile: URL
    private let process: Mutex<Process>

    init(_ executable: URL, _ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws {
        let folder = FileManager.default.temporaryDirectory
        let identifier = UUID().uuidString
        outputFile = folder.appending(path: "dbaas-test-\(identifier).out")
        errorFile = folder.appending(path: "dbaas-test-\(identifier).err")
        for file in [outputFile, errorFile] {
            guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
                throw Failure(description: "cannot write \(file.path)")
            }
        }
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        if let input {
            let file = folder.appending(path: "dbaas-test-\(identifier).in")
            try input.write(to: file, atomically: true, encoding: .utf8)
            process.standardInput = try FileHandle(forReadingFrom: file)
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try process.run()
        self.process = Mutex(process)
    }

    deinit {
        signal(SIGKILL)
        try? FileManager.default.removeItem(at: outputFile)
        try? FileManager.default.removeItem(at: errorFile)
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }

    var identifier: Int32 { process.withLock { $0.processIdentifier } }

    var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }

    var errorOutput: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) {
        process.withLock { process in
            if process.isRunning { kill(process.processIdentifier, number) }
        }
    }

    /// Waits for the end and gives the exit status.
    func finish(within limit: Duration) async throws -> Int32 {
        try await wait("the end of process \(identifier)", within: limit) { !self.isRunning }
        return process.withLock { $0.terminationStatus }
    }
}

extension ChildProcess {
    /// Waits for the end; throws what it complained of when that is not a good one.
    func finishWell(within limit: Duration = .seconds(30)) async throws {
        guard try await finish(within: limit) == 0 else { throw Failure(description: errorOutput) }
    }
}

/// Asks again until the answer is yes; throws a sentence when the time is over.
func wait(
    _ what: @autoclosure () -> String,
    within limit: Duration,
    until isTrue: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try await !isTrue() {
        guard clock.now < deadline else {
            throw ChildProcess.Failure(description: "waited \(limit) in vain for \(what())")
        }
        try await clock.sleep(for: .milliseconds(20))
    }
}
