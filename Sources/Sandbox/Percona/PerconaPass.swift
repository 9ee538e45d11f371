import JSON
import KubernetesAPI

/// One look at a cluster of one of Percona's operators: what the operator's reconciler decides from what it sees.
///
/// What is written follows from what was read, so that a look may be cut off and repeated anywhere; the status is
/// written last.
protocol PerconaPass {
    associatedtype Engine: PerconaEngine

    var snapshot: PerconaSnapshot { get }
    var now: Timestamp { get }
    var delays: Delays { get }
    var memory: PerconaMemory { get set }
    var status: JSONValue { get set }
    var decision: ClusterDecision { get set }

    init(_ snapshot: PerconaSnapshot, memory: PerconaMemory, delays: Delays, now: Timestamp)

    mutating func run()
    /// The steps, in upstream's order.
    mutating func decide() throws(PassEnd)
    mutating func reportStatus()
    mutating func reportError(_ message: String)
}

extension PerconaPass {
    /// Looks at a cluster once.
    static func look(
        at snapshot: PerconaSnapshot,
        _ memory: inout PerconaMemory,
        _ delays: Delays,
        now: Timestamp
    ) -> ClusterDecision {
        var pass = Self(snapshot, memory: memory, delays: delays, now: now)
        pass.run()
        memory = pass.memory
        return pass.decision
    }

    var spec: JSONValue { snapshot.spec }
    var reference: ObjectReference { snapshot.reference(Engine.cluster, snapshot.name) }
    var shownState: String { snapshot.cluster.at("status", "state")?.string ?? "" }

    /// Takes the steps, and writes what their outcome changes in the status.
    mutating func decideAndReport() {
        do throws(PassEnd) {
            try decide()
            reportStatus()
        } catch {
            switch error {
            case .error(let message): reportError(message)
            case .over: reportStatus()
            }
        }
        if let difference = JSONMergePatch.difference(from: snapshot.cluster["status"] ?? [:], to: status) {
            act(.patchStatus(reference, difference))
        }
    }

    mutating func act(_ action: APIAction) { decision.actions.append(action) }

    mutating func wake(at time: Timestamp) { decision.wake = min(decision.wake ?? time, time) }

    mutating func retryLater() {
        wake(at: now.adding(microseconds: delays.microseconds(Delays.Base.retry, for: snapshot.name)))
    }

    /// Counts the wishes that are others than at the last look, unless somebody else than a user has changed them.
    mutating func count(_ wishes: PerconaWishes, areUsers: Bool) {
        if !areUsers {
            // Whoever is on the way does what has to be done; nobody asked for it.
        } else if let former = memory.wishes {
            decision.counted += wishes.operations(since: former)
        } else if status["state"] == nil {
            decision.counted.append(.clusterCreations)
        }
        memory.wishes = wishes
    }

    /// The operator writes its own version into a spec that has none.
    mutating func setVersion() {
        guard spec["crVersion"]?.string ?? "" == "" else { return }
        act(.patch(reference, ["spec": ["crVersion": .string(Engine.operatorVersion)]]))
    }

    /// Brings Services to what they should be.
    mutating func bring(_ services: [JSONValue]) {
        for service in services {
            let place = snapshot.reference(.service, service.objectName)
            let action = PerconaExposure.action(for: service, existing: snapshot.services[place.key.name], place)
            if let action { act(action) }
        }
    }

    /// Deletes the Services that are none of these.
    mutating func deleteServices(besides services: [JSONValue]) {
        let names = Set(services.map(\.objectName))
        for (name, service) in snapshot.services where !names.contains(name) && !service.isBeingDeleted {
            act(.delete(snapshot.reference(.service, name)))
        }
    }

    /// Asks for a volume of that size, where it was not asked for before.
    mutating func grow(_ claim: JSONValue, to size: Quantity) {
        let current = claim.at("spec", "resources", "requests", "storage")?.string.flatMap { Quantity($0) }
        guard current != size else { return }
        act(
            .patch(
                snapshot.reference(.persistentVolumeClaim, claim.objectName),
                ["spec": ["resources": ["requests": ["storage": .string("\(size)")]]]]
            )
        )
    }

    /// Deletes the oldest successful backups of a schedule beyond those that it keeps.
    mutating func retire(_ schedule: JSONValue, named name: String) {
        let keep = Int((schedule.at("retention", "count") ?? schedule["keep"])?.integer ?? 0)
        guard keep > 0 else { return }
        let own = snapshot.backups.values.filter {
            $0.label(Percona.Label.ancestor) == name && $0.jobState == Engine.succeeded && !$0.isBeingDeleted
        }.sorted {
            ($0.at("metadata", "creationTimestamp")?.string ?? "", $0.objectName)
                < ($1.at("metadata", "creationTimestamp")?.string ?? "", $1.objectName)
        }
        for old in own.dropLast(keep) { act(.delete(snapshot.reference(Engine.backup, old.objectName))) }
    }

    /// The metadata of a backup that a schedule makes.
    func metadata(
        ofBackup backupName: String,
        of schedule: JSONValue,
        named name: String,
        _ labels: [String: String]
    ) -> JSONValue {
        let own = [
            Percona.Label.ancestor: name, Percona.Label.cluster: snapshot.name, "percona.com/backup-type": "cron",
        ]
        var metadata: JSONValue = [
            "name": .string(backupName), "namespace": .string(snapshot.namespace),
            "labels": JSONValue(labels.merging(own) { $1 }),
        ]
        if schedule.at("retention", "deleteFromStorage")?.bool ?? true {
            metadata["finalizers"] = [.string(Percona.Finalizer.deleteBackup)]
        }
        return metadata
    }
}
