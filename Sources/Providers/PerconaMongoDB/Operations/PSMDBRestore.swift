import CRDs
import JSON
import KubernetesAPI

/// Data of an earlier time: in a new DatabaseCluster, or in place by a `PerconaServerMongoDBRestore`.
struct PSMDBRestore {
    private let operation: OperationContext
    private let sizes: SizeLadder
    private let state: PSMDBOperationState
    private let copy: ClusterCopy?
    private var cluster: DatabaseCluster { operation.cluster }
    private var block: OpsRequestSpec.Restore { operation.request.spec.restore ?? .init() }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = PSMDBOperationState(operation)
        copy = ClusterCopy(operation, child: .psmdbCluster)
    }

    func answer() -> OperationAnswer {
        do throws(Refusal) {
            guard let copy else { return try inPlace() }
            guard let source = try source() else { return .need(needs) }
            guard copy.needs.isEmpty else { return .need(copy.needs) }
            return try copy.answer(source) { cluster in
                let plan = PSMDBPlan(cluster, Observed(now: operation.observed.now))
                return PSMDBValidation(plan, sizes: sizes).refusals().first
            }
        } catch {
            return .refused(error)
        }
    }

    func report() -> OperationReport {
        guard let copy else { return reportInPlace() }
        return copy.report { answer in
            let child = PSMDBCluster(answer)
            return ClusterCopy.ChildVerdict(isHealthy: child?.isReady ?? false, failure: nil)
        }
    }
}

// MARK: - Where the data comes from

extension PSMDBRestore {
    private var needs: [Need] {
        guard let name = block.backup, observedBackup(name) == nil else { return [] }
        return [.object(.psmdbBackup, state.plan.names.key(name))]
    }

    private func observedBackup(_ name: String) -> PSMDBBackup? {
        operation.observed.child(.psmdbBackup, named: name)?.body as? PSMDBBackup
    }

    /// Nil while it must be asked for.
    private func source() throws(Refusal) -> ClusterCopy.Source? {
        let version = (state.child?.runningVersion ?? state.plan.version)?.text
        if let time = block.pointInTime {
            guard try base(for: time) != nil else { return nil }
            return ClusterCopy.Source(
                field: ["cluster": ["name": .string(cluster.metadata.name), "pointInTime": .string(time.description)]],
                version: version,
                text: "the state of \(time)"
            )
        }
        guard let backup = try backup() else { return nil }
        return ClusterCopy.Source(
            field: ["backup": ["name": .string(backup.metadata.name)]],
            version: version,
            text: "backup \(backup.metadata.name)"
        )
    }

    /// The backup that is named, which must be completed and of this cluster; nil while it must be asked for.
    private func backup() throws(Refusal) -> PSMDBBackup? {
        guard let name = block.backup else {
            throw Refusal("BackupNotFound", "name a backup in restore.backup, or a time in restore.pointInTime")
        }
        let found: PSMDBBackup?
        if let observed = observedBackup(name) {
            found = observed
        } else {
            guard let answer = operation.observed.answer(.psmdbBackup, state.plan.names.key(name)) else { return nil }
            found = answer.flatMap { PSMDBBackup.kind.read($0) }
        }
        guard let found else {
            throw Refusal(
                "BackupNotFound",
                "there is no PerconaServerMongoDBBackup \(name) in this namespace; \(otherBackups)"
            )
        }
        guard found.cluster == cluster.metadata.name else {
            throw Refusal(
                "BackupOfAnotherCluster",
                "backup \(name) is of cluster \(found.cluster); file the request with clusterRef \(found.cluster)"
            )
        }
        guard found.isCompleted else {
            let cause = found.error.isEmpty ? "" : ": \(found.error)"
            throw Refusal(
                "BackupNotCompleted",
                "backup \(name) is not completed but \(found.stateText)\(cause); \(otherBackups)"
            )
        }
        return found
    }

    private var otherBackups: String {
        let names = state.plan.backupObjects.filter(\.isCompleted).map(\.metadata.name).suffix(5)
        return names.isEmpty ? "none of this cluster is completed" : "completed are \(names.joined(separator: ", "))"
    }

