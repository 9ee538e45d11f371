import JSON
import KubernetesAPI

/// What the provisioner finds out about a database that runs.
extension DatabasePass {
    /// How long a database is asked until it is known to answer.
    private static let connection: Int64 = 1_000_000
    private static let readiness: Int64 = 500_000

    private var isStopped: Bool {
        spec["halted"]?.bool == true && snapshot.petSets.isEmpty || conditionStatus(KubeDB.Condition.halted) == "True"
    }

    /// Replicas are told of by the PetSets, whether or not the provisioner is paused.
    mutating func reportReplicas() {
        guard !isStopped else { return }
        let type = KubeDB.Condition.replicaReady
        let sets = snapshot.petSets.values.sorted { $0.objectName < $1.objectName }
        guard sets.count >= snapshot.groups.count else {
            guard condition(type) != nil || !sets.isEmpty else { return }
            return setCondition(
                type,
                false,
                "SomeReplicasNotReady",
                "All PetSets are not available. Desire number of PetSet: \(snapshot.groups.count), Available: \(sets.count)"
            )
        }
        for petSet in sets {
            let ready = snapshot.pods(of: petSet.objectName).count { $0.isReadyPod }
            guard ready != petSet.wantedReplicas else { continue }
            return setCondition(
                type,
                false,
                "SomeReplicasNotReady",
                "All desired replicas are not ready. For PetSet: \(snapshot.namespace)/\(petSet.objectName) desired "
                    + "replicas: \(petSet.wantedReplicas), ready replicas: \(ready)."
            )
        }
        setCondition(type, true, "AllReplicasReady", "All desired replicas are ready.")
    }

    mutating func checkHealth() {
        guard !isStopped, conditionStatus(KubeDB.Condition.healthCheckPaused) != "True", !snapshot.petSets.isEmpty
        else { return }
        guard answersClients else {
            endWait("connection")
            endWait("readiness")
            guard condition(KubeDB.Condition.acceptingConnection) != nil else { return }
            setCondition(
                KubeDB.Condition.acceptingConnection,
                false,
                "DatabaseNotAcceptingConnectionRequest",
                "The \(title) is not accepting connection."
            )
            return failReadiness()
        }
        guard
            conditionStatus(KubeDB.Condition.acceptingConnection) == "True"
                || !isWaiting(for: "connection", Self.connection)
        else { return }
        setCondition(
            KubeDB.Condition.acceptingConnection,
            true,
            "DatabaseAcceptingConnectionRequest",
            "The \(title) is accepting client requests."
        )
        guard conditionStatus(KubeDB.Condition.replicaReady) == "True", !snapshot.failures.contains("health") else {
            endWait("readiness")
            return failReadiness()
        }
        guard isRestoredOrNew else { return }
        guard conditionStatus(KubeDB.Condition.ready) == "True" || !isWaiting(for: "readiness", Self.readiness) else {
            return
        }
        setCondition(KubeDB.Condition.ready, true, "ReadinessCheckSucceeded", "The \(title) is ready.")
        finishProvisioning()
    }

    private mutating func failReadiness() {
        guard condition(KubeDB.Condition.ready) != nil else { return }
        setCondition(KubeDB.Condition.ready, false, "ReadinessCheckFailed", "The \(title) is not ready.")
    }

    /// Whether every part that serves clients has a pod that answers, and a leader where one is needed.
    private var answersClients: Bool {
        guard !snapshot.failures.contains("connection") else { return false }
        // The first time, a database is asked only when all of it is there.
        if condition(KubeDB.Condition.acceptingConnection) == nil,
            conditionStatus(KubeDB.Condition.replicaReady) != "True"
        {
            return false
        }
        return snapshot.groups.filter { $0.isServing || $0.roles != nil }.allSatisfy { group in
            let ready = snapshot.pods(of: group.name).filter(\.isReadyPod)
            guard let roles = group.roles else { return !ready.isEmpty }
            return ready.contains { $0.label(KubeDB.Label.role) == roles.primary }
        }
    }

    private mutating func finishProvisioning() {
        guard conditionStatus(KubeDB.Condition.provisioned) != "True" else { return }
        setCondition(
            KubeDB.Condition.provisioned,
            true,
            "DatabaseSuccessfullyProvisioned",
            "The \(title) is successfully provisioned."
        )
        if spec["init"] != nil, spec.at("init", "initialized")?.bool != true {
            act(.patch(snapshot.reference, ["spec": ["init": ["initialized": true]]]))
        }
    }

    /// The health of a database is looked at again a while after the ops-manager has finished.
    mutating func resumeHealthCheck() {
        guard conditionStatus(KubeDB.Condition.healthCheckPaused) == "True", !isPaused else {
            return endWait("health check")
        }
        guard !isWaiting(for: "health check", Self.connection) else { return }
        removeCondition(KubeDB.Condition.healthCheckPaused)
        wake(at: now)
    }
}

/// Data that a new database begins with.
extension DatabasePass {
    private static let restoring: Int64 = 2_000_000

    /// Whether the data that the database is to begin with are there.
    var isRestoredOrNew: Bool {
        guard isToBeRestored else { return true }
        return conditionStatus(KubeDB.Condition.restored) == "True"
    }

    private var isToBeRestored: Bool {
        spec.at("init", "initialized")?.bool != true
            && (spec.at("init", "archiver") != nil || spec.at("init", "waitForInitialRestore")?.bool == true)
    }

    /// A restore from an archive goes by itself; any other is begun by somebody else, and waited for.
    mutating func restore() {
        guard isToBeRestored, spec.at("init", "archiver") != nil,
            conditionStatus(KubeDB.Condition.acceptingConnection) == "True",
            conditionStatus(KubeDB.Condition.restored) == nil
        else { return }
        guard condition(KubeDB.Condition.restoreStarted) != nil else {
            countWithStatus(.restores)
            wake(at: now)
            return setCondition(
                KubeDB.Condition.restoreStarted,
                true,
                "DataRestoreStarted",
                "The restoring of \(title) has started."
            )
        }
        guard !isWaiting(for: "restore", Self.restoring) else { return }
        guard !snapshot.failures.contains("restore") else {
            return setCondition(
                KubeDB.Condition.restored,
                false,
                "FailedToRestoreData",
                "Failed to restore data of \(title)."
            )
        }
        setCondition(
            KubeDB.Condition.restored,
            true,
            "SuccessfullyDataRestored",
            "Successfully restored data of \(title)."
        )
    }
}
