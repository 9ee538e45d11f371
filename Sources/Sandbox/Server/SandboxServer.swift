import Glibc
import Hummingbird
import JSON
import KubernetesAPI
package import Logging
import NIOCore
import ServiceLifecycle

/// A Kubernetes API server in this process, with stand-ins for the child operators beside it.
///
/// Everything is in memory and gone with the process. Requests are answered without authentication.
package final class SandboxServer: Service {
    private let configuration: SandboxConfiguration
    private let server: APIServer
    private let logger: Logger
    private let address = BoundAddress()
    private let controllers: SandboxControllers
    private let standIns: [any StandIn]

    /// Prepares a sandbox: its definitions are installed when this returns, and it listens once ``run()`` is called.
    package init(_ configuration: SandboxConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        var options = APIServer.Options()
        options.seed = configuration.seed
        options.rules = OwnRules.all
        let counters = StandInCounters()
        options.reports["counters"] = { counters.report }
        let operators = ChildOperator.all.filter { configuration.engines.contains($0.engine) }
        options.admission = operators.flatMap(\.webhooks)
        server = APIServer(options)
        if configuration.installOwnDefinitions { server.install(OwnRules.definitions) }
        let seed = configuration.seed ?? 0
        controllers = SandboxControllers(
            api: InProcessClient(server: server, fieldManager: "kube-controller-manager"),
            speed: configuration.speed,
            seed: seed,
            runsWorkloads: configuration.hasStandIns
        )
        for childOperator in operators { server.install(childOperator) }
        let delays = Delays(speed: configuration.speed, seed: seed)
        standIns = (configuration.hasStandIns ? operators : []).map { [server] childOperator in
            let client = InProcessClient(server: server, fieldManager: childOperator.fieldManager)
            return childOperator.loop(client, delays, counters)
        }
    }

    /// "host:port" as soon as requests are answered there; nil when the server has ended before.
    package func boundAddress() async -> String? { await address.wait() }

    /// Listens, and lets the stand-ins work, until shut down.
    ///
    /// - Throws: ``SandboxFailure`` when the address cannot be listened on.
    package func run() async throws {
        defer { address.end() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.controllers.run() }
            for standIn in standIns { group.addTask { await standIn.run() } }
            group.addTask { try await self.listen() }
            // The stand-ins never end by themselves, so the first to end is the listener.
            try await group.next()
            group.cancelAll()
        }
    }

    private func listen() async throws {
        let responder = APIResponder(server: server)
        let application = Application(
            responder: responder,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? self.configuration.port
                self.address.set("\(self.configuration.host):\(port)")
            },
            logger: logger
        )
        do {
            try await application.run()
        } catch let error as IOError {
            let place = "\(configuration.host):\(configuration.port)"
            let why = error.errnoCode == EADDRINUSE ? "something else listens there already" : "\(error)"
            throw SandboxFailure(
                description: "The sandbox cannot listen on \(place): \(why). Choose another address or port."
            )
        }
    }
}

/// Why a sandbox cannot run, as a sentence for who started it.
package struct SandboxFailure: Error, CustomStringConvertible {
    /// What happened and what to do.
    package let description: String
}
