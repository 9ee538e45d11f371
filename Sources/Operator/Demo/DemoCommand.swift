import ArgumentParser
import Logging
import Sandbox
import ServiceLifecycle

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
        let story = DemoStory(addresses: addresses, manifests: manifests)
        let sandbox = SandboxProgram(SandboxConfiguration(), settings: settings, logger: logger) { bound.yield($0) }
        try await sandbox.run(untilSignalled: true, together: story)
    }
}

/// The story as the service whose end ends the others.
private struct DemoStory: Service {
    let addresses: AsyncStream<String>
    let manifests: DemoManifests

    func run() async throws {
        for await address in addresses.cancelOnGracefulShutdown() {
            return try await Demo(address: address, manifests).tell()
        }
    }
}

/// Why the demo could not be shown to its end.
struct DemoFailure: Error, CustomStringConvertible {
    let description: String
}
