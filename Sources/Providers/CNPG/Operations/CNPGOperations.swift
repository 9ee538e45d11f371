import CRDs
import JSON
import KubernetesAPI

/// What can be done to a PostgreSQL cluster of CloudNativePG.
struct CNPGOperations: OperationsHandler {
    let sizes: SizeLadder

    var provider: ProviderName { .cnpg }

    func start(_ operation: OperationContext) -> OperationAnswer { CNPGStop(operation, stops: false).answer() }
    func stop(_ operation: OperationContext) -> OperationAnswer { CNPGStop(operation, stops: true).answer() }
    func restart(_ operation: OperationContext) -> OperationAnswer { CNPGRestart(operation).answer() }
    func horizontalScaling(_ operation: OperationContext) -> OperationAnswer {
        CNPGHorizontalScaling(operation).answer()
    }
    func verticalScaling(_ operation: OperationContext) -> OperationAnswer {
        CNPGVerticalScaling(operation, sizes: sizes).answer()
    }
    func volumeExpansion(_ operation: OperationContext) -> OperationAnswer {
        CNPGVolumeExpansion(operation).answer()
    }
    func backup(_ operation: OperationContext) -> OperationAnswer { CNPGBackupNow(operation).answer() }

    func progress(of operation: OperationContext) -> OperationReport {
        let state = CNPGOperationState(operation)
        if let failure = state.failure { return .failed(failure) }
        switch operation.request.spec.type {
        case .start: return CNPGStop(operation, stops: false).report()
        case .stop: return CNPGStop(operation, stops: true).report()
        case .restart: return CNPGRestart(operation).report()
        case .horizontalScaling: return CNPGHorizontalScaling(operation).report()
        case .verticalScaling: return CNPGVerticalScaling(operation, sizes: sizes).report()
        case .volumeExpansion: return CNPGVolumeExpansion(operation).report()
        case .backup: return CNPGBackupNow(operation).report()
        default: return .failed(unavailability(of: operation.request.spec.type))
        }
    }
}

/// What every operation looks at.
struct CNPGOperationState {
    let plan: CNPGPlan
    let pods: [Pod]

    init(_ operation: OperationContext) {
        plan = CNPGPlan(operation.cluster, operation.observed)
        pods = plan.pods
    }

    var child: CNPGCluster? { plan.child }

    /// Members that shall exist.
    var wanted: Int { plan.cluster.spec.clusterSize }

    /// Why nothing can succeed any more; nil while it can.
    var failure: Refusal? {
        guard let child, CNPGPhase(child.phase) == .broken else { return nil }
        let reason = child.phaseReason.isEmpty ? "" : ": \(child.phaseReason)"
        return Refusal("ChildFailed", "CloudNativePG says \"\(child.phase)\(reason)\"")
    }

    /// Refuses what needs members that run: there is no Cluster, or it is stopped.
    var notRunning: Refusal? {
        guard let child else { return absent }
        guard !plan.cluster.spec.stopped, !child.isToldToHibernate else {
            return Refusal("ClusterStopped", "the cluster is stopped; start it first")
        }
        return nil
    }

    var absent: Refusal {
        Refusal("ClusterNotReady", "there is no Cluster \(plan.cluster.metadata.name) yet; wait until it is Ready")
    }

    /// What is missing until all wanted members are in service; nil when nothing is.
    var unsettled: String? {
        guard let child else { return "the Cluster to be created" }
        guard child.instances == wanted else { return "CloudNativePG to be told of \(wanted) members" }
        let counts = [child.existingInstances ?? 0, child.instanceNames.count, pods.count]
        if let other = counts.first(where: { $0 != wanted }) { return "\(wanted) members to exist; there are \(other)" }
        if let pod = pods.first(where: { !$0.isReady }) {
            return "member \(pod.metadata.name) to be ready" + trouble(pod)
        }
        guard child.readyInstances == wanted else { return "\(wanted) ready members; \(child.readyInstances) are" }
        guard child.isHealthy else { return "CloudNativePG, which says \"\(child.phase)\"" }
        return nil
    }

    /// Why a pod cannot start, in the kubelet's words.
    private func trouble(_ pod: Pod) -> String {
        guard let status = pod.containerStatuses.first(where: { !$0.waitingReason.isEmpty }) else { return "" }
        let words = status.waitingMessage.isEmpty ? "" : ", \(status.waitingMessage)"
        return " (\(status.waitingReason)\(words))"
    }

    /// Percent of a count, at most 99: only success is 100.
    static func percent(_ done: Int, of all: Int) -> Int { all <= 0 ? 0 : max(0, min(99, done * 100 / all)) }
}