    /// The backup from which on the oplog leads to that time.
    private func base(for time: Timestamp) throws(Refusal) -> PSMDBBackup? {
        guard state.child?.keepsOplog == true else {
            throw Refusal(
                "PointInTimeNotConfigured",
                "cluster \(cluster.metadata.name) does not keep what a point in time is restored from; set "
                    + "spec.backup.pointInTimeRecovery for later ones, and name a backup in restore.backup alone now"
            )
        }
        guard block.backup != nil else {
            let backups = PSMDBPointInTime(
                state.plan.backupObjects,
                of: cluster.metadata.name,
                now: operation.observed.now
            )
            return try backups.base(for: time)
        }
        guard let named = try backup() else { return nil }
        guard time <= operation.observed.now else {
            throw Refusal("PointInTimeNotCovered", "restore.pointInTime \(time) is in the future")
        }
        if let ended = named.usableFrom, time < ended {
            throw Refusal(
                "PointInTimeNotCovered",
                "backup \(named.metadata.name) ended \(ended), after \(time); name an earlier one or a later time"
            )
        }
        return named
    }
}

// MARK: - In place

extension PSMDBRestore {
    /// A failed one cannot be run again, so each further attempt has a name of its own.
    private var name: String {
        let name = operation.request.metadata.name
        return operation.attempt > 1 ? "\(name)-\(operation.attempt)" : name
    }

    private var existing: PSMDBRestoreObject? {
        operation.observed.child(.psmdbRestore, named: name)?.body as? PSMDBRestoreObject
    }

    /// It needs the agents in the members' pods.
    private func inPlace() throws(Refusal) -> OperationAnswer {
        if let refusal = state.notRunning { throw refusal }
        let time = block.pointInTime
        let found: PSMDBBackup? = if let time { try base(for: time) } else { try backup() }
        guard let found else { return .need(needs) }
        if let existing {
            guard existing.metadata.labels[ChildLabels.operation] == operation.request.metadata.uid else {
                throw Refusal(
                    "NameTaken",
                    "there is a PerconaServerMongoDBRestore \(name) already; file the request under another name"
                )
            }
        } else {
            guard state.child?.isReady == true else {
                return .notYet(
                    Refusal("ClusterNotReady", "Percona's operator restores only when it says \"ready\" of the cluster")
                )
            }
            if let refusal = state.underWay { return .notYet(refusal) }
        }
        var labels = ChildLabels.of(cluster: cluster.metadata.name)
        labels[ChildLabels.operation] = operation.request.metadata.uid
        var spec: JSONObject = [
            "clusterName": .string(cluster.metadata.name), "backupName": .string(found.metadata.name),
        ]
        if let time { spec["pitr"] = ["type": "date", "date": .string(time.perconaDate)] }
        let restore = DesiredObject(.psmdbRestore, state.plan.names.key(name), labels: labels, spec: .object(spec))
        return .intents([.create(restore)], log: "created PerconaServerMongoDBRestore \(name)")
    }

    private func reportInPlace() -> OperationReport {
        guard let restore = existing else {
            return .running(percent: 0, waitingFor: "PerconaServerMongoDBRestore \(name) to appear")
        }
        if restore.isFailed {
            let cause = restore.error.isEmpty ? "Percona's operator gives no cause" : restore.error
            return .retryable(
                Refusal("RestoreFailed", "PerconaServerMongoDBRestore \(name) is \"\(restore.state)\": \(cause)")
            )
        }
        guard restore.isCompleted else {
            let percent = ["": 5, "waiting": 10, "requested": 20][restore.state] ?? 40
            return .running(
                percent: percent,
                waitingFor: "PerconaServerMongoDBRestore \(name), which is \(restore.stateText)"
            )
        }
        if let missing = state.unsettled { return .running(percent: 80, waitingFor: missing) }
        return .succeeded(evidence: [
            "PerconaServerMongoDBRestore \(name) is ready" + (restore.completed.map { " since \($0)" } ?? ""),
            "\(state.wanted) of \(state.wanted) members are ready",
        ])
    }
}
