import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// A database named demo with its pods and volumes, of any engine and topology, as it is observed.
struct KubeDBSnapshot {
    var engine = "postgresql"
    var apiKind = "Postgres"
    var plural = "postgreses"
    var container = "postgres"
    /// The database's spec in flow style, without braces.
    var spec = Self.postgresSpec
    var phase = "Ready"
    var conditions = "[]"
    var pods: [Member] = [
        Member(name: "demo-0", role: "primary"), Member(name: "demo-1", role: "standby"),
        Member(name: "demo-2", role: "standby"),
    ]
    /// The capacity of the volume of each pod that has one, by the claim's name.
    var claims = ["data-demo-0": "10Gi", "data-demo-1": "10Gi", "data-demo-2": "10Gi"]
    /// What a volume was asked to have, where it does not have it yet.
    var requested: [String: String] = [:]
    var created = "2025-11-01T12:00:00Z"
    var deletionTimestamp: String?
    var more: [String] = []

    struct Member {
        var name: String
        var role = ""
        var isReady = true
        var memory = "2Gi"
        /// The one container status.
        var status = ""
    }

    static func resources(_ container: String, memory: String = "2Gi") -> String {
        let amounts = "{cpu: \"1\", memory: \(memory)}"
        return "podTemplate: {spec: {containers: [{name: \(container), resources: "
            + "{requests: \(amounts), limits: \(amounts)}}]}}"
    }

    static let storage =
        "storage: {accessModes: [ReadWriteOnce], storageClassName: standard, resources: {requests: {storage: 10Gi}}}"
    static let postgresSpec =
        "version: \"17.9\", replicas: 3, storageType: Durable, deletionPolicy: Delete, halted: false, \(storage), "
        + resources("postgres")

    static let sharded = KubeDBSnapshot(
        engine: "mongodb",
        apiKind: "MongoDB",
        plural: "mongodbs",
        container: "mongodb",
        spec: "version: 8.0.17, shardTopology: {shard: {shards: 2, replicas: 2, \(storage), \(resources("mongodb"))}, "
            + "configServer: {replicas: 1, \(storage)}, mongos: {replicas: 2}}",
        pods: [
            Member(name: "demo-shard0-0", role: "primary"), Member(name: "demo-shard0-1", role: "standby"),
            Member(name: "demo-shard1-0", role: "primary"), Member(name: "demo-shard1-1", role: "standby"),
            Member(name: "demo-configsvr-0"), Member(name: "demo-mongos-0"), Member(name: "demo-mongos-1"),
        ],
        claims: [
            "datadir-demo-shard0-0": "10Gi", "datadir-demo-shard0-1": "10Gi", "datadir-demo-shard1-0": "10Gi",
            "datadir-demo-shard1-1": "10Gi", "datadir-demo-configsvr-0": "5Gi",
        ]
    )

    private var labels: String {
        "{app.kubernetes.io/instance: demo, app.kubernetes.io/managed-by: kubedb.com, "
            + "app.kubernetes.io/name: \(plural).kubedb.com"
    }

    private var database: String {
        """
        apiVersion: kubedb.com/v1
        kind: \(apiKind)
        metadata:
          name: demo
          namespace: default
          uid: child
          resourceVersion: "77"
          generation: 1
          creationTimestamp: "\(created)"
          \(deletionTimestamp.map { "deletionTimestamp: \"\($0)\"" } ?? "finalizers: [kubedb.com]")
          labels: {dbaas.io/cluster: demo, app.kubernetes.io/managed-by: dbaas-operator}
        spec: {\(spec)}
        status: {phase: "\(phase)", conditions: \(conditions)}
        """
    }

    private func pod(_ member: Member) -> String {
        let amounts = "{cpu: \"1\", memory: \(member.memory)}"
        return """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(member.name)
              namespace: default
              uid: \(member.name)
              creationTimestamp: "\(created)"
              labels: \(labels)\(member.role.isEmpty ? "" : ", kubedb.com/role: \(member.role)")}
            spec: {containers: [{name: \(container), resources: {requests: \(amounts), limits: \(amounts)}}]}
            status:
              phase: Running
              containerStatuses: [\(member.status)]
              conditions: [{type: Ready, status: "\(member.isReady ? "True" : "False")"}]
            """
    }

    func children() throws -> [ChildObject] {
        let volumes = claims.sorted { $0.key < $1.key }.map { name, capacity in
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: \(name), namespace: default, uid: \(name), labels: \(labels)}}
            spec: {storageClassName: standard, resources: {requests: {storage: \(requested[name] ?? capacity)}}}
            status: {phase: Bound, capacity: {storage: \(capacity)}}
            """
        }
        return try ([database] + pods.map(pod) + volumes + more).map { try Manifests.child($0, of: KubeDBProvider()) }
    }

    func observed(answers: [Need: NeedAnswer] = [:]) throws -> Observed {
        Manifests.observed(try children(), answers: answers, by: KubeDBProvider())
    }

    /// A cluster that asks for what this database has, unless other lines of a spec are given.
    func cluster(_ spec: String = "clusterSize: 3", status: String = "phase: Ready") throws -> DatabaseCluster {
        try Manifests.cluster("provider: kubedb, \(spec)", engine: engine, status: status)
    }

    func report(_ spec: String = "clusterSize: 3", status: String = "phase: Ready") throws -> ClusterReport {
        KubeDBProvider().status(of: try cluster(spec, status: status), try observed())
    }

    /// What is rendered of the database itself.
    func rendered(_ spec: String = "clusterSize: 3") throws -> JSONValue {
        let objects = KubeDBProvider().desiredObjects(for: try cluster(spec), try observed())
        return try #require(objects.last?.content["spec"])
    }
}

/// The versions that KubeDB's catalogue has, as an answer to the provider's question.
enum KubeDBVersions {
    static func answer(
        _ kind: String,
        _ versions: [(name: String, version: String, more: String)]
    ) throws
        -> [Need: NeedAnswer]
    {
        let resource = ResourceType(
            group: "catalog.kubedb.com",
            version: "v1alpha1",
            plural: "\(kind.lowercased())versions",
            kind: "\(kind)Version",
            isNamespaced: false
        )
        let objects = try versions.map { item in
            try Manifests.value(
                "{metadata: {name: \"\(item.name)\"}, spec: {version: \"\(item.version)\", db: {image: x}\(item.more)}}"
            )
        }
        return [.list(resource, namespace: "", labelSelector: ""): .objects(objects)]
    }
}
