import CRDs
import KubernetesAPI

/// Judges the phase of a cluster.
///
/// Percona's operator may call a cluster ready for one pass on the StatefulSets' old status, and its conditions are never
/// taken back; so ready counts only when it has seen the spec and the members themselves are what the spec says.
struct PSMDBAssessment {
    typealias Result = (phase: DatabaseClusterPhase, message: String)

    private let plan: PSMDBPlan
    private let pods: [Pod]
    private let operation: OpsRequestType?

    /// Every failed reconcile shows as an error, and the next one, seconds later, may go well.
    static let patience = Duration.seconds(90)
    /// The condition by which it is known since when the child is in error.
    static let health = "ChildHealthy"
    /// The condition by which it is known that the cluster has been in service.
    static let initialized = "Initialized"

    init(_ plan: PSMDBPlan, pods: [Pod]) {
        self.plan = plan
        self.pods = pods
        operation = plan.cluster.status.operation?.type
    }

    private var cluster: DatabaseCluster { plan.cluster }

    /// Whether the cluster has been in service, and not stopped since.
    private var wasReady: Bool {
        switch cluster.status.phase {
        case nil, .pending, .initializing, .stopped, .stopping: false
        default: cluster.status.conditions.isTrue(Self.initialized)
        }
    }

    func result() -> Result {
        if cluster.metadata.isBeingDeleted { return (.deleting, "the children are being removed") }
        guard let child = plan.child else { return (.pending, absence) }
        if child.metadata.isBeingDeleted {
            return (.deleting, "PerconaServerMongoDB \(child.metadata.name) is being deleted")
        }
        if case .failed(let refusal) = plan.source { return (.failed, refusal.message) }
        if let restore = plan.runningRestore {
            return (.restoring, "PerconaServerMongoDBRestore \(restore.metadata.name) is \(restore.stateText)")
        }
        if child.isInError { return inError(child) }
        if cluster.spec.stopped || child.isPaused || child.state == "stopping" { return stopping(child) }
        if let volumes = plan.resizing {
            return (.updating, "the volumes of StatefulSet \(volumes.metadata.name) are being made larger")
        }
        return child.isReady ? ready(child) : working(child)
    }

    private var absence: String {
        switch (plan.source, plan.backups) {
        case (.wait(let refusal), _), (_, .impossible(let refusal)): refusal.message
        default: "Percona's operator has not been asked for the members yet"
        }
    }

    private func inError(_ child: PSMDBCluster) -> Result {
        let words = "Percona's operator says: \(child.words.isEmpty ? "error" : child.words)"
        let known = cluster.status.conditions[Self.health]
        let since = known?.status == .false ? known?.lastTransitionTime : nil
        let isLasting = since.map { plan.observed.now - $0 >= Self.patience } ?? false
        if isLasting || child.refusesSpec {
            return (cluster.status.conditions.isTrue(Self.initialized) ? .degraded : .failed, words)
        }
        let phase: DatabaseClusterPhase =
            switch cluster.status.phase {
            case nil, .pending, .initializing: .initializing
            case .ready: .updating
            case let phase?: phase
            }
        return (phase, "\(words) (this may pass by itself)")
    }

    /// A stop is put off, without a word, while a backup is not finished.
    private func stopping(_ child: PSMDBCluster) -> Result {
        guard cluster.spec.stopped || child.state == "stopping" else {
            return (.initializing, "Percona's operator is about to be told to start the members")
        }
        if child.isPaused, child.state == "paused", pods.isEmpty {
            return (.stopped, "no member runs; the volumes are kept")
        }
        if let backup = plan.runningBackup, child.state != "stopping" {
            return (
                .stopping,
                "Percona's operator stops nothing before backup \(backup.metadata.name), which is \(backup.stateText), "
                    + "has ended"
            )
        }
        return (.stopping, "\(pods.count) members still run")
    }

    private func working(_ child: PSMDBCluster) -> Result {
        let phase = wasReady ? DatabaseClusterPhase.rollout(of: operation) : .initializing
        if child.state.isEmpty {
            return (wasReady ? .updating : .pending, "Percona's operator has not reconciled the cluster yet")
        }
        let ready = pods.count(where: \.isReady)
        let counted = "\(ready) of \(plan.wantedMembers) members are ready"
        guard let trouble = podTrouble else {
            return (phase, child.words.isEmpty ? counted : "\(counted); \(child.words)")
        }
        let isLost = trouble.isOld && operation == nil
        return (isLost ? (wasReady ? .degraded : .failed) : phase, "\(counted); \(trouble.message)")
    }

    private func ready(_ child: PSMDBCluster) -> Result {
        let phase = wasReady ? DatabaseClusterPhase.rollout(of: operation) : .initializing
        guard child.isSeen else { return (phase, "Percona's operator has not acted on its new spec yet") }
        if plan.source.isUnderWay { return (.initializing, "the data is restored when the backup agents are ready") }
        if let unsettled = PSMDBSettling(plan, child, pods: pods).missing {
            let trouble = podTrouble.map { "; \($0.message)" } ?? ""
            let isDown = wasReady && operation == nil && pods.contains { !$0.isReady && !$0.metadata.isBeingDeleted }
            return (isDown ? .degraded : phase, "waiting for \(unsettled)\(trouble)")
        }
        if plan.hasRevertedStorage {
            let size = child.replsets.compactMap(\.storage).min().map { "\($0)" } ?? "what they were"
            return (
                .degraded,
                "the volumes could not be made \(plan.wantedStorage), and Percona's operator has gone back to \(size)"
                    + (claimTrouble.map { ": \($0)" } ?? "")
                    + "; see to it that they can grow, then request the VolumeExpansion again"
            )
        }
        return (.ready, "")
    }

    private var claimTrouble: String? { plan.claims.lazy.compactMap(\.resizeFailure).first }

    /// The first pod whose container cannot start, in the kubelet's words.
    private var podTrouble: (message: String, isOld: Bool)? {
        for pod in pods where !pod.isReady {
            guard let hindrance = pod.hindrance else { continue }
            let age = pod.metadata.creationTimestamp.map { plan.observed.now - $0 } ?? .zero
            let isStuck =
                pod.container(in: MemberFailures.outOfService) != nil
                || pod.conditions["PodScheduled"]?.status == .false
            return ("pod \(pod.metadata.name): \(hindrance)", isStuck && age > .seconds(300))
        }
        return nil
    }
}
