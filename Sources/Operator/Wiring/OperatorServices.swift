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
    /// In the order of dependency: they are to be stopped from the last to the first.
    let services: [any Service]

    init(client: KubernetesClient, settings: OperatorSettings, identity: String, logger: Logger) {
        let providers = ProviderFactory(sizes: settings.ladder)
        let stores = Stores(providers)
        let pending = Self.pendingWrites(stores)
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
        let controllers = Self.controllers(context, stores, workers: settings.workers, logger: logger)
        queues = controllers.map(\.queue)
        let synced = SyncedControllers(reflectors: reflectors, controllers: controllers)
        elector = settings.isLeaderElected ? Self.elector(synced, client, settings, identity, logger) : nil
        services = [ClientService(client: client), events] + reflectors.entries.map(\.service) + [elector ?? synced]
    }

    private static func controllers(
        _ context: ControllerContext,
        _ stores: Stores,
        workers: Int,
        logger: Logger
    ) -> [Controller] {
        let clusters = WorkQueue<ObjectKey>(name: "databasecluster")
        let requests = WorkQueue<ObjectKey>(name: "opsrequest")
        Triggers(clusters: clusters, requests: requests).connect(stores)
        let clusterController = DatabaseClusterController(context)
        let requestController = OpsRequestController(context)
        return [
            Controller(name: "databasecluster", workers: workers, queue: clusters, logger: logger) { key in
                try await clusterController.reconcile(key)
            },
            Controller(name: "opsrequest", workers: workers, queue: requests, logger: logger) { key in
                try await requestController.reconcile(key)
            },
        ]
    }

    private static func pendingWrites(_ stores: Stores) -> PendingWrites {
        let pending = PendingWrites()
        pending.watch(stores.clusters)
        pending.watch(stores.requests)
        for kinds in stores.children.values {
            for store in kinds.values { pending.watch(store) }
        }
        return pending
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
            source: LeaseSource(client, settings.lease, fieldManager: "dbaas-operator/leader-election"),
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
