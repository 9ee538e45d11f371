import CRDs
import ControllerRuntime
import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import ServiceLifecycle

/// The whole operator on one API server, as services.
struct OperatorServices: Sendable {
    let reflectors: Reflectors
    let elector: LeaderElector?
    let queues: [WorkQueue<ObjectKey>]
    /// The one of them that holds the OpsRequests.
    let requestQueue: WorkQueue<ObjectKey>
    /// In the order of dependency: they are to be stopped from the last to the first.
    let services: [any Service]

    /// - Parameter providers: those it knows; nil for all there are.
    init(
        client: KubernetesClient,
        settings: OperatorSettings,
        providers: ProviderFactory? = nil,
        identity: String,
        logger: Logger
    ) {
        let providers = providers ?? ProviderFactory(sizes: settings.ladder)
        let stores = Stores(providers)
        let pending = PendingWrites(stores, providers)
        let events = EventRecorder(
            controller: "dbaas.io/dbaas-operator",
            instance: identity,
            sink: EventSink(client, fieldManager: "dbaas-operator/events"),
            logger: logger
        )
        let context = ControllerContext(
            client: client,
            providers: providers,
            stores: stores,
            writer: IntentWriter(client: client, pending: pending),
            needs: NeedReader(client: client),
            events: events,
            metrics: OperatorMetrics(),
            interval: settings.interval
        )
        reflectors = Reflectors(stores, providers, client: client, namespaces: settings.namespaces, logger: logger)
        let clusters = WorkQueue<ObjectKey>(name: "databasecluster")
        let requests = WorkQueue<ObjectKey>(name: "opsrequest")
        let storages = WorkQueue<ObjectKey>(name: "backupstorage")
        Triggers(clusters: clusters, requests: requests, storages: storages).connect(stores)
        let controllers = [
            Self.controller(of: clusters, context, workers: settings.workers, logger: logger),
            Self.controller(ofRequests: requests, context, workers: settings.workers, logger: logger),
            Self.controller(ofStorages: storages, context, logger: logger),
        ]
        queues = [clusters, requests, storages]
        requestQueue = requests
        let synced = SyncedControllers(reflectors: reflectors, controllers: controllers, logger: logger)
        elector = settings.isLeaderElected ? Self.elector(synced, client, settings, identity, logger) : nil
        services = [ClientService(client: client), events] + reflectors.entries.map(\.service) + [elector ?? synced]
    }

    private static func controller(
        of queue: WorkQueue<ObjectKey>,
        _ context: ControllerContext,
        workers: Int,
        logger: Logger
    ) -> Controller {
        let controller = DatabaseClusterController(context)
        let seats = WorkerSeats("databasecluster", count: workers)
        let providerCount = context.providers.providers.count
        return Controller(
            name: "databasecluster",
            workers: workers,
            queue: queue,
            logger: logger,
            outcomeAtRest: controller.outcomeAtRest
        ) { key in
            try await seats.withSeat {
                let start = ContinuousClock.now
                Logger.current.debug(
                    "reconciliation_started",
                    metadata: ["provider_count": .stringConvertible(providerCount)]
                )
                defer { context.metrics.cycleTook(seconds: (ContinuousClock.now - start).seconds) }
                let outcome = try await controller.reconcile(key)
                Logger.current.debug("reconciliation_completed", metadata: ["outcome": "\(outcome)"])
                return outcome
            }
        }
    }

    private static func controller(
        ofRequests queue: WorkQueue<ObjectKey>,
        _ context: ControllerContext,
        workers: Int,
        logger: Logger
    ) -> Controller {
        let controller = OpsRequestController(context)
        let seats = WorkerSeats("opsrequest", count: workers)
        return Controller(name: "opsrequest", workers: workers, queue: queue, logger: logger) { key in
            try await seats.withSeat { try await controller.reconcile(key) }
        }
    }

    private static func controller(
        ofStorages queue: WorkQueue<ObjectKey>,
        _ context: ControllerContext,
        logger: Logger
    ) -> Controller {
        let controller = BackupStorageController(context: context)
        return Controller(name: "backupstorage", workers: 1, queue: queue, logger: logger) { key in
            try await controller.reconcile(key)
        }
    }

    private static func elector(
        _ controllers: SyncedControllers,
        _ client: KubernetesClient,
        _ settings: OperatorSettings,
        _ identity: String,
        _ logger: Logger
    ) -> LeaderElector {
        LeaderElector(
            key: settings.lease,
            identity: identity,
            timings: settings.timings,
            source: LeaseSource(client.unlimited, settings.lease, fieldManager: "dbaas-operator/leader-election"),
            services: [controllers],
            logger: logger
        )
    }
}

/// The connections to the API server, which close last.
struct ClientService: Service {
    let client: KubernetesClient

    func run() async throws {
        await withGracefulShutdownHandler {
            await client.run()
        } onGracefulShutdown: {
            client.shutDown()
        }
    }
}
