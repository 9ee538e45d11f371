import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// A running Kafka cluster named demo with three controllers, as it is observed; each part can be made to differ.
struct RunningKafka {
    static let provider = StrimziProvider()
    static let (brokers, controllers) = ("b-a0091c", "c-a0091c")

    /// Node ids of the brokers; the controllers have 0, 1 and 2.
    var ids = [3, 4, 5]
    /// `spec.replicas` of the brokers' pool.
    var replicas: Int?
    /// Its `status.replicas`.
    var existing: Int?
    var isCombined = false
    var conditions = "[{type: Ready, status: \"True\", lastTransitionTime: \"2025-11-01T12:00:00Z\"}]"
    var generation = 4
    var observedGeneration = 4
    var poolGeneration = 2
    var observedPoolGeneration = 2
    var version = "4.2.1"
    var podVersion: String?
    var kafkaVersion: String?
    var metadataVersion = "4.2-IV1"
    var clusterID: String? = "xyz"
    var config = ["default.replication.factor": "3", "min.insync.replicas": "2"]
    var foundation = #"{"combined":false,"controllers":3,"cruiseControl":true,"replicationFactor":3}"#
    var cruiseControl = "{autoRebalance: [{mode: add-brokers}, {mode: remove-brokers}]}"
    var autoRebalance = "{state: Idle}"
    var annotations: [String: String] = [:]
    var memory = "2Gi"
    var podMemory: String?
    var size = "10Gi"
    var capacity = "10Gi"
    var storageClass = "standard"
    var claimConditions = "[]"
    /// Of the brokers' pod set.
    var currentPods: Int?
    /// Pods that are not ready, with the seconds since.
    var down: [Int: Int64] = [:]
    /// Seconds since a pod was made; those that are not named here, last year.
    var age: [Int: Int64] = [:]
    var podUIDs: [Int: String] = [:]
    var podAnnotations: [Int: String] = [:]
    var claimUIDs: [Int: String] = [:]
    var claimAnnotations = "{}"
    var claimOwners = "[]"
    /// The one container status of a pod.
    var containers: [Int: String] = [:]
    var hasUser = true
    var hasKafka = true
    var hasPods = true
    var kafkaMore = ""
    var listeners = "[{name: tls, bootstrapServers: \"demo-kafka-bootstrap.default.svc:9093\"}]"

    static func ago(_ seconds: Int64) -> String { Timestamp(seconds: Manifests.now.seconds - seconds).description }

    func observed(_ more: [String] = [], answers: [Need: NeedAnswer] = [:]) throws -> Observed {
        var texts = hasKafka ? [kafka] : []
        texts += [pool(Self.brokers, ids, replicas ?? ids.count), podSet(Self.brokers, ids)]
        if !isCombined { texts += [pool(Self.controllers, [0, 1, 2], 3), podSet(Self.controllers, [0, 1, 2])] }
        if hasPods {
            texts += ids.flatMap { [pod($0, Self.brokers), claim($0, Self.brokers)] }
            if !isCombined { texts += [0, 1, 2].flatMap { [pod($0, Self.controllers), claim($0, Self.controllers)] } }
        }
        if hasUser { texts.append(user) }
        let children = try (texts + more).map { try Manifests.child($0, of: Self.provider) }
        return Manifests.observed(children, answers: answers, by: Self.provider)
    }

    private var kafka: String {
        let notes = annotations.merging(["dbaas.io/foundation": foundation]) { given, _ in given }
        return """
            apiVersion: kafka.strimzi.io/v1
            kind: Kafka
            metadata:
              name: demo
              namespace: default
              uid: child
              generation: \(generation)
              resourceVersion: "77"
              creationTimestamp: "2025-11-01T12:00:00Z"
              labels: {dbaas.io/cluster: demo, app.kubernetes.io/managed-by: dbaas-operator}
              annotations: \(JSONValue(notes))
              \(kafkaMore)
            spec:
              kafka: {version: \(version), config: \(JSONValue(config)), listeners: []}
              cruiseControl: \(cruiseControl)
            status:
              conditions: \(conditions)
              observedGeneration: \(observedGeneration)
              listeners: \(listeners)
              kafkaVersion: \(kafkaVersion ?? version)
              kafkaMetadataVersion: \(metadataVersion)
              autoRebalance: \(autoRebalance)
              \(clusterID.map { "clusterId: \($0)" } ?? "")
            """
    }

