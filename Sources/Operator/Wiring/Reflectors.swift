import CRDs
import ControllerRuntime
import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import ServiceLifecycle

/// The reflectors that fill the stores.
struct Reflectors: Sendable {
    /// One reflector, whatever it reads.
    struct Entry: Sendable {
        let resource: ResourceType
        /// Kinds of our own must be there for the operator to be of any use; others are expected to come and go.
        let isOurs: Bool
        let service: any Service
        let isSynced: @Sendable () -> Bool
        let unavailableReason: @Sendable () -> String?
        let trouble: @Sendable () -> (since: ContinuousClock.Instant, reason: String)?
        let outdate: @Sendable (_ before: ContinuousClock.Instant) -> Void
        let waitUntilSettled: @Sendable () async -> Void
    }

    let entries: [Entry]

    init(
        _ stores: Stores,
        _ providers: ProviderFactory,
        client: KubernetesClient,
        namespaces: [String]?,
        logger: Logger
    ) {
        let definitions = ObjectStore<PartialObject>(resource: .customResourceDefinition)
        let installed = InstalledKinds(definitions)
        func entry<Object>(
            _ kind: ObjectKind<Object>,
            _ store: ObjectStore<Object>,
            isOurs: Bool,
            labelSelector: String? = nil,
            isMetadataOnly: Bool = false
        ) -> Entry {
            let reflector = Reflector(
                kind: kind,
                store: store,
                source: CollectionSource(
                    client,
                    kind.resource,
                    labelSelector: labelSelector,
                    isMetadataOnly: isMetadataOnly
                ),
                namespaces: kind.resource.isNamespaced ? namespaces : nil,
                installed: installed,
                logger: logger
            )
            return Entry(
                resource: kind.resource,
                isOurs: isOurs,
                service: reflector,
                isSynced: { reflector.isSynced },
                unavailableReason: { reflector.unavailableReason },
                trouble: { reflector.trouble },
                outdate: { reflector.outdate(before: $0) },
                waitUntilSettled: { await reflector.waitUntilSettled() }
            )
        }
        var entries = [
            entry(PartialObject.definitions, definitions, isOurs: false, isMetadataOnly: true),
            entry(DatabaseCluster.kind, stores.clusters, isOurs: true),
            entry(OpsRequest.kind, stores.requests, isOurs: true),
            entry(BackupStorage.kind, stores.storages, isOurs: true),
        ]
        for provider in providers.providers {
            for watched in provider.watches {
                guard let store = stores.children[provider.name]?[watched.resource] else { continue }
                let kind = ObjectKind<ChildObject>(resource: watched.resource, decode: watched.decode)
                entries.append(entry(kind, store, isOurs: false, labelSelector: watched.labelSelector))
            }
        }
        self.entries = entries
    }
}

extension Reflectors.Entry {
    /// Such as `databaseclusters.dbaas.io`.
    var name: String { resource.group.isEmpty ? resource.plural : "\(resource.plural).\(resource.group)" }

    /// What is missing and yet no reason to be not ready: a child kind that is not installed or may not be read.
    var notice: String? { isOurs ? nil : unavailableReason() }

    /// Why decisions would be made on nothing or on an old view of this kind; nil when all is well.
    ///
    /// A child kind that is not installed is no reason: that is told by the clusters that need it.
    func problem(now: ContinuousClock.Instant) -> String? {
        if isOurs, !isSynced() { return unavailableReason() ?? trouble()?.reason ?? "not read yet" }
        guard let trouble = trouble(), unavailableReason() == nil else { return nil }
        return now - trouble.since > .seconds(120) ? trouble.reason : nil
    }
}
