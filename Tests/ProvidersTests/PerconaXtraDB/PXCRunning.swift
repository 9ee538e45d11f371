import CRDs
import JSON
import KubernetesAPI
import Providers

/// A running Percona XtraDB Cluster named demo, as it is observed; each part can be made to differ.
struct PXCRunning {
    var members = 3
    var ready = 3
    var pods: Int?
    var state = "ready"
    var messages = "[]"
    var generation = 7
    var observedGeneration = 7
    var size = 3
    var isPaused = false
    var image = "percona/percona-xtradb-cluster:8.0.42-33.1"
    var podImage: String?
    var version = "8.0.42-33.1"
    var memory = "2Gi"
    var podMemory: String?
    var storage = "10Gi"
    var requestedStorage = "10Gi"
    var capacity = "10Gi"
    /// Of the members' template, and of the pods where that differs.
    var annotations = "{dbaas.io/configuration: none}"
    var podAnnotations: String?
    var proxies = 2
    var readyProxies = 2
    var proxyAnnotations = "{}"
    var clusterAnnotations: [String: String] = [:]
    var finalizers = "[]"
    var deletion = ""
    /// When the PerconaXtraDBCluster was made.
    var born = "2025-11-01T12:00:00Z"
    var conditions = "[]"
    var host = "demo-haproxy.default"
    var backup = "{image: x, storages: {s3-main: {type: s3}}}"
    /// Volumes of members that were removed long ago.
    var leftVolumes = 0
    /// When the pods were made, by ordinal; those that are not named here, last year.
    var created: [Int: String] = [:]
    /// The one container status of a pod.
    var containers: [Int: String] = [:]
    var podUIDs: [Int: String] = [:]
    var claimUIDs: [Int: String] = [:]
    var claimConditions = "[]"
    var specMore = ""
    var statusMore = ""

    static let provider = PXCProvider()

    func observed(_ more: [String] = [], answers: [Need: NeedAnswer] = [:]) throws -> Observed {
        let pods = try (0..<(pods ?? members)).map { try pod($0) }
        let proxies = try (0..<proxies).map { try proxy($0) }
        let claims = try (0..<(members + leftVolumes)).map { try claim($0) }
        let others = try more.map { try Manifests.child($0, of: Self.provider) }
        return Manifests.observed(
            [try cluster()] + pods + proxies + claims + others,
            answers: answers,
            by: Self.provider
        )
    }

    private func cluster() throws -> ChildObject {
        var annotations = clusterAnnotations
        annotations["dbaas.io/requested-storage"] = requestedStorage
        return try Manifests.child(
            """
            apiVersion: pxc.percona.com/v1
            kind: PerconaXtraDBCluster
            metadata:
              name: demo
              namespace: default
              uid: child
              generation: \(generation)
              creationTimestamp: "\(born)"
              labels: {dbaas.io/cluster: demo, app.kubernetes.io/managed-by: dbaas-operator}
              annotations: \(JSONValue(annotations))
              finalizers: \(finalizers)
              \(deletion)
            spec:
              \(specMore)
              crVersion: 1.18.0
              pause: \(isPaused)
              secretsName: demo-secrets
              enableVolumeExpansion: true
              pxc:
                size: \(size)
                image: \(image)
                annotations: \(self.annotations)
                resources: {requests: {cpu: "1", memory: \(memory)}, limits: {cpu: "1", memory: \(memory)}}
                volumeSpec: {persistentVolumeClaim: {resources: {requests: {storage: \(storage)}}}}
              haproxy: {enabled: true, size: 2, image: percona/haproxy:2.8.16}
              backup: \(backup)
            status:
              \(statusMore)
              state: "\(state)"
              message: \(messages)
              observedGeneration: \(observedGeneration)
              host: \(host)
              pxc: {size: \(isPaused ? 0 : members), ready: \(isPaused ? 0 : ready), status: ready, version: \(version)}
              haproxy: {size: 2, ready: \(readyProxies), status: ready}
              conditions: \(conditions)
            """,
            of: Self.provider
        )
    }

