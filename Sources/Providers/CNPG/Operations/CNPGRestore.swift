import CRDs
import JSON
import KubernetesAPI

/// Data of an earlier time in a new DatabaseCluster, which is like this one but for where its data comes from.
///
/// CloudNativePG restores into new clusters only.
struct CNPGRestore {
    let operation: OperationContext
    private let sizes: SizeLadder
    let state: CNPGOperationState
    var cluster: DatabaseCluster { operation.cluster }
    var block: OpsRequestSpec.Restore { operation.request.spec.restore ?? .init() }
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
            guard let source = try source(), let original = look(DatabaseCluster.resource, cluster.metadata.key),
                let existing = look(DatabaseCluster.resource, into)
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
    func look(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue?? {
        operation.observed.answer(resource, key)
    }

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