    private func pool(_ name: String, _ ids: [Int], _ replicas: Int) -> String {
        let isBroker = name == Self.brokers
        let size = isBroker ? size : "10Gi"
        let memory = isBroker ? memory : "1Gi"
        let roles = isCombined ? "[controller, broker]" : isBroker ? "[broker]" : "[controller]"
        return """
            apiVersion: kafka.strimzi.io/v1
            kind: KafkaNodePool
            metadata:
              name: \(name)
              namespace: default
              uid: \(name)
              generation: \(poolGeneration)
              labels: {dbaas.io/cluster: demo, strimzi.io/cluster: demo, app.kubernetes.io/managed-by: dbaas-operator}
            spec:
              replicas: \(replicas)
              roles: \(roles)
              resources: {requests: {cpu: "1", memory: \(memory)}, limits: {cpu: "1", memory: \(memory)}}
              storage:
                type: jbod
                volumes: [{id: 0, type: persistent-claim, size: \(size), class: \(storageClass), deleteClaim: false}]
            status:
              observedGeneration: \(observedPoolGeneration)
              replicas: \(isBroker ? existing ?? ids.count : ids.count)
              nodeIds: \(ids)
              clusterId: xyz
            """
    }

    private func podSet(_ pool: String, _ ids: [Int]) -> String {
        let current = pool == Self.brokers ? currentPods ?? ids.count : ids.count
        return """
            apiVersion: core.strimzi.io/v1
            kind: StrimziPodSet
            metadata: {name: demo-\(pool), namespace: default, generation: 1, labels: {dbaas.io/cluster: demo}}
            status:
              pods: \(ids.count)
              readyPods: \(ids.count { down[$0] == nil })
              currentPods: \(current)
              observedGeneration: 1
            """
    }

    private func pod(_ id: Int, _ pool: String) -> String {
        let memory = pool == Self.brokers ? podMemory ?? memory : "1Gi"
        let isBroker = pool == Self.brokers
        let since = down[id].map { Self.ago($0) }
        return """
            apiVersion: v1
            kind: Pod
            metadata:
              name: demo-\(pool)-\(id)
              namespace: default
              uid: \(podUIDs[id] ?? "pod-\(id)")
              creationTimestamp: "\(age[id].map { Self.ago($0) } ?? "2025-11-01T12:00:00Z")"
              labels:
                dbaas.io/cluster: demo
                strimzi.io/pool-name: \(pool)
                strimzi.io/broker-role: "\(isBroker)"
                strimzi.io/controller-role: "\(!isBroker || isCombined)"
              annotations: {strimzi.io/kafka-version: \(podVersion ?? version)\(podAnnotations[id].map { ", \($0)" } ?? "")}
            spec:
              containers:
              - name: kafka
                image: kafka
                resources:
                  requests: {cpu: "1", memory: \(memory)}
                  limits: {cpu: "1", memory: \(memory)}
            status:
              phase: Running
              containerStatuses: [\(containers[id] ?? "")]
              conditions:
              - type: Ready
                status: "\(since == nil ? "True" : "False")"
                lastTransitionTime: "\(since ?? "2025-11-01T12:00:00Z")"
            """
    }

    private func claim(_ id: Int, _ pool: String) -> String {
        let (size, capacity) = pool == Self.brokers ? (size, capacity) : ("10Gi", "10Gi")
        return """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: data-0-demo-\(pool)-\(id)
              namespace: default
              uid: \(claimUIDs[id] ?? "claim-\(id)")
              labels: {dbaas.io/cluster: demo}
              annotations: \(claimAnnotations)
              ownerReferences: \(claimOwners)
            spec: {storageClassName: \(storageClass), resources: {requests: {storage: \(size)}}}
            status: {phase: Bound, capacity: {storage: \(capacity)}, conditions: \(claimConditions)}
            """
    }

