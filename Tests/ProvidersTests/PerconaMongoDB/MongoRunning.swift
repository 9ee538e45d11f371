import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// A running replica set named demo of Percona's operator, as it is observed; each part can be made to differ.
struct MongoRunning {
    static let provider = PSMDBProvider()
    static let image = "percona/percona-server-mongodb:8.0.19-7"
    static let longAgo = "2025-11-01T12:00:00Z"

    var members = 3
    var pods: Int?
    var ready = 3
    var state = "ready"
    var message = ""
    var generation: Int64 = 4
    var seenGeneration: Int64 = 4
    var paused = false
    var image = Self.image
    /// By ordinal; those that are not named run the cluster's.
    var images: [Int: String] = [:]
    var mongoVersion = "8.0.19-7"
    var memory = "2Gi"
    var podMemory: [Int: String] = [:]
    var size = "10Gi"
    var capacity = "10Gi"
    var requestedStorage: String?
    var annotations: [String: String] = [:]
    var finalizers = ["percona.com/delete-psmdb-pods-in-order", "percona.com/delete-psmdb-pvc"]
    var configuration: String?
    /// The ordinal of the primary; nobody leads with nil.
    var primary: Int? = 0
    /// What MongoDB says of members that are neither primary nor secondary.
    var memberStates: [Int: String] = [:]
    var stamps: [Int: String] = [:]
    /// When pods were made; those that are not named here, last year.
    var created: [Int: String] = [:]
    var podUIDs: [Int: String] = [:]
    var claimUIDs: [Int: String] = [:]
    /// The one container status of a pod.
    var containers: [Int: String] = [:]
    var resizing = false
    /// How many pods of the StatefulSet have its newest template.
    var updated: Int?
    var claimConditions = "[]"
    var storageClass = "standard"
    var backup = """
        {enabled: true, image: pbm, pitr: {enabled: true}, tasks: [{name: daily, enabled: true}],
         storages: {main: {type: s3, main: true, s3: {bucket: b}}}}
        """
    var statusMore = "backupVersion: 2.12.0, backupConfigHash: abc,"
    var statusOfSet: (size: Int, ready: Int)?
    var conditions = "[{type: ready, status: \"True\", lastTransitionTime: \"2025-11-01T12:00:00Z\"}]"

    func observed(_ more: [String] = [], answers: [Need: NeedAnswer] = [:]) throws -> Observed {
        let count = pods ?? members
        let texts = [cluster, statefulSet] + (0..<count).map(pod) + (0..<members).map(claim) + more
        return Manifests.observed(
            try texts.map { try Manifests.child($0, of: Self.provider) },
            answers: answers,
            by: Self.provider
        )
    }

    static func pod(_ ordinal: Int) -> String { "demo-rs0-\(ordinal)" }

    private var labels: String {
        "{app.kubernetes.io/instance: demo, app.kubernetes.io/component: mongod, app.kubernetes.io/replset: rs0}"
    }

    private var cluster: String {
        var notes = annotations
        notes["dbaas.io/requested-storage"] = requestedStorage ?? size
        let lines = configuration.map { "configuration: \(JSONValue.string($0))," } ?? ""
        let counts = statusOfSet ?? (members, ready)
        return """
            apiVersion: psmdb.percona.com/v1
            kind: PerconaServerMongoDB
            metadata:
              name: demo
              namespace: default
              uid: child
              resourceVersion: "77"
              generation: \(generation)
              creationTimestamp: "\(Self.longAgo)"
              labels: {dbaas.io/cluster: demo, app.kubernetes.io/managed-by: dbaas-operator}
              annotations: \(JSONValue(notes))
              finalizers: \(JSONValue(finalizers))
            spec:
              crVersion: 1.22.0
              image: \(image)
              pause: \(paused)
              secrets: {users: demo-secrets}
              replsets:
              - {name: rs0, size: \(members), \(lines) resources: \(resources(memory)),
                 volumeSpec: {persistentVolumeClaim: {resources: {requests: {storage: \(size)}}}}}
              backup: \(backup)
            status: {state: "\(state)", message: "\(message)", observedGeneration: \(seenGeneration), \(statusMore)
              mongoVersion: "\(mongoVersion)", size: \(members), ready: \(ready), conditions: \(conditions),
              replsets: {rs0: {size: \(counts.size), ready: \(counts.ready), members: \(memberTexts)}}}
            """
    }

