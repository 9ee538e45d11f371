import JSON
import KubernetesAPI
import Providers

/// A running CloudNativePG cluster named demo, as it is observed; each part can be made to differ.
struct Running {
    var members = 3
    var ready = 3
    var pods: Int?
    var phase = "Cluster in healthy state"
    var phaseReason = ""
    var instances = 3
    var image = "ghcr.io/cloudnative-pg/postgresql:16.4-standard-trixie"
    var podImage: String?
    var memory = "2Gi"
    var podMemory: String?
    var capacity = "10Gi"
    var size = "10Gi"
    var annotations: [String: String] = ["cnpg.io/hibernation": "off"]
    var podStamp: String?
    var conditions = "[]"
    var plugins = "[]"
    var storageClass = "standard"
    var primary = 1
    var targetPrimary: String?
    var parameters = "{}"
    var dataMajor = 16
    var dataImage: String?
    var statusImage: String?
    /// When the pods were made; those that are not named here, last year.
    var created: [Int: String] = [:]
    /// The one container status of a pod.
    var containers: [Int: String] = [:]
    /// The uids of claims that are not the first ones of their names.
    var claimUIDs: [Int: String] = [:]
    /// When a pod ceased to be ready; those that are not named here, last year.
    var unreadySince: [Int: String] = [:]
    var specMore = ""
    var statusMore = ""

    func observed(_ more: [ChildObject] = [], answers: [Need: NeedAnswer] = [:]) throws -> Observed {
        let claims = try (1...members).map { try claim($0) }
        let pods = try (0..<(pods ?? members)).map { try pod($0 + 1) }
        return Manifests.observed([try cluster()] + pods + claims + more, answers: answers)
    }

    private func cluster() throws -> ChildObject {
        let names = (1...members).map { "demo-\($0)" }.joined(separator: ", ")
        return try Manifests.child(
            """
            apiVersion: postgresql.cnpg.io/v1
            kind: Cluster
            metadata:
              name: demo
              namespace: default
              uid: child
              labels: {dbaas.io/cluster: demo, app.kubernetes.io/managed-by: dbaas-operator}
              resourceVersion: "77"
              annotations: \(JSONValue(annotations))
            spec:
              \(specMore)
              instances: \(instances)
              imageName: \(image)
              storage: {size: \(size)}
              resources: {requests: {cpu: "1", memory: \(memory)}, limits: {cpu: "1", memory: \(memory)}}
              bootstrap: {initdb: {database: app, owner: app, encoding: UTF8}}
              plugins: \(plugins)
              postgresql: {parameters: \(parameters)}
            status:
              \(statusMore)
              phase: \(phase)
              phaseReason: "\(phaseReason)"
              instances: \(members)
              readyInstances: \(ready)
              instanceNames: [\(names)]
              currentPrimary: demo-\(primary)
              targetPrimary: \(targetPrimary ?? "demo-\(primary)")
              image: \(statusImage ?? image)
              pgDataImageInfo: {image: \(dataImage ?? image), majorVersion: \(dataMajor)}
              conditions: \(conditions)
            """
        )
    }

    private func pod(_ number: Int) throws -> ChildObject {
        let stamp = podStamp.map { "{kubectl.kubernetes.io/restartedAt: \"\($0)\"}" } ?? "{}"
        let isReady = number <= ready
        return try Manifests.child(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: demo-\(number)
              namespace: default
              uid: pod-\(number)
              creationTimestamp: "\(created[number] ?? "2025-11-01T12:00:00Z")"
              labels:
                dbaas.io/cluster: demo
                cnpg.io/podRole: instance
                cnpg.io/instanceRole: \(number == primary ? "primary" : "replica")
              annotations: \(stamp)
              ownerReferences: [{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: demo, uid: child}]
            spec:
              containers:
              - name: postgres
                image: \(podImage ?? image)
                resources:
                  requests: {cpu: "1", memory: \(podMemory ?? memory)}
                  limits: {cpu: "1", memory: \(podMemory ?? memory)}
            status:
              phase: Running
              containerStatuses: [\(containers[number] ?? "")]
              conditions:
              - type: Ready
                status: "\(isReady ? "True" : "False")"
                lastTransitionTime: "\(unreadySince[number] ?? "2025-11-01T12:00:00Z")"
            """
        )
    }

    private func claim(_ number: Int) throws -> ChildObject {
        try Manifests.child(
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: demo-\(number)
              namespace: default
              uid: \(claimUIDs[number] ?? "claim-\(number)")
              labels: {dbaas.io/cluster: demo, cnpg.io/pvcRole: PG_DATA}
              ownerReferences: [{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: demo, uid: child}]
            spec: {storageClassName: \(storageClass), resources: {requests: {storage: \(size)}}}
            status: {phase: Bound, capacity: {storage: \(capacity)}}
            """
        )
    }
}
