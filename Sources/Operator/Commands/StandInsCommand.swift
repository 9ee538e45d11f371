import ArgumentParser
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Sandbox
import ServiceLifecycle

/// `dbaas-operator stand-ins`, for tests on an API server that has no controllers beside it.
struct StandInsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stand-ins",
        abstract: "Play the child operators, the node and the garbage collector of a bare API server.",
        discussion: """
            For tests, never for a cluster that has them. It prints where it tells how often it began each operation, \
            and then that what the child operators bring is installed.
            """,
        shouldDisplay: false
    )

    @OptionGroup var client: ClientOptions

    @Option(help: ArgumentHelp("How many times faster than life the stand-ins work.", valueName: "factor"))
    var speed = 1.0

    @Option(help: ArgumentHelp("Makes delays and passwords the same in every run.", valueName: "number"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("The child operators to play, separated by commas.", valueName: "cnpg,…"))
    var engines = ChildEngines.all

    @OptionGroup var log: LogOptions

    func run() async throws {
        let logger = log.logger("dbaas-stand-ins")
        var configuration = try client.configuration()
        configuration.rateLimit = nil
        let client = KubernetesClient(configuration: configuration, userAgent: "dbaas-stand-ins")
        let engines = try ChildEngines.parse(engines)
        let standIns = StandIns(speed: speed, seed: seed, engines: engines) { manager in
            ServerAPI(client: client, fieldManager: manager, logger: logger)
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let report = ReportServer(logger: quiet) {
            standIns.counts
        } ready: { port in
            print("The stand-ins tell at http://127.0.0.1:\(port)")
            flushOutput()
        }
        let services: [any Service] = [
            ClientService(client: client), report,
            StandInsResident(client: client, standIns: standIns, engines: engines),
        ]
        try await services.run(untilSignalled: true, logger: logger)
    }
}

/// The stand-ins, once the definitions that they need are there.
private struct StandInsResident: Service {
    let client: KubernetesClient
    let standIns: StandIns
    let engines: Set<SandboxConfiguration.ChildEngine>

    func run() async throws {
        for (resource, object) in StandIns.installation(of: engines) { try await install(resource, object) }
        print("Everything is installed")
        flushOutput()
        await standIns.run()
    }

    private func install(_ resource: ResourceType, _ object: JSONValue) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do throws(APIError) {
                _ = try await client.create(resource, namespace: nil, object, fieldManager: "dbaas-stand-ins")
                return
            } catch {
                if error.isAlreadyExists { return }
                // A kind is served a moment after its definition has come.
                guard error.isNotFound, ContinuousClock.now < deadline else { throw error }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