    private var memberTexts: String {
        let texts = (0..<members).map { ordinal in
            let state = memberStates[ordinal] ?? (ordinal == primary ? "PRIMARY" : "SECONDARY")
            return "\(Self.pod(ordinal)): {name: \"h:27017\", state: 1, stateStr: \(state)}"
        }
        return "{\(texts.joined(separator: ", "))}"
    }

    private func resources(_ memory: String) -> String {
        "{requests: {cpu: \"1\", memory: \(memory)}, limits: {cpu: \"1\", memory: \(memory)}}"
    }

    private var statefulSet: String {
        let notes = resizing ? "{percona.com/pvc-resize-in-progress: \"true\"}" : "{}"
        let count = paused ? 0 : members
        return """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: demo-rs0, namespace: default, uid: sts, generation: 2, labels: \(labels), annotations: \(notes)}
            spec: {replicas: \(count)}
            status: {observedGeneration: 2, replicas: \(count), updatedReplicas: \(updated ?? count), readyReplicas: \(ready)}
            """
    }

    private func pod(_ ordinal: Int) -> String {
        let stamp = stamps[ordinal].map { "{dbaas.io/restartedAt: \"\($0)\"}" } ?? "{}"
        return """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(Self.pod(ordinal))
              namespace: default
              uid: \(podUIDs[ordinal] ?? "pod-\(ordinal)")
              creationTimestamp: "\(created[ordinal] ?? Self.longAgo)"
              labels: \(labels)
              annotations: \(stamp)
            spec:
              containers:
              - {name: mongod, image: "\(images[ordinal] ?? image)", resources: \(resources(podMemory[ordinal] ?? memory))}
              - {name: backup-agent, image: pbm}
            status:
              phase: Running
              containerStatuses: [\(containers[ordinal] ?? "")]
              conditions:
              - {type: Ready, status: "\(ordinal < ready ? "True" : "False")", lastTransitionTime: "\(Self.longAgo)"}
            """
    }

    private func claim(_ ordinal: Int) -> String {
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata:
          name: mongod-data-\(Self.pod(ordinal))
          namespace: default
          uid: \(claimUIDs[ordinal] ?? "claim-\(ordinal)")
          labels: \(labels)
        spec: {storageClassName: \(storageClass), resources: {requests: {storage: \(size)}}}
        status: {phase: Bound, capacity: {storage: \(capacity)}, conditions: \(claimConditions)}
        """
    }

    /// A backup of demo, or of another cluster.
    static func backup(
        _ name: String,
        state: String = "ready",
        of cluster: String = "demo",
        ended: String = "2026-11-01T02:03:00Z",
        metadata: String = "",
        more: String = ""
    ) -> String {
        """
        apiVersion: psmdb.percona.com/v1
        kind: PerconaServerMongoDBBackup
        metadata: {name: \(name), namespace: default, uid: backup-\(name), \(metadata)}
        spec: {clusterName: \(cluster), storageName: main, startingDeadlineSeconds: 600}
        status: {state: "\(state)", completed: "\(ended)", lastWriteAt: "\(ended)", destination: "s3://b/p/x", size: 1.2MB,
          s3: {bucket: b, prefix: p, credentialsSecret: c}, \(more)}
        """
    }

    static func restore(_ name: String, state: String, metadata: String = "", more: String = "") -> String {
        """
        apiVersion: psmdb.percona.com/v1
        kind: PerconaServerMongoDBRestore
        metadata: {name: \(name), namespace: default, uid: restore-\(name), \(metadata)}
        spec: {clusterName: demo}
        status: {state: "\(state)", \(more)}
        """
    }
}
