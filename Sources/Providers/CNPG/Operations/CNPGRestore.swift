import CRDs
import JSON
import KubernetesAPI

/// Data of an earlier time in a new DatabaseCluster, which is like this one but for where its data comes from.
///
/// CloudNativePG restores into new clusters only.
struct CNPGRestore {
    private let operation: OperationContext
    private let sizes: SizeLadder
    private let state: CNPGOperationState
    private var cluster: DatabaseCluster { operation.cluster }
    private var block: OpsRequestSpec.Restore { operation.request.spec.restore ?? .init() }
    private var into: ObjectKey { state.plan.names.key(block.into ?? "") }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = CNPGOperationState(operation)
    }

    func answer() -> OperationAnswer {
        guard block.into != nil else {
            return .refused(
                Refusal(
                    "InPlaceRestoreUnsupported",
                    "CloudNativePG restores into new clusters only; name one in restore.into, and let the clients follow "
                        + "when it is Ready"
                )
            )
        }
        do throws(Refusal) {
            guard let source = try source(), let original = try look(DatabaseCluster.resource, cluster.metadata.key),
                let existing = try lookForTarget()
            else { return .need(needs) }
            if let existing { return try again(existing) }
            guard let spec = original?["spec"]?.object else {
                throw Refusal("ClusterNotFound", "DatabaseCluster \(cluster.metadata.name) is not there any more")
            }
            let copy = try copy(of: spec, source)
            return .intents([.create(copy)], log: "created DatabaseCluster \(into.name) with \(source.text)")
        } catch {
            return .refused(error)
        }
    }

    /// Asked again after a stop in between: what was created is left as it is.
    private func again(_ existing: JSONValue) throws(Refusal) -> OperationAnswer {
        guard isOurs(existing) else {
            throw Refusal(
                "NameTaken",
                "there is a DatabaseCluster \(into.name) already; name one in restore.into that does not exist"
            )
        }
        return .intents([], log: "DatabaseCluster \(into.name) was created")
    }

    private func isOurs(_ object: JSONValue) -> Bool {
        object.at("metadata", "labels", ChildLabels.operation)?.string == operation.request.metadata.uid
    }
}

// MARK: - Where the data comes from

extension CNPGRestore {
    private struct Source {
        /// The `dataSource` of the new cluster.
        let field: JSONValue
        /// What the new cluster must run to read it.
        let version: String
        let text: String
    }

    /// Nil while it must be asked for.
    private func source() throws(Refusal) -> Source? {
        let backup = try block.backup.map { (name) throws(Refusal) in try self.backup(named: name) }
        if case .some(.none) = backup { return nil }
        guard let time = block.pointInTime else {
            guard let backup = backup.flatMap(\.self) else {
                throw Refusal("BackupNotFound", "name a backup in restore.backup, or a time in restore.pointInTime")
            }
            return Source(
                field: ["backup": ["name": .string(backup.metadata.name)]],
                version: version(ofMajor: backup.majorVersion),
                text: "backup \(backup.metadata.name)"
            )
        }
        try check(time, backup.flatMap(\.self))
        return Source(
            field: ["cluster": ["name": .string(cluster.metadata.name), "pointInTime": .string(time.description)]],
            version: version(ofMajor: nil),
            text: "the state of \(time)"
        )
    }

    /// The running version reads the data, unless the backup is of an earlier major version.
    private func version(ofMajor major: Int?) -> String {
        let running = state.plan.version
        guard let major, major != running.major else { return running.text }
        return "\(major)"
    }

    /// A completed backup of this cluster; nil while it must be asked for.
    private func backup(named name: String) throws(Refusal) -> CNPGBackup? {
        let found: CNPGBackup?
        if let child = operation.observed.child(.cnpgBackup, named: name)?.body as? CNPGBackup {
            found = child
        } else {
            guard let answer = try look(.cnpgBackup, state.plan.names.key(name)) else { return nil }
            found = answer.flatMap { CNPGBackup($0) }
        }
        guard let found else {
            throw Refusal("BackupNotFound", "there is no Backup \(name) in this namespace; \(otherBackups)")
        }
        guard found.cluster == cluster.metadata.name else {
            throw Refusal(
                "BackupOfAnotherCluster",
                "Backup \(name) is of cluster \(found.cluster); file the request with clusterRef \(found.cluster)"
            )
        }
        guard found.isCompleted, found.backupID != nil else {
            let phase = found.phase.isEmpty ? "pending" : found.phase
            throw Refusal(
                "BackupNotCompleted",
                "Backup \(name) is not completed but \"\(phase)\"\(found.error.map { ": \($0)" } ?? ""); \(otherBackups)"
            )
        }
        return found
    }

    private var otherBackups: String {
        let names = operation.observed.bodies(.cnpgBackup, as: CNPGBackup.self).filter(\.isCompleted)
            .map(\.metadata.name).suffix(5)
        return names.isEmpty ? "none of this cluster is completed" : "completed are \(names.joined(separator: ", "))"
    }

    /// CloudNativePG finds out too late, and then does not say: the members just do not come up.
    private func check(_ time: Timestamp, _ backup: CNPGBackup?) throws(Refusal) {
        guard let child = state.child, child.archiveFolder != nil else {
            throw Refusal(
                "BackupNotConfigured",
                "cluster \(cluster.metadata.name) has no archive from which a point in time could be restored; only "
                    + "clusters with spec.backup.storage have one"
            )
        }
        guard time <= operation.observed.now else {
            throw Refusal("PointInTimeNotCovered", "restore.pointInTime \(time) is in the future")
        }
        if let ended = backup?.stoppedAt, time < ended {
            throw Refusal(
                "PointInTimeNotCovered",
                "Backup \(block.backup ?? "") ended \(ended), after \(time); name an earlier one or a later time"
            )
        }
        let starts = operation.observed.bodies(.cnpgBackup, as: CNPGBackup.self).filter(\.isCompleted)
            .compactMap(\.stoppedAt)
        guard let first = CNPGRecoveryWindow(state.plan)?.first ?? starts.min() else {
            throw Refusal("BackupNotFound", "there is no completed backup to start from; request a Backup first")
        }
        guard time >= first else {
            throw Refusal(
                "PointInTimeNotCovered",
                "the archive goes back to \(first) only; name a later time than \(time)"
            )
        }
    }
}

