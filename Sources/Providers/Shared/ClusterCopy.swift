import CRDs
import JSON
import KubernetesAPI

/// A new DatabaseCluster that is like the operation's own one but for where its data comes from: a restore that leaves
/// the original as it is.
struct ClusterCopy {
    /// Where the data comes from.
    struct Source {
        /// The `dataSource` of the new cluster.
        let field: JSONValue
        /// What the new cluster must run to read it.
        let version: String?
        /// In a sentence, such as `backup nightly-7`.
        let text: String
    }

    /// What the new cluster's child says.
    struct ChildVerdict {
        let isHealthy: Bool
        /// Why it will never be healthy; nil while it may be.
        let failure: Refusal?
    }

    private let operation: OperationContext
    private let into: ObjectKey
    /// The kind of its child, which has its name.
    private let child: ResourceType

    /// Nil when the request names no cluster to restore into.
    init?(_ operation: OperationContext, child: ResourceType) {
        guard let name = operation.request.spec.restore?.into else { return nil }
        self.operation = operation
        self.child = child
        into = ObjectKey(namespace: operation.cluster.metadata.namespace, name: name)
    }

    private var cluster: DatabaseCluster { operation.cluster }

    /// What must be known before it can be answered, as far as it is not.
    var needs: [Need] {
        [.object(DatabaseCluster.resource, cluster.metadata.key), .object(DatabaseCluster.resource, into)]
            .filter { operation.observed.answers[$0] == nil }
    }

    /// Creates it; only when nothing is needed any more.
    ///
    /// - Parameter refusal: why its provider would not accept such a cluster.
    func answer(_ source: Source, refusal: (DatabaseCluster) -> Refusal?) throws(Refusal) -> OperationAnswer {
        if case .some(let existing?) = operation.observed.answer(DatabaseCluster.resource, into) {
            return try again(existing)
        }
        let original = operation.observed.answer(DatabaseCluster.resource, cluster.metadata.key) ?? nil
        guard let spec = original?["spec"]?.object else {
            throw Refusal("ClusterNotFound", "DatabaseCluster \(cluster.metadata.name) is not there any more")
        }
        let copy = try copy(of: spec, source, refusal)
        return .intents([.create(copy)], log: "created DatabaseCluster \(into.name) with \(source.text)")
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

    /// Like the original but for its data source, its doors to the outside and the names that clients know.
    private func copy(
        of spec: JSONObject,
        _ source: Source,
        _ refusal: (DatabaseCluster) -> Refusal?
    ) throws(Refusal) -> DesiredObject {
        var spec = spec
        spec["dataSource"] = source.field
        if let version = source.version { spec["version"] = .string(version) }
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
        if let refusal = refusal(cluster) {
            throw Refusal(refusal.reason, "DatabaseCluster \(into.name) could not be created: \(refusal.message)")
        }
        return copy
    }
}

extension ClusterCopy {
    /// How far the new cluster is.
    ///
    /// - Parameter verdict: what its child says; asked only when it is there.
    func report(_ verdict: (JSONValue) -> ChildVerdict) -> OperationReport {
        let childNeed = Need.object(child, into)
        guard let answer = operation.observed.answer(DatabaseCluster.resource, into),
            let childAnswer = operation.observed.answer(child, into)
        else { return .need([.object(DatabaseCluster.resource, into), childNeed]) }
        guard let object = answer, isOurs(object), let copy = try? DatabaseCluster(object) else {
            return .failed(
                Refusal("TargetGone", "DatabaseCluster \(into.name) was deleted, or replaced by another one, meanwhile")
            )
        }
        let live = childAnswer.map(verdict)
        if let refusal = live?.failure ?? refusal(by: copy) { return .failed(refusal) }
        let ready = copy.status.readyInstances ?? 0
        let isCurrent = copy.status.observedGeneration == copy.metadata.generation
        guard copy.status.phase == .ready, isCurrent, live?.isHealthy == true else {
            let words = copy.status.message.isEmpty ? "" : ": \(copy.status.message)"
            return .running(
                // The child exists, has its first member, and then the others.
                percent: OperationReport.percent((live == nil ? 0 : 1) + ready, of: 1 + copy.spec.clusterSize),
                waitingFor: "DatabaseCluster \(into.name), which is \(copy.status.phase?.rawValue ?? "new")\(words)"
            )
        }
        let credentials = copy.status.credentialsSecret.map { "; its credentials are in Secret \($0)" } ?? ""
        return .succeeded(
            evidence: [
                "DatabaseCluster \(into.name) is Ready with \(ready) of \(copy.spec.clusterSize) members",
                "its data is \(Self.origin(of: copy))",
            ],
            message: "DatabaseCluster \(into.name) is Ready\(credentials)"
        )
    }

    private static func origin(of copy: DatabaseCluster) -> String {
        switch copy.spec.dataSource {
        case .backup(let name): "that of backup \(name)"
        case .cluster(let name, let time?): "that of \(name) at \(time)"
        default: "of another source"
        }
    }

    private func refusal(by copy: DatabaseCluster) -> Refusal? {
        guard copy.status.observedGeneration == copy.metadata.generation, copy.status.conditions.isTrue("Stalled"),
            let accepted = copy.status.conditions["Accepted"], accepted.status == .false
        else { return nil }
        return Refusal("RestoreFailed", "DatabaseCluster \(into.name) is refused: \(accepted.message)")
    }
}
