import ControllerRuntime
import Endpoints
import KubernetesClient
import Logging
import Metrics
import Observability
import ServiceLifecycle
import UnixSignals

/// The operator as a program: its services, its endpoints, its end.
struct OperatorProgram {
    private let services: OperatorServices
    private let executor: any TaskExecutor
    private let endpoints: EndpointsServer?
    private let signals: ProcessSignals
    private let logger: Logger

    /// - Parameter level: the level that the logger shares, which signals change.
    init(
        _ configuration: ClientConfiguration,
        _ settings: OperatorSettings,
        endpoints options: EndpointOptions,
        level: LogLevel,
        logger: Logger
    ) {
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        ProcessMetrics.register(in: registry, version: OperatorVersion.text)
        MetricCatalog.describe(in: registry)
        let requests = RequestMetrics(factory: registry)
        let client = KubernetesClient(configuration: configuration, userAgent: OperatorVersion.userAgent) {
            requests.count($0)
        }
        let services = OperatorServices(client: client, settings: settings, identity: Self.identity, logger: logger)
        registry.onCollect { services.reportFigures(to: registry) }
        self.services = services
        executor = client.executor
        signals = ProcessSignals(level: level, logger: logger)
        self.logger = logger
        switch options.listen {
        case .off: endpoints = nil
        case .address(let address):
            endpoints = EndpointsServer(
                address: address,
                registry: registry,
                access: options.access,
                liveness: [HealthCheck("leader-election") { services.elector?.livenessProblem }],
                readiness: services.readiness,
                logger: logger
            ) { port in
                logger.info("Serving health and metrics", metadata: ["port": "\(port)"])
            }
        }
    }

    /// Works until it is told to stop, by a signal or by cancellation.
    ///
    /// - Throws: when the endpoints cannot be served, and `LeadershipLost`.
    func run(untilSignalled: Bool) async throws {
        logger.notice("Starting", metadata: ["version": "\(OperatorVersion.text)"])
        // Signals and endpoints come first: they serve until the others have ended.
        let first: [any Service] = [signals] + (endpoints.map { [$0] } ?? [])
        // On the thread that talks to the API server: what waits for it needs no other one to be woken.
        try await withTaskExecutorPreference(executor) {
            try await (first + services.services).run(untilSignalled: untilSignalled, logger: logger)
        }
        logger.notice("Stopped")
    }

    /// By convention the pod's name, which is its host name, and something random.
    private static var identity: String {
        let host = ProcessEnvironment.variables["HOSTNAME"] ?? "dbaas-operator"
        return "\(host)_\(String(UInt64.random(in: .min ... .max), radix: 16))"
    }
}

extension OperatorServices {
    /// Brings the gauges up to date.
    func reportFigures(to registry: PrometheusRegistry) {
        for queue in queues { queue.reportFigures() }
        let operations = requestQueue.figures
        registry.setGauge("dbaas_queue_depth", to: Double(operations.ready.reduce(0, +)))
        registry.setGauge("dbaas_queue_processing", to: Double(operations.active))
    }

    /// One check for each kind that is watched.
    var readiness: [HealthCheck] {
        reflectors.entries.map { entry in
            HealthCheck(entry.name, notice: { entry.notice }) { entry.problem(now: .now) }
        }
    }
}

extension [any Service] {
    /// Runs services that depend on those before them; SIGTERM and SIGINT stop them from the last to the first.
    ///
    /// - Parameter visitor: a service whose end, good or bad, is the end of all.
    func run(untilSignalled: Bool, together visitor: (any Service)? = nil, logger: Logger) async throws {
        let residents = map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
        let visitors = [visitor].compactMap(\.self).map { visitor in
            ServiceGroupConfiguration.ServiceConfiguration(
                service: visitor,
                successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup
            )
        }
        var configuration = ServiceGroupConfiguration(
            services: residents + visitors,
            gracefulShutdownSignals: untilSignalled ? [.sigterm, .sigint] : [],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(4)
        try await ServiceGroup(configuration: configuration).run()
    }
}
