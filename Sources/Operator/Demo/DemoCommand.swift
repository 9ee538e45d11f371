import ArgumentParser
import Logging
import Sandbox

/// `dbaas-operator demo`.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show a database from creation to deletion, in a sandbox of its own.",
        discussion: "Exit codes: 0 all went well; 1 something did not, as the last line says."
    )

    @Option(help: ArgumentHelp("The folder with the manifests to show.", valueName: "dir"))
    var samples = "config/samples"

    @OptionGroup var options: OperatorOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let manifests = try DemoManifests(folder: samples)
        let settings = try options.settings()
        // What the operator has to say would tear the table; warnings and errors are worth it.
        let logger = log.logger(level: max(log.logLevel, .warning))
        let (addresses, bound) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        let sandbox = SandboxProgram(SandboxConfiguration(), settings: settings, logger: logger) { bound.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { bound.finish() }
                try await sandbox.run(untilSignalled: false)
            }
            group.addTask {
                for await address in addresses { return try await Demo(address: address, manifests).tell() }
                throw DemoFailure(description: "the sandbox ended before it served")
            }
            // The sandbox ends only by failing, so the first to end decides.
            _ = try await group.next()
            group.cancelAll()
            // What is cancelled may complain; the story is told.
            while (try? await group.next()) != nil {}
        }
    }
}

/// Why the demo could not be shown to its end.
struct DemoFailure: Error, CustomStringConvertible {
    let description: String
}
