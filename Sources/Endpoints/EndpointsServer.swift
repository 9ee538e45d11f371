import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
package import Observability
import ServiceLifecycle

/// Health and metrics cannot be served.
package struct EndpointsUnavailable: Error, Sendable, CustomStringConvertible {
    package let address: ListenAddress
    package let reason: String

    package var description: String {
        "Health and metrics cannot be served at \(address) (\(reason)); free it or choose another address"
    }
}

/// Serves `/metrics`, `/healthz` and `/readyz` over HTTP until shutdown.
///
/// `/readyz` and `/healthz` answer 200 or 503 and say why; `?verbose` lists all checks. Runs whether or not the process
/// leads.
package final class EndpointsServer: Service {
    private let address: ListenAddress
    private let registry: PrometheusRegistry
    private let access: MetricsAccess
    private let liveness: [HealthCheck]
    private let readiness: [HealthCheck]
    private let logger: Logger
    private let listening: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - access: who may read the metrics; probes are open to everybody.
    ///   - listening: told the port once connections are accepted.
    package init(
        address: ListenAddress,
        registry: PrometheusRegistry,
        access: MetricsAccess = .everybody,
        liveness: [HealthCheck],
        readiness: [HealthCheck],
        logger: Logger,
        listening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.address = address
        self.registry = registry
        self.access = access
        self.liveness = liveness
        self.readiness = readiness
        self.logger = logger
        self.listening = listening
    }

    /// Throws ``EndpointsUnavailable`` when the address cannot be listened on.
    package func run() async throws {
        let listening = listening
        // That it listens is told by `listening`, not by the web server's own words.
        var quiet = logger
        quiet.logLevel = .warning
        let application = Application(
            router: router(),
            configuration: ApplicationConfiguration(address: .hostname(address.host, port: address.port)),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { listening(port) }
            },
            logger: quiet
        )
        do {
            try await application.run()
        } catch let error where !(error is CancellationError) {
            throw EndpointsUnavailable(address: address, reason: "\(error)")
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        let registry = registry
        let access = access
        router.get("/metrics") { request, _ in
            guard access.allows(request.headers[.authorization]) else {
                var refusal = Self.answer("The metrics ask for a bearer token.\n", .unauthorized)
                refusal.headers[.wwwAuthenticate] = "Bearer"
                return refusal
            }
            return Self.answer(registry.exposition(), .ok, contentType: PrometheusRegistry.contentType)
        }
        let probes = [("/healthz", liveness), ("/livez", liveness), ("/readyz", readiness)]
        for (path, checks) in probes {
            router.get(RouterPath(path)) { request, _ in
                let verbose = request.uri.queryParameters["verbose"] != nil
                let report = HealthReport(checks, verbose: verbose)
                return Self.answer(report.text, report.isHealthy ? .ok : .serviceUnavailable)
            }
        }
        return router
    }

    private static func answer(
        _ text: String,
        _ status: HTTPResponse.Status,
        contentType: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
