import CRDs
import JSON
import KubernetesAPI

// The cluster's own data is replaced: Percona's operator stops all members, keeps one volume, and starts them again.
extension PXCRestore {
    /// A failed restore cannot be run again, so each further attempt has a name of its own.
    private var name: String {
        let name = operation.request.metadata.name
        return operation.attempt > 1 ? "\(name)-\(operation.attempt)" : name
    }

    private var existing: PXCRestoreObject? {
        operation.observed.child(.pxcRestore, named: name)?.body as? PXCRestoreObject
    }

    func answerInPlace() throws(Refusal) -> OperationAnswer {
        if let existing {
            guard existing.metadata.labels[ChildLabels.operation] == operation.request.metadata.uid else {
                throw Refusal(
                    "NameTaken",
                    "there is a PerconaXtraDBClusterRestore \(name) already; choose another name for the request"
                )
            }
            return .intents([], log: "PerconaXtraDBClusterRestore \(name) was created")
        }
        // Percona's operator saves the size it finds, of a paused cluster none, and would put that back at the end.
        if let refusal = state.notRunning { throw refusal }
        if let refusal = lengthRefusal { throw refusal }
        let (backup, time) = try chosen()
        if let busy = state.busyForCure { return .notYet(busy) }
        var labels = ChildLabels.of(cluster: cluster.metadata.name)
        labels[ChildLabels.operation] = operation.request.metadata.uid
        var spec: JSONObject = [
            "pxcCluster": .string(cluster.metadata.name), "backupName": .string(backup.metadata.name),
        ]
        if let time, let storage = state.child?.binlogStorage {
            spec["pitr"] = [
                "type": "date", "date": .string(time.perconaDate), "backupSource": ["storageName": .string(storage)],
            ]
        }
        let restore = DesiredObject(.pxcRestore, state.plan.names.key(name), labels: labels, spec: .object(spec))
        let what = time.map { "the state of \($0)" } ?? "backup \(backup.metadata.name)"
        return .intents([.create(restore)], log: "created PerconaXtraDBClusterRestore \(name) of \(what)")
    }

    private var lengthRefusal: Refusal? {
        let limit = state.plan.names.longestRestoreName
        guard name.utf8.count > limit else { return nil }
        return Refusal(
            "InvalidName",
            "the request's name \(name) has \(name.utf8.count) characters, and Percona's operator names a Job after it, for "
                + "which cluster \(cluster.metadata.name) leaves \(limit); choose a shorter one"
        )
    }

    func reportInPlace() -> OperationReport {
        guard let restore = existing else {
            return .running(percent: 0, waitingFor: "PerconaXtraDBClusterRestore \(name) to appear")
        }
        if restore.isFailed {
            let cause = restore.comments.isEmpty ? "no cause is given" : restore.comments
            return .failed(
                Refusal(
                    "RestoreFailed",
                    "PerconaXtraDBClusterRestore \(name) has failed: \(cause). The cluster gets its size and proxies back; its "
                        + "data may be incomplete, so restore another backup"
                )
            )
        }
        guard restore.isSucceeded else {
            return .running(
                percent: restore.percent,
                waitingFor: "PerconaXtraDBClusterRestore \(name), which is \(restore.stateText)"
            )
        }
        if let missing = state.unsettled { return .running(percent: 90, waitingFor: missing) }
        return .succeeded(
            evidence: [
                "PerconaXtraDBClusterRestore \(name) has Succeeded",
                "\(state.wanted) of \(state.wanted) members are ready",
            ],
            message:
                "the cluster has the data of \(block.pointInTime.map { "\($0)" } ?? "backup \(restore.backup ?? "")")"
        )
    }
}
