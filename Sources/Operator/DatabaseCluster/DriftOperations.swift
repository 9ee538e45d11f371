import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Providers

/// Which OpsRequests the operator files itself for a cluster, and which of those it has filed it throws away.
///
/// A name is made of cluster, type and wanted value alone: however often the loop runs, and however many operators do,
/// there is one request.
struct DriftOperations {
    let cluster: DatabaseCluster
    /// As it is now; the cluster's status may be of a moment ago.
    let phase: DatabaseClusterPhase
    /// All that are on the cluster, whoever filed them.
    let requests: [OpsRequest]
    /// In which phases of the cluster a type may start.
    let allowedPhases: (OpsRequestType) -> Set<DatabaseClusterPhase>
    let now: Timestamp

    enum Action: Equatable {
        case file(OperationWish, name: String)
        case discard(ObjectMeta)
    }

    static let originLabel = "dbaas.io/origin"
    static let origin = "drift"
    /// The generation of the cluster's spec that a request was filed for.
    static let generationAnnotation = "dbaas.io/cluster-generation"
    /// An operation that succeeded and was not enough is not repeated faster than this.
    static let pause = Duration.seconds(60)

    /// What is to be done about the provider's wishes, and about what is left of earlier ones.
    func actions(for wishes: [OperationWish]) -> [Action] {
        var actions: [Action] = []
        var taken = Set(requests.filter { !$0.isFinished && !$0.spec.dryRun }.flatMap(\.spec.type.subjects))
        for wish in wishes where taken.isDisjoint(with: wish.type.subjects) {
            taken.formUnion(wish.type.subjects)
            let name = Self.name(of: wish, for: cluster.metadata.name)
            if let former = requests.first(where: { $0.metadata.name == name }) {
                if isOver(former) { actions.append(.discard(former.metadata)) }
            } else if allowedPhases(wish.type).contains(phase) {
                actions.append(.file(wish, name: name))
            }
        }
        let wanted = Set(wishes.map { Self.name(of: $0, for: cluster.metadata.name) })
        return actions + history.filter { !wanted.contains($0.name) }.map(Action.discard)
    }

    /// Whether a finished request of the wish's own name makes room for another try.
    ///
    /// One that failed, or that somebody cancelled, stays until its time to live is over, somebody deletes it, or the
    /// cluster's spec is edited: an operation that cannot succeed would be filed for ever.
    private func isOver(_ former: OpsRequest) -> Bool {
        guard former.isFinished, !former.metadata.isBeingDeleted else { return false }
        let generation = former.metadata.annotations[Self.generationAnnotation].flatMap { Int64($0) }
        if generation != cluster.metadata.generation { return true }
        switch former.status.phase {
        case .succeeded, .skipped: return now - (former.status.completionTime ?? now) >= Self.pause
        default: return false
        }
    }

    /// Those of our own finished requests that are more than the cluster wants to keep, newest kept.
    private var history: [ObjectMeta] {
        requests
            .filter {
                $0.metadata.labels[Self.originLabel] == Self.origin && $0.isFinished && !$0.metadata.isBeingDeleted
            }
            .sorted { left, right in
                let (one, other) = (left.status.completionTime, right.status.completionTime)
                return one == other ? left.metadata.name > right.metadata.name : (one ?? now) > (other ?? now)
            }
            .dropFirst(cluster.spec.operations.historyLimit)
            .map(\.metadata)
    }

    /// The name of the request for a wish.
    static func name(of wish: OperationWish, for cluster: String) -> String {
        let hash = stableHash(of: [
            .string(cluster), .string(wish.type.rawValue), .string(wish.block.value.description),
        ])
        return "\(cluster)-\(wish.type.rawValue.lowercased())-\(String(hash, radix: 36))"
    }

    /// The request for a wish.
    func request(for wish: OperationWish, name: String) -> DesiredObject {
        var labels = ChildLabels.of(cluster: cluster.metadata.name)
        labels[Self.originLabel] = Self.origin
        var request = DesiredObject(
            OpsRequest.resource,
            ObjectKey(namespace: cluster.metadata.namespace, name: name),
            labels: labels,
            annotations: [Self.generationAnnotation: String(cluster.metadata.generation)],
            owner: cluster,
            spec: [
                "clusterRef": .string(cluster.metadata.name), "type": .string(wish.type.rawValue),
                wish.block.name: wish.block.value,
            ]
        )
        request.content["metadata"]?["finalizers"] = [.string(APIGroup.cleanupFinalizer)]
        return request
    }
}

extension ControllerContext {
    /// Takes back what operations have left among the children.
    ///
    /// - Returns: what went wrong with it, which is not to hold up the look: a cluster has more needs than this.
    func retire(_ view: any ClusterView, of cluster: DatabaseCluster) async -> (any Error)? {
        var failure: (any Error)?
        for retirement in retirements(view, of: cluster) {
            do {
                try await writer.carryOut(retirement, for: cluster.metadata.key)
            } catch {
                failure = failure ?? error
            }
        }
        return failure
    }

    /// What operations have left among the children.
    ///
    /// Of a cluster that is being deleted every operation is given up, though its request may not say so yet.
    func retirements(_ view: any ClusterView, of cluster: DatabaseCluster) -> [Intent] {
        view.retirements {
            guard !cluster.metadata.isBeingDeleted else { return [] }
            let requests = stores.requests.list(ownedBy: cluster.metadata.key)
            return Set(requests.lazy.filter { !$0.isFinished }.map(\.metadata.uid))
        }
    }

    /// Files what a provider cannot have by applying its children, and keeps the history short.
    ///
    /// - Returns: whether the provider wishes for anything, so that the cluster is not at rest.
    func fileOperations(
        _ wishes: [OperationWish],
        for cluster: DatabaseCluster,
        in phase: DatabaseClusterPhase,
        by provider: any Provider
    ) async throws -> Bool {
        let key = cluster.metadata.key
        let drift = DriftOperations(
            cluster: cluster,
            phase: phase,
            requests: stores.requests.list(ownedBy: key),
            allowedPhases: provider.operations.allowedPhases(of:),
            now: .now
        )
        let actions = drift.actions(for: wishes)
        let filed = actions.count { if case .file = $0 { true } else { false } }
        if filed > 0 {
            Logger.current.info("drift_detected_creating_operations", metadata: ["operation_count": "\(filed)"])
        }
        for action in actions {
            switch action {
            case .file(let wish, let name):
                try await writer.carryOut(.create(drift.request(for: wish, name: name)), for: key)
                metrics.driftPutBack(wish.driftType)
                let note = "OpsRequest \(name) was filed, as \(wish.block.name) is wanted to be \(wish.block.value)"
                tell(.normal, "OperationFiled", "Reconcile", note, about: DatabaseCluster.resource, cluster.metadata)
            case .discard(let metadata):
                try await writer.carryOut(.delete(OpsRequest.resource, metadata.key, uid: metadata.uid), for: key)
            }
        }
        return !wishes.isEmpty
    }
}
