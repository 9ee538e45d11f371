import CRDs
import KubernetesAPI

/// What applier, hook, status and operations all have to know about a cluster, worked out once per snapshot.
///
/// Shared by reference: it holds the whole cluster and snapshot, which would be dear to copy from part to part.
final class KubeDBPlan: Sendable {
    let cluster: DatabaseCluster
    let observed: Observed
    let options: KubeDBOptions
    let engine: KubeDBEngine
    /// Nil while there is no database.
    let child: KubeDBDatabase?
    /// What the cluster asks for.
    let topology: KubeDBTopology
    /// What shall run.
    let version: KubeDBWishedVersion
    /// What size classes mean.
    let sizes: SizeLadder
    /// What each member that holds data shall have, all four amounts of it; nil for a class that is not known.
    let resources: ResourceRequirements?

    init(_ cluster: DatabaseCluster, _ observed: Observed, sizes: SizeLadder) {
        self.cluster = cluster
        self.observed = observed
        self.sizes = sizes
        options = KubeDBOptions(cluster)
        engine = KubeDBEngine.of(cluster.spec.engine)
        child = KubeDBDatabase(observed, of: cluster)
        topology = KubeDBTopology(cluster, options, live: child?.layout.mode)
        version = KubeDBWishedVersion(cluster, engine, live: child?.version, observed)
        resources = sizes.resources(of: cluster.spec).map { Self.complete($0, by: sizes.defaultClass.resources) }
    }

    /// All four amounts: KubeDB's own defaults would fill what is missing, and raise a limit to its request.
    static func complete(_ asked: ResourceRequirements, by standard: ResourceRequirements) -> ResourceRequirements {
        func both(_ request: Quantity?, _ limit: Quantity?, _ standard: Quantity?) -> (Quantity?, Quantity?) {
            let request = request ?? limit ?? standard
            return (request, limit ?? request)
        }
        let cpu = both(asked.requests.cpu, asked.limits.cpu, standard.requests.cpu)
        let memory = both(asked.requests.memory, asked.limits.memory, standard.requests.memory)
        return ResourceRequirements(
            requests: ResourceAmounts(cpu: cpu.0, memory: memory.0),
            limits: ResourceAmounts(cpu: cpu.1, memory: memory.1)
        )
    }

    var key: ObjectKey { cluster.metadata.key }

    /// All pods that KubeDB made for the database, in the order of their names.
    var pods: [Pod] { observed.kubedbPods(of: engine, named: key.name) }

    /// All volume claims of the database, in the order of their names.
    var claims: [PersistentVolumeClaim] { observed.kubedbClaims(of: engine, named: key.name) }

    /// The claims of the members that hold data; none while there is no database.
    var dataClaims: [PersistentVolumeClaim] {
        child.map { $0.layout.claims(of: $0.layout.data, among: claims, database: key.name) } ?? []
    }

    /// The engine parameters as the text of the file that they are written to; nil when there are none.
    var configuration: String? {
        cluster.spec.config.isEmpty ? nil : KubeDBConfiguration.text(of: cluster.spec.config, for: engine.engine)
    }

    /// How many proxies there shall be: for sharded MongoDB its mongos, which it cannot be without.
    ///
    /// Where nobody asks for a number, a running database keeps the one that it has.
    var proxies: Int? {
        guard topology.mode == .sharded, engine.engine == .mongodb else { return nil }
        return cluster.spec.proxy.flatMap { $0.enabled ? $0.replicas : nil } ?? child?.proxies ?? 2
    }

    /// How many proxies a running database shall have that has another number of them; nil when there is none to change.
    var changedProxies: Int? {
        guard let wanted = proxies, let live = child?.proxies, live != wanted else { return nil }
        return wanted
    }

    /// How Prometheus shall scrape the members; nil when it shall not.
    var scraping: PrometheusSpec? {
        guard let monitoring = cluster.spec.monitoring, monitoring.enabled else { return nil }
        return monitoring.prometheus ?? PrometheusSpec()
    }

    static let sentinelSuffix = "-sentinel"

    /// Where the sentinels of replicated Redis are; those that the operator makes have a name of their own.
    var sentinel: ObjectKey {
        let given = options.sentinel
        let namespace = given.map { $0.namespace.isEmpty ? key.namespace : $0.namespace } ?? key.namespace
        return ObjectKey(namespace: namespace, name: given?.name ?? "\(key.name)\(Self.sentinelSuffix)")
    }

    /// Whether the operator makes the sentinels, and the database has not been given others since.
    var makesSentinels: Bool {
        guard topology.mode == .sentinel, options.sentinel == nil else { return false }
        return child?.sentinel.map { $0 == sentinel } ?? true
    }
}

extension KubeDBPlan {
    /// The operator's own requests to KubeDB that are not going already, oldest first.
    var ownRequests: [KubeDBRequest] {
        observed.kubedbRequests(engine).filter { request in
            ChildLabels.isOurs(request.metadata, cluster: key.name) && !request.metadata.isBeingDeleted
        }
    }

    /// The request to KubeDB that is under way on the database, whoever made it; nil when none is.
    var activeRequest: (type: String, text: String)? {
        guard let request = observed.kubedbRequests(engine).first(where: { !$0.phase.isEnd }) else { return nil }
        return (request.type, "KubeDB is at work on \(request.text(engine))")
    }
}
