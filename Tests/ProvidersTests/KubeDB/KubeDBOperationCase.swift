import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// A running database, as it is observed; each part can be made to differ.
struct RunningDatabase {
    var name = "demo"
    var engine = "mongodb"
    var apiKind = "MongoDB"
    /// The lines of the database's spec but for those that follow.
    var spec = "replicaSet: {name: rs0}"
    var replicas = 3
    var ready: Int?
    var pods: Int?
    var memory = "2Gi"
    var podMemory: String?
    var size = "10Gi"
    var requested: String?
    var capacity: String?
    var version = "7.0.28"
    var image = "mongo:7.0.28"
    var container = "mongodb"
    var claimPrefix = "datadir"
    var storageClass = "standard"
    var phase = "Ready"
    var conditions = "[]"
    /// More fields of its status, with a comma before each.
    var status = ""
    var annotations = "{}"
    /// The number of the pod that leads.
    var primary = 0
    var created = "2025-11-01T12:00:00Z"
    var isHalted = false
    /// What the uids of pods begin with.
    var podUID = "pod"
    /// The one container status of a pod.
    var containers: [Int: String] = [:]
    /// Other objects.
    var more: [String] = []

    static let mongodb = RunningDatabase()

    static var postgres: RunningDatabase {
        RunningDatabase(
            engine: "postgresql",
            apiKind: "Postgres",
            spec: "standbyMode: Warm\nstreamingMode: Synchronous",
            version: "16.13",
            image: "postgres:16.13",
            container: "postgres",
            claimPrefix: "data"
        )
    }

    static var mysql: RunningDatabase {
        RunningDatabase(
            engine: "mysql",
            apiKind: "MySQL",
            spec: "topology: {mode: GroupReplication}",
            version: "8.4.8",
            container: "mysql",
            claimPrefix: "data"
        )
    }

    static var redis: RunningDatabase {
        RunningDatabase(
            engine: "redis",
            apiKind: "Redis",
            spec: "mode: Standalone",
            version: "8.2.2",
            container: "redis",
            claimPrefix: "data"
        )
    }

    var nameLabel: String {
        switch apiKind {
        case "Postgres": "postgreses.kubedb.com"
        case "Redis": "redises.kubedb.com"
        case "Elasticsearch": "elasticsearches.kubedb.com"
        default: "\(apiKind.lowercased())s.kubedb.com"
        }
    }

    func observed(answers: [Need: NeedAnswer] = [:]) throws -> Observed {
        let count = pods ?? replicas
        let provider = KubeDBProvider()
        let texts = [database] + (0..<count).map { pod($0) } + (0..<count).map { claim($0) } + more
        let children = try texts.map { try Manifests.child($0, of: provider) }
        return Manifests.observed(children, answers: answers, by: provider)
    }

    private var database: String {
        """
        apiVersion: kubedb.com/v1
        kind: \(apiKind)
        metadata:
          name: \(name)
          namespace: default
          uid: child
          labels: {dbaas.io/cluster: \(name), app.kubernetes.io/managed-by: dbaas-operator}
          annotations: \(annotations)
          resourceVersion: "77"
        spec:
          \(spec.split(separator: "\n").joined(separator: "\n  "))
          version: "\(version)"
          replicas: \(replicas)
          halted: \(isHalted)
          deletionPolicy: Delete
          storage: {storageClassName: \(storageClass), resources: {requests: {storage: \(size)}}}
          podTemplate:
            spec:
              containers:
              - name: \(container)
                resources: {requests: {cpu: "1", memory: \(memory)}, limits: {cpu: "1", memory: \(memory)}}
        status: {phase: "\(phase)", conditions: \(conditions)\(status)}
        """
    }

    private func labels(_ more: String = "") -> String {
        "{app.kubernetes.io/instance: \(name), app.kubernetes.io/managed-by: kubedb.com, "
            + "app.kubernetes.io/name: \(nameLabel)\(more)}"
    }

    private func pod(_ number: Int) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(name)-\(number)
          namespace: default
          uid: \(podUID)-\(number)
          creationTimestamp: "\(created)"
          labels: \(labels(", kubedb.com/role: \(number == primary ? "primary" : "standby")"))
        spec:
          containers:
          - name: \(container)
            image: \(image)
            resources:
              requests: {cpu: "1", memory: \(podMemory ?? memory)}
              limits: {cpu: "1", memory: \(podMemory ?? memory)}
        status:
          phase: Running
          containerStatuses: [\(containers[number] ?? "")]
          conditions:
          - {type: Ready, status: "\(number < ready ?? replicas ? "True" : "False")"}
        """
    }

    private func claim(_ number: Int) -> String {
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: \(claimPrefix)-\(name)-\(number), namespace: default, uid: claim-\(number), labels: \(labels())}
        spec: {storageClassName: \(storageClass), resources: {requests: {storage: \(requested ?? size)}}}
        status: {phase: Bound, capacity: {storage: \(capacity ?? requested ?? size)}}
        """
    }
}