// MARK: - What must be known

extension CNPGRestore {
    private var needs: [Need] {
        var needs: [Need] = [
            .object(DatabaseCluster.resource, cluster.metadata.key), .object(DatabaseCluster.resource, into),
        ]
        if let name = block.backup, operation.observed.child(.cnpgBackup, named: name) == nil {
            needs.append(.object(.cnpgBackup, state.plan.names.key(name)))
        }
        return needs.filter { operation.observed.answers[$0] == nil }
    }

    /// The object, `.some(nil)` when there is none, nil while not asked for.
    private func look(_ resource: ResourceType, _ key: ObjectKey) throws(Refusal) -> JSONValue?? {
        operation.observed.answer(resource, key)
    }

    private func lookForTarget() throws(Refusal) -> JSONValue?? { try look(DatabaseCluster.resource, into) }
}

// MARK: - The new cluster

extension CNPGRestore {
    /// Like the original but for its data source, its doors to the outside and the names that clients know.
    private func copy(of spec: JSONObject, _ source: Source) throws(Refusal) -> DesiredObject {
        var spec = spec
        spec["dataSource"] = source.field
        spec["version"] = .string(source.version)
        spec["stopped"] = nil
        spec["expose"] = nil
        let copy = DesiredObject(
            DatabaseCluster.resource,
            into,
            labels: [ChildLabels.operation: operation.request.metadata.uid],
            spec: .object(spec)
        )
        guard let cluster = try? DatabaseCluster(copy.content) else {
            throw Refusal("InvalidChange", "a copy of DatabaseCluster \(cluster.metadata.name) cannot be read")
        }
        let validation = CNPGValidation(CNPGPlan(cluster, Observed(now: operation.observed.now)), sizes: sizes)
        if let refusal = validation.refusals().first {
            throw Refusal(refusal.reason, "DatabaseCluster \(into.name) could not be created: \(refusal.message)")
        }
        return copy
    }

    func report() -> OperationReport {
        let child = Need.object(.cnpgCluster, into)
        let needs = [Need.object(DatabaseCluster.resource, into), child]
        guard let answer = operation.observed.answer(DatabaseCluster.resource, into),
            let childAnswer = operation.observed.answer(.cnpgCluster, into)
        else { return .need(needs) }
        guard let object = answer, isOurs(object), let copy = try? DatabaseCluster(object) else {
            return .failed(
                Refusal("TargetGone", "DatabaseCluster \(into.name) was deleted, or replaced by another one, meanwhile")
            )
        }
        let live = childAnswer.flatMap { try? DynamicObject(resource: .cnpgCluster, $0) }.map { CNPGCluster($0) }
        if let refusal = failure(of: copy, live) { return .failed(refusal) }
        let ready = copy.status.readyInstances ?? 0
        let isCurrent = copy.status.observedGeneration == copy.metadata.generation
        guard copy.status.phase == .ready, isCurrent, let live, live.isHealthy else {
            let words = copy.status.message.isEmpty ? "" : ": \(copy.status.message)"
            return .running(
                percent: percent(copy, live, ready: ready),
                waitingFor: "DatabaseCluster \(into.name), which is \(copy.status.phase?.rawValue ?? "new")\(words)"
            )
        }
        return .succeeded(
            evidence: [
                "DatabaseCluster \(into.name) is Ready with \(ready) of \(copy.spec.clusterSize) members",
                "its data is \(origin(of: copy))",
            ],
            message: "DatabaseCluster \(into.name) is Ready; its credentials are in Secret "
                + "\(copy.status.credentialsSecret ?? live.credentialsSecret)"
        )
    }

    private func origin(of copy: DatabaseCluster) -> String {
        switch copy.spec.dataSource {
        case .backup(let name): "that of backup \(name)"
        case .cluster(let name, let time?): "that of \(name) at \(time)"
        default: "of another source"
        }
    }

    /// The Cluster exists, has its first member, and then the others.
    private func percent(_ copy: DatabaseCluster, _ live: CNPGCluster?, ready: Int) -> Int {
        CNPGOperationState.percent((live == nil ? 0 : 1) + ready, of: 1 + copy.spec.clusterSize)
    }

    private func failure(of copy: DatabaseCluster, _ live: CNPGCluster?) -> Refusal? {
        if let live, CNPGPhase(live.phase) == .broken {
            let reason = live.phaseReason.isEmpty ? "" : ": \(live.phaseReason)"
            return Refusal(
                "RestoreFailed",
                "CloudNativePG says \"\(live.phase)\(reason)\" of Cluster \(into.name). DatabaseCluster \(into.name) is "
                    + "left for a look at it; delete it and restore an earlier time, or another backup"
            )
        }
        guard copy.status.observedGeneration == copy.metadata.generation, copy.status.conditions.isTrue("Stalled"),
            let accepted = copy.status.conditions["Accepted"], accepted.status == .false
        else { return nil }
        return Refusal("RestoreFailed", "DatabaseCluster \(into.name) is refused: \(accepted.message)")
    }
}