    private func pod(_ ordinal: Int) throws -> ChildObject {
        try Manifests.child(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: demo-pxc-\(ordinal)
              namespace: default
              uid: \(podUIDs[ordinal] ?? "pod-\(ordinal)")
              creationTimestamp: "\(created[ordinal] ?? "2025-11-01T12:00:00Z")"
              labels: {app.kubernetes.io/instance: demo, app.kubernetes.io/component: pxc}
              annotations: \(podAnnotations ?? annotations)
            spec:
              containers:
              - name: pxc
                image: \(podImage ?? image)
                resources:
                  requests: {cpu: "1", memory: \(podMemory ?? memory)}
                  limits: {cpu: "1", memory: \(podMemory ?? memory)}
            status:
              phase: Running
              containerStatuses: [\(containers[ordinal] ?? "")]
              conditions:
              - type: Ready
                status: "\(ordinal < ready ? "True" : "False")"
                lastTransitionTime: "2025-11-01T12:00:00Z"
            """,
            of: Self.provider
        )
    }

    private func proxy(_ ordinal: Int) throws -> ChildObject {
        try Manifests.child(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: demo-haproxy-\(ordinal)
              namespace: default
              uid: proxy-\(ordinal)
              labels: {app.kubernetes.io/instance: demo, app.kubernetes.io/component: haproxy}
              annotations: \(proxyAnnotations)
            status:
              phase: Running
              conditions: [{type: Ready, status: "\(ordinal < readyProxies ? "True" : "False")"}]
            """,
            of: Self.provider
        )
    }

    private func claim(_ ordinal: Int) throws -> ChildObject {
        try Manifests.child(
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: datadir-demo-pxc-\(ordinal)
              namespace: default
              uid: \(claimUIDs[ordinal] ?? "claim-\(ordinal)")
              labels: {app.kubernetes.io/instance: demo, app.kubernetes.io/component: pxc}
            spec: {storageClassName: standard, resources: {requests: {storage: \(storage)}}}
            status: {phase: Bound, capacity: {storage: \(capacity)}, conditions: \(claimConditions)}
            """,
            of: Self.provider
        )
    }

    /// A backup of the cluster.
    static func backup(_ name: String, cluster: String = "demo", _ status: String) -> String {
        """
        apiVersion: pxc.percona.com/v1
        kind: PerconaXtraDBClusterBackup
        metadata: {name: \(name), namespace: default, uid: \(name), creationTimestamp: "2026-11-01T02:00:00Z"}
        spec: {pxcCluster: \(cluster), storageName: s3-main}
        status: {\(status)}
        """
    }

    /// A restore of the cluster, made by the request of the tests.
    static func restore(_ name: String, _ status: String) -> String {
        """
        apiVersion: pxc.percona.com/v1
        kind: PerconaXtraDBClusterRestore
        metadata:
          name: \(name)
          namespace: default
          uid: \(name)
          creationTimestamp: "2026-11-01T12:00:00Z"
          labels: {dbaas.io/ops-request: abc}
        spec: {pxcCluster: demo, backupName: nightly}
        status: {\(status)}
        """
    }

    static let succeeded =
        "state: Succeeded, completed: \"2026-11-01T02:10:00Z\", destination: \"s3://backups/demo-full\""
}

/// An operation on that cluster.
struct PXCTrial: OperationTrial {
    /// The lines of the request's spec but for clusterRef.
    var request: String
    var running = PXCRunning()
    /// The lines of the cluster's spec.
    var spec = "version: 8.0.42-33.1"
    var clusterStatus = "phase: Ready"
    /// The lines of the request's status.
    var status = ""
    var more: [String] = []
    var answers: [Need: NeedAnswer] = [:]
    var attempt = 1

    let handler = PXCRunning.provider.operations

    init(
        _ request: String,
        _ running: PXCRunning = PXCRunning(),
        spec: String = "version: 8.0.42-33.1",
        status: String = "",
        more: [String] = []
    ) {
        self.request = request
        self.running = running
        self.spec = spec
        self.status = status
        self.more = more
    }

    func context() throws -> OperationContext {
        OperationContext(
            cluster: try Manifests.cluster(spec, engine: "mysql", status: clusterStatus),
            request: try Manifests.request(request, status: status),
            observed: try running.observed(more, answers: answers),
            attempt: attempt
        )
    }
}
