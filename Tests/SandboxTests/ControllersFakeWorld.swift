import JSON
import KubernetesAPI
import Synchronization
import Testing

@testable import Sandbox

/// A table of objects that behaves as the API server does, as far as controllers can tell.
final class FakeAPI: SandboxAPI, StoredObjectReader {
    private struct State: Sendable {
        var objects: [ObjectReference: JSONValue] = [:]
        var changes: [ObjectReference] = []
        var revision = 0
        var failures = 0
    }

    private let state = Mutex(State())
    private let webhooks: [any AdmissionPlugin]

    init(webhooks: [any AdmissionPlugin] = [CNPGAdmission()]) { self.webhooks = webhooks }

    /// The changes since the last call, each object once.
    func takeChanges() -> [ObjectReference] {
        state.withLock { state in
            defer { state.changes = [] }
            var seen: Set<ObjectReference> = []
            return state.changes.filter { seen.insert($0).inserted }
        }
    }

    /// Makes so many of the next writes fail with a conflict.
    func failNext(_ count: Int) { state.withLock { $0.failures = count } }

    func get(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue? {
        state.withLock { $0.objects[ObjectReference(resource, key)] }
    }

    func list(_ resource: ResourceType, namespace: String?, labels: [String: String]) -> [JSONValue] {
        state.withLock { state in
            state.objects.filter { reference, object in
                reference.resource == resource && (namespace == nil || reference.key.namespace == namespace)
                    && labels.allSatisfy { object.label($0.key) == $0.value }
            }.sorted { $0.key.key < $1.key.key }.map(\.value)
        }
    }

    func isServed(_ resource: ResourceType) -> Bool { true }

    func object(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue? { get(resource, key) }

    func objects(_ resource: ResourceType, namespace: String?) -> [JSONValue] {
        list(resource, namespace: namespace, labels: [:])
    }

    func create(_ resource: ResourceType, _ object: JSONValue) throws(APIFailure) -> JSONValue {
        let reference = ObjectReference(resource, object.objectKey)
        var made = try admit(resource, object, nil)
        try failIfAsked(reference)
        return try write(reference) { old, revision throws(APIFailure) in
            guard old == nil else { throw failure(409, "AlreadyExists", reference) }
            var metadata = made["metadata"] ?? [:]
            metadata["uid"] = .string("uid-\(revision)")
            metadata["generation"] = 1
            metadata["creationTimestamp"] = metadata["creationTimestamp"] ?? "2026-01-01T00:00:00Z"
            made["metadata"] = metadata
            return made
        }
    }

    func update(_ resource: ResourceType, _ object: JSONValue, subresource: String?) throws(APIFailure) -> JSONValue {
        let reference = ObjectReference(resource, object.objectKey)
        return try write(reference) { old, _ throws(APIFailure) in
            guard old != nil else { throw failure(404, "NotFound", reference) }
            return subresource == "finalize" ? Optional.none : object
        }
    }

    func patch(
        _ resource: ResourceType,
        _ key: ObjectKey,
        merge: JSONValue,
        subresource: String?
    ) throws(APIFailure)
        -> JSONValue
    {
        let reference = ObjectReference(resource, key)
        try failIfAsked(reference)
        return try write(reference) { old, _ throws(APIFailure) in
            guard let old else { throw failure(404, "NotFound", reference) }
            if let version = merge.at("metadata", "resourceVersion"), version != old.at("metadata", "resourceVersion") {
                throw failure(409, "Conflict", reference)
            }
            var new = JSONMergePatch.apply(merge, to: old)
            if subresource == nil { new = try admit(resource, new, old) }
            if new["spec"] != old["spec"] {
                var metadata = new["metadata"] ?? [:]
                metadata["generation"] = .integer((metadata["generation"]?.integer ?? 0) + 1)
                new["metadata"] = metadata
            }
            return new.isBeingDeleted && new.finalizers.isEmpty ? Optional.none : new
        }
    }

    func delete(_ resource: ResourceType, _ key: ObjectKey, propagation: DeletionPropagation) throws(APIFailure) {
        let reference = ObjectReference(resource, key)
        for webhook in webhooks where webhook.group == resource.group {
            guard let old = get(resource, key) else { break }
            try webhook.admitDeletion(resource, of: old, self)
        }
        _ = try write(reference) { old, _ throws(APIFailure) in
            guard let old else { throw failure(404, "NotFound", reference) }
            var finalizers = old.finalizers
            if propagation == .foreground { finalizers.append(OwnershipGraph.foreground) }
            if propagation == .orphan { finalizers.append(OwnershipGraph.orphan) }
            guard !finalizers.isEmpty || resource == .namespace else { return nil }
            var metadata = old["metadata"] ?? [:]
            metadata["finalizers"] = finalizers.isEmpty ? Optional.none : JSONValue(Array(Set(finalizers)).sorted())
            metadata["deletionTimestamp"] = metadata["deletionTimestamp"] ?? "2026-01-01T00:00:00Z"
            var marked = old
            marked["metadata"] = metadata
            return marked
        }
    }

    private func admit(_ resource: ResourceType, _ new: JSONValue, _ old: JSONValue?) throws(APIFailure) -> JSONValue {
        var object = new
        for webhook in webhooks where webhook.group == resource.group {
            object = try webhook.admit(resource, new: object, old: old, self).object
        }
        return object
    }

    private func failIfAsked(_ reference: ObjectReference) throws(APIFailure) {
        let fails = state.withLock { state in
            guard state.failures > 0 else { return false }
            state.failures -= 1
            return true
        }
        if fails { throw failure(409, "Conflict", reference) }
    }

    private func write(
        _ reference: ObjectReference,
        _ change: (JSONValue?, Int) throws(APIFailure) -> JSONValue?
    ) throws(APIFailure) -> JSONValue {
        let (old, revision) = state.withLock { state in
            state.revision += 1
            return (state.objects[reference], state.revision)
        }
        var new = try change(old, revision)
        if var metadata = new?["metadata"] {
            metadata["resourceVersion"] = .string(String(revision))
            new?["metadata"] = metadata
        }
        state.withLock { [new] state in
            state.objects[reference] = new
            state.changes.append(reference)
        }
        return new ?? old ?? .null
    }

    private func failure(_ code: Int, _ reason: String, _ reference: ObjectReference) -> APIFailure {
        APIFailure(code: code, reason: reason, message: "\(reference.resource) \"\(reference.key.name)\": \(reason)")
    }
}

/// The sandbox without a server and without time: controllers and stand-in over a table, with a clock that jumps from
/// one due time to the next.
struct FakeWorld {
    let api: FakeAPI
    let childOperator: ChildOperator
    let counters = StandInCounters()
    private(set) var now = Timestamp(seconds: 1_790_000_000)
    private var stages: [Stage]
    /// The phases that cluster has shown, each once for as long as it lasted.
    private(set) var phases: [String] = []
    private var lastPhase = ""
    var watched = ObjectReference(.cnpgCluster, "default", "pg")
    /// Where in that cluster its phase is told.
    var phasePath = (outer: "status", inner: "phase")
    /// The label that names the cluster on everything that belongs to it.
    var clusterLabel = "cnpg.io/cluster"

    private struct Stage {
        var body: any Reconciler
        var schedule = KeyedSchedule()
    }

    init(_ childOperator: ChildOperator = .cnpg, seed: UInt64 = 1, speed: Double = 1) {
        self.childOperator = childOperator
        api = FakeAPI(webhooks: childOperator.webhooks)
        let delays = Delays(speed: speed, seed: seed)
        for definition in Self.definitions(of: childOperator) {
            _ = try? api.create(.customResourceDefinition, definition)
        }
        stages = [
            Stage(body: GarbageCollector(api: api)), Stage(body: NamespaceDeletion(api: api)),
            Stage(body: Workloads(api: api, delays: delays)),
            Stage(body: childOperator.reconciler(api, delays, counters)),
        ]
    }

    private static let known = Mutex<[SandboxConfiguration.ChildEngine: [JSONValue]]>([:])

    /// The definitions of a child operator without their schemas: enough to know which kinds there are.
    private static func definitions(of childOperator: ChildOperator) -> [JSONValue] {
        if let known = known.withLock({ $0[childOperator.engine] }) { return known }
        let definitions = childOperator.definitions().map { definition -> JSONValue in
            let spec = definition["spec"] ?? [:]
            let versions = (spec["versions"]?.array ?? []).map { version -> JSONValue in
                ["name": version["name"] ?? "", "storage": version["storage"] ?? false]
            }
            return [
                "metadata": ["name": .string(definition.objectName)],
                "spec": [
                    "group": spec["group"] ?? "", "names": spec["names"] ?? [:], "scope": spec["scope"] ?? "",
                    "versions": .array(versions),
                ],
            ]
        }
        known.withLock { $0[childOperator.engine] = definitions }
        return definitions
    }

    /// Replaces the stand-in by one that remembers nothing, as when its process dies.
    mutating func restartStandIn() async {
        let delays = Delays(speed: 1, seed: 9)
        stages[3] = Stage(body: childOperator.reconciler(api, delays, counters))
        for resource in stages[3].body.watched {
            for object in api.list(resource, namespace: nil, labels: [:]) {
                let change = ObjectReference(resource, object.objectKey)
                for affected in await stages[3].body.note(change) { stages[3].schedule.add(affected, at: now) }
            }
        }
    }

    /// Goes on until the condition holds or nothing is left to do within the time; whether it holds.
    mutating func run(
        seconds: Int64 = 120,
        until condition: (FakeWorld) -> Bool = { _ in false }
    ) async -> Bool {
        let end = now + .seconds(seconds)
        while true {
            await deliver()
            if condition(self) { return true }
            guard let next = stages.compactMap(\.schedule.next).min(), next <= end else {
                now = end
                return condition(self)
            }
            now = max(now, next)
            for index in stages.indices {
                for object in stages[index].schedule.take(now: now) {
                    if let again = await stages[index].body.reconcile(object, now: now) {
                        stages[index].schedule.add(object, at: again)
                    }
                    await deliver()
                }
            }
        }
    }

    /// Goes on until the condition holds; fails the test with what is there when it does not in time.
    mutating func reach(
        _ condition: (FakeWorld) -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        guard await !run(until: condition) else { return }
        let seen = pods.map { "\($0.objectName): \($0["status"]?["phase"] ?? .null)" }
        Issue.record("\(phases), \(status), \(seen)", sourceLocation: sourceLocation)
        throw NotReached()
    }

    struct NotReached: Error {}

    private mutating func deliver() async {
        for change in api.takeChanges() {
            if change == watched,
                let phase = api.get(change.resource, change.key)?.at(phasePath.outer, phasePath.inner)?.string,
                phase != lastPhase
            {
                lastPhase = phase
                phases.append(phase)
            }
            for index in stages.indices {
                let body = stages[index].body
                guard body.watched.isEmpty || body.watched.contains(change.resource) else { continue }
                for object in await stages[index].body.note(change) {
                    stages[index].schedule.add(object, at: now.adding(microseconds: body.reaction))
                }
            }
        }
    }

    mutating func forgetPhases() { phases = [] }

    // MARK: What a user sees and does

    var cluster: JSONValue { api.get(watched.resource, watched.key) ?? .null }
    var status: JSONValue { cluster["status"] ?? [:] }
    var pods: [JSONValue] { children(.pod) }
    var claims: [JSONValue] { children(.persistentVolumeClaim) }

    func children(_ resource: ResourceType) -> [JSONValue] {
        api.list(resource, namespace: "default", labels: [clusterLabel: watched.key.name])
    }

    func isHealthy(_ instances: Int) -> Bool {
        status["phase"] == "Cluster in healthy state" && status["readyInstances"] == JSONValue(instances)
            && status["instances"] == JSONValue(instances)
    }

    func count(_ count: StandInCounters.Count) -> Int { counters.value(count, for: watched.key) }

    func patch(_ merge: JSONValue, subresource: String? = nil) throws {
        _ = try api.patch(watched.resource, watched.key, merge: merge, subresource: subresource)
    }

    func annotate(_ name: String, _ value: JSONValue) throws {
        try patch(["metadata": ["annotations": [name: value]]])
    }

    /// Creates the cluster `pg` with so many instances.
    func createCluster(_ instances: Int, _ spec: JSONValue = [:], annotations: JSONValue = [:]) throws {
        let base: JSONValue = [
            "instances": JSONValue(instances), "storage": ["size": "1Gi"],
            "imageName": "ghcr.io/cloudnative-pg/postgresql:17.5-standard-trixie",
        ]
        _ = try api.create(
            .cnpgCluster,
            [
                "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
                "metadata": ["name": "pg", "namespace": "default", "annotations": annotations],
                "spec": JSONMergePatch.apply(spec, to: base),
            ]
        )
    }

    /// Creates the cluster and waits until it is healthy.
    mutating func haveCluster(_ instances: Int, _ spec: JSONValue = [:]) async throws {
        try createCluster(instances, spec)
        try await reach { $0.isHealthy(instances) }
        _ = await run(seconds: 5)
        forgetPhases()
    }
}
