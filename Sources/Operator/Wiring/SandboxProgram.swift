import KubernetesClient
import Logging
import Sandbox
import ServiceLifecycle

/// The sandbox as a program, with the operator in it unless told otherwise.
struct SandboxProgram {
    private let server: SandboxServer
    private let settings: OperatorSettings?
    private let logger: Logger
    private let ready: @Sendable (String) async throws -> Void

    /// - Parameters:
    ///   - settings: the operator's, or nil for a sandbox without it.
    ///   - ready: called with host and port once requests are answered there.
    init(
        _ configuration: SandboxConfiguration,
        settings: OperatorSettings?,
        logger: Logger,
        ready: @escaping @Sendable (String) async throws -> Void
    ) {
        // Listening is told by `ready`, not by the web server's own words.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        server = SandboxServer(configuration, logger: quiet)
        self.settings = settings
        self.logger = logger
        self.ready = ready
    }

    /// Serves until it is told to stop, by a signal or by cancellation.
    ///
    /// - Parameter visitor: a service whose end, good or bad, is the end of all.
    func run(untilSignalled: Bool, together visitor: (any Service)? = nil) async throws {
        let services: [any Service] = [server, SandboxResident(program: self)]
        try await services.run(untilSignalled: untilSignalled, together: visitor, logger: logger)
    }

    fileprivate func live() async throws {
        guard let address = await server.boundAddress() else { return }
        try await ready(address)
        guard let settings else { return try await gracefulShutdown() }
        let client = KubernetesClient(
            configuration: ClientConfiguration(server: "http://\(address)"),
            userAgent: OperatorVersion.userAgent
        )
        var alone = settings
        alone.isLeaderElected = false
        let services = OperatorServices(client: client, settings: alone, identity: "sandbox", logger: logger)
        try await services.services.run(untilSignalled: false, logger: logger)
    }
}

/// What lives in the sandbox once it serves.
private struct SandboxResident: Service {
    let program: SandboxProgram

    func run() async throws { try await program.live() }
}