/// An operation on that database, and what the provider says of it.
struct KubeDBOperationCase {
    var request: String
    var running: RunningDatabase
    /// The lines of the cluster's spec but for engine and provider.
    var spec: String
    var storage = "10Gi"
    var status = ""
    var answers: [Need: NeedAnswer] = [:]
    var attempt = 1

    private let provider = KubeDBProvider()

    init(
        _ request: String,
        _ running: RunningDatabase = .mongodb,
        spec: String = "clusterSize: 3",
        status: String = "",
        attempt: Int = 1
    ) {
        self.request = request
        self.running = running
        self.spec = spec
        self.status = status
        self.attempt = attempt
    }

    /// One of KubeDB's requests, by default the one that the operation files.
    static func native(
        _ name: String,
        _ type: String,
        _ phase: String = "",
        kind: String = "MongoDBOpsRequest",
        conditions: String = "[]",
        request: String = "abc",
        created: String = "2026-11-01T12:00:01Z",
        of database: String = "demo"
    ) -> String {
        """
        apiVersion: ops.kubedb.com/v1alpha1
        kind: \(kind)
        metadata:
          name: \(name)
          namespace: default
          uid: uid-of-\(name)
          resourceVersion: "41"
          creationTimestamp: "\(created)"
          labels:
            dbaas.io/cluster: \(database)
            app.kubernetes.io/managed-by: dbaas-operator
            dbaas.io/ops-request: \(request)
        spec: {type: \(type), databaseRef: {name: \(database)}}
        status: {phase: "\(phase)", conditions: \(conditions)}
        """
    }

    /// The number in the names of what a request of ours files.
    static let stamp = "1793534400"

    private func cluster() throws -> DatabaseCluster {
        try Manifests.cluster(
            of: """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: \(running.name), namespace: default, uid: 0123456789ab}
                spec: {engine: \(running.engine), provider: kubedb, storage: \(storage), \(spec)}
                status: {phase: Ready}
                """
        )
    }

    func context() throws -> OperationContext {
        OperationContext(
            cluster: try cluster(),
            request: try Manifests.request(request, status: status),
            observed: try running.observed(answers: answers),
            attempt: attempt
        )
    }

    func answer() throws -> OperationAnswer { provider.operations.execute(try context()) }
    func report() throws -> OperationReport { provider.operations.progress(of: try context()) }

    func wishes() throws -> [OperationWish] {
        provider.view(of: try cluster(), try running.observed(answers: answers)).wishes()
    }

    func retirements(underWay: Set<String> = [], historyLimit: Int = 3) throws -> [String] {
        try deletions(underWay: underWay, historyLimit: historyLimit).map { $0.target.key.name }
    }

    func deletions(underWay: Set<String> = [], historyLimit: Int = 3) throws -> [Intent] {
        var cluster = try cluster()
        cluster.spec.operations.historyLimit = historyLimit
        return provider.view(of: cluster, try running.observed()).retirements(underWay: underWay)
    }

    /// Why it is not done.
    func refusal() throws -> Refusal? {
        switch try answer() {
        case .refused(let refusal), .notYet(let refusal): refusal
        default: nil
        }
    }

    /// What the writes on children are, whether or not the spec is written too.
    func intents() throws -> [Intent] {
        switch try answer() {
        case .intents(let intents, _): intents
        case .specChange(let change): change.intents
        default: []
        }
    }

    func change() throws -> SpecChange? {
        if case .specChange(let change) = try answer() { change } else { nil }
    }

    /// The one request that is filed with KubeDB.
    func filed() throws -> DesiredObject? {
        for intent in try intents() { if case .create(let object) = intent { return object } }
        return nil
    }

    func missing() throws -> String? {
        if case .running(_, let missing) = try report() { missing } else { nil }
    }

    func evidence() throws -> [String]? {
        if case .succeeded(let evidence, _) = try report() { evidence } else { nil }
    }

    /// The name of what is filed after the first one.
    func following() throws -> String? {
        if case .further(let intents, _) = try report() { intents.first?.target.key.name } else { nil }
    }

    func failure() throws -> Refusal? {
        switch try report() {
        case .failed(let refusal), .retryable(let refusal): refusal
        default: nil
        }
    }

    func isAlreadySo() throws -> Bool {
        if case .alreadySo = try answer() { true } else { false }
    }
}
