import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import Providers

/// Everything that was seen of the API server; the reflectors write it, both controllers read it.
struct Stores: Sendable {
    let clusters = ObjectStore<DatabaseCluster>(resource: DatabaseCluster.resource)
    /// Owned, here, by the cluster that the request names, whether that exists or not.
    let requests = ObjectStore<OpsRequest>(resource: OpsRequest.resource) { request in
        ObjectKey(namespace: request.metadata.namespace, name: request.spec.clusterRef)
    }
    let storages = ObjectStore<BackupStorage>(resource: BackupStorage.resource)
    /// What each provider watches; two providers may watch one kind with different selectors.
    let children: [ProviderName: [ResourceType: ObjectStore<ChildObject>]]

    init(_ providers: ProviderFactory) {
        var children: [ProviderName: [ResourceType: ObjectStore<ChildObject>]] = [:]
        for provider in providers.providers {
            for watched in provider.watches {
                children[provider.name, default: [:]][watched.resource] = ObjectStore(resource: watched.resource) {
                    watched.owningCluster(of: $0.metadata)
                }
            }
        }
        self.children = children
    }

    /// The snapshot that a provider decides from.
    func observed(
        _ cluster: ObjectKey,
        by provider: any Provider,
        now: Timestamp,
        answers: [Need: NeedAnswer] = [:]
    ) -> Observed {
        var observed = Observed(now: now, answers: answers)
        for (resource, store) in children[provider.name] ?? [:] {
            // A store has a version once its collection was read, and none while the kind is not installed.
            guard store.resourceVersion(namespace: cluster.namespace) != nil else { continue }
            observed.add(store.list(ownedBy: cluster), of: resource)
        }
        return observed
    }

    /// Up to which version a kind has been seen for a cluster; nil while its provider does not see the kind at all.
    ///
    /// Another provider's watch of the kind may leave out what belongs to the cluster.
    func resourceVersion(
        of resource: ResourceType,
        for cluster: ObjectKey,
        namespace: String,
        _ providers: ProviderFactory
    ) -> String? {
        guard let spec = clusters.get(cluster)?.spec, let provider = try? providers.provider(for: spec) else {
            return nil
        }
        return children[provider.name]?[resource]?.resourceVersion(namespace: namespace)
    }

    /// Why one of those kinds may not be read, as a sentence; nil when none is refused.
    func refusal(of kinds: [ResourceType], by provider: any Provider) -> String? {
        for kind in kinds {
            guard let words = children[provider.name]?[kind]?.refusal else { continue }
            return "the operator may not read \(kind): \(words); give it the rights of config/rbac/role.yaml"
        }
        return nil
    }

    /// Whether a remembered answer is as new as what these stores show; nil for what they do not hold.
    func isCurrent(_ need: Need, _ answer: NeedAnswer) -> Bool? {
        guard case .object(BackupStorage.resource, let key) = need else { return nil }
        let seen = storages.get(key)?.metadata.resourceVersion
        guard case .object(let object) = answer else { return seen == nil }
        return object.at("metadata", "resourceVersion")?.string == seen
    }
}

extension PendingWrites {
    /// Waits for what is written until the stores have seen it, each child in the store of its cluster's provider.
    convenience init(_ stores: Stores, _ providers: ProviderFactory) {
        self.init()
        watch(stores.clusters)
        watch(stores.requests)
        for resource in Set(stores.children.values.flatMap(\.keys)) {
            watch(resource) { cluster, namespace in
                stores.resourceVersion(of: resource, for: cluster, namespace: namespace, providers)
            }
        }
    }
}