    private var user: String {
        """
        apiVersion: kafka.strimzi.io/v1
        kind: KafkaUser
        metadata:
          name: demo-admin
          namespace: default
          uid: user
          labels: {dbaas.io/cluster: demo, strimzi.io/cluster: demo, app.kubernetes.io/managed-by: dbaas-operator}
        spec: {authentication: {type: scram-sha-512}}
        status:
          username: demo-admin
          secret: demo-admin
          conditions: [{type: Ready, status: "True"}]
        """
    }

    static func notReady(_ reason: String, _ message: String, secondsAgo: Int64 = 10) -> String {
        "[{type: NotReady, status: \"True\", reason: \(reason), message: \"\(message)\", "
            + "lastTransitionTime: \"\(ago(secondsAgo))\"}]"
    }

    static func readyWith(_ reason: String, _ message: String) -> String {
        "[{type: Ready, status: \"True\", lastTransitionTime: \"2025-11-01T12:00:00Z\"}, "
            + "{type: Warning, status: \"True\", reason: \(reason), message: \"\(message)\"}]"
    }

    static func rebalance(_ name: String, state: String, request: String = "abc", more: String = "") -> String {
        """
        apiVersion: kafka.strimzi.io/v1
        kind: KafkaRebalance
        metadata:
          name: \(name)
          namespace: default
          uid: \(name)
          resourceVersion: "5"
          labels:
            strimzi.io/cluster: demo
            dbaas.io/cluster: demo
            app.kubernetes.io/managed-by: dbaas-operator
            dbaas.io/ops-request: \(request)
          \(more)
        spec: {mode: full}
        status:
          conditions: [{type: \(state), status: "True", reason: Cause, message: words of Strimzi}]
          optimizationResult: {dataToMoveMB: 120, numReplicaMovements: 7}
        """
    }
}

/// An operation on a running cluster named demo, and what the provider says of it.
struct KafkaOperation {
    /// The lines of the request's spec but for clusterRef.
    var request: String
    var running = RunningKafka()
    var spec = "storageClassName: standard"
    var clusterStatus = "phase: Ready, version: 4.2.1"
    /// The lines of the request's status.
    var status = ""
    var requestAnnotations = ""
    var more: [String] = []
    var answers: [Need: NeedAnswer] = [:]
    var attempt = 1

    init(_ request: String, _ running: RunningKafka = RunningKafka()) {
        self.request = request
        self.running = running
    }

    func context() throws -> OperationContext {
        let cluster = try Manifests.cluster(spec, engine: "kafka", status: clusterStatus)
        var request = try Manifests.request(request, status: status)
        if !requestAnnotations.isEmpty { request.metadata.annotations[requestAnnotations] = "true" }
        return OperationContext(
            cluster: cluster,
            request: request,
            observed: try running.observed(more, answers: answers),
            attempt: attempt
        )
    }

    /// As executed so long ago, with what the spec said before.
    func executed(_ seconds: Int64, previous: String = "{}") -> KafkaOperation {
        var copy = self
        copy.status = OperationCase.executed(secondsAgo: seconds, and: "previous: \(previous)")
        return copy
    }

    private var handler: any OperationsHandler { RunningKafka.provider.operations }
    func answer() throws -> OperationAnswer { handler.execute(try context()) }
    func report() throws -> OperationReport { handler.progress(of: try context()) }
    func irreversible() throws -> Refusal? { handler.irreversible(try context()) }

    /// Why it is not done.
    func refusal() throws -> String? {
        if case .refused(let refusal) = try answer() { refusal.reason } else { nil }
    }

    func intents() throws -> [Intent] {
        if case .intents(let intents, _) = try answer() { intents } else { [] }
    }

    func patch() throws -> JSONValue? {
        if case .specChange(let change) = try answer() { change.patch } else { nil }
    }

    /// Why it waits before it begins.
    func notYet() throws -> String? {
        if case .notYet(let refusal) = try answer() { refusal.reason } else { nil }
    }

    /// What is still missing; nil when it does not run.
    func missing() throws -> String? {
        if case .running(_, let missing) = try report() { missing } else { nil }
    }

    func evidence() throws -> [String]? {
        if case .succeeded(let evidence, _) = try report() { evidence } else { nil }
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
