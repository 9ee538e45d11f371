import CRDs
import KubernetesAPI

/// Judges the phase of a cluster.
///
/// The state of Percona's operator can be that of a spec before, and `error` passes with the next good look; so ready
/// counts only when the members themselves are what the spec says, and an error only when it has lasted.
struct PXCAssessment {
    typealias Result = (phase: DatabaseClusterPhase, message: String)

    private let plan: PXCPlan
    private let sizes: SizeLadder
    private let pods: [Pod]
    private let operation: OpsRequestType?

    init(_ plan: PXCPlan, sizes: SizeLadder, pods: [Pod]) {
        self.plan = plan
        self.sizes = sizes
        self.pods = pods
        operation = plan.cluster.status.operation?.type
    }

    /// An error of one pass, such as a Secret that is not there yet, is gone with the next.
    static let timeOfPassingErrors = Duration.seconds(90)
    static let healthCondition = "ChildHealthy"
    /// The condition by which it is known that the cluster has been in service.
    static let initialized = "Initialized"

    private var wanted: Int { plan.cluster.spec.clusterSize }

    /// Whether the cluster has been in service, and not stopped since.
    private var wasReady: Bool {
        switch plan.cluster.status.phase {
        case nil, .pending, .initializing, .stopped, .stopping: false
        // Also those of a cluster that has never served: its first data is restored, or its members never started.
        case .failed, .restoring: hasServed
        default: true
        }
    }

    /// Whether the cluster has been in service ever.
    private var hasServed: Bool { plan.cluster.status.conditions.isTrue(Self.initialized) }

    func result() -> Result {
        if plan.cluster.metadata.isBeingDeleted { return (.deleting, "the children are being removed") }
        guard let child = plan.child else { return (.pending, absence) }
        if child.metadata.isBeingDeleted {
            return (.deleting, "PerconaXtraDBCluster \(child.metadata.name) is being deleted\(said(child))")
        }
        if let restore = plan.runningRestore {
            return (.restoring, "PerconaXtraDBClusterRestore \(restore.metadata.name) is \(restore.stateText)")
        }
        switch plan.source {
        case .failed(let refusal): return (.failed, refusal.message)
        case .wait(let refusal) where child.isReady: return (.restoring, refusal.message)
        case .need where child.isReady, .prepare where child.isReady:
            return (.restoring, "the cluster runs, and its data is looked for")
        case .ready(let restore) where !restore.isDone && child.isReady:
            return (.restoring, "the cluster runs, and its data is to be restored into it")
        default: return judge(child)
        }
    }

    private var absence: String {
        switch plan.source {
        case .wait(let refusal): refusal.message
        default: "Percona's operator has not been asked for the members yet"
        }
    }

    private func judge(_ child: PXCCluster) -> Result {
        switch child.state {
        case "": return (wasReady ? .updating : .pending, "Percona's operator has not reconciled the cluster yet")
        case "error": return failing(child)
        case _ where plan.cluster.spec.stopped || child.isPaused: return stopping(child)
        case "paused", "stopping": return (.initializing, "the members are being started\(said(child))")
        case "ready" where child.hasSeenSpec: return healthy(child)
        default: return working(child)
        }
    }

    private func said(_ child: PXCCluster) -> String {
        child.words.isEmpty ? "" : ": \(child.words)"
    }

    private func stopping(_ child: PXCCluster) -> Result {
        if !plan.cluster.spec.stopped {
            return (.initializing, "Percona's operator has not been told to start the members yet")
        }
        if child.isPaused, child.state == "paused", pods.isEmpty {
            return (.stopped, "no member runs; the volumes are kept")
        }
        if let backup = plan.backupInTheWayOfStopping {
            return (.stopping, "PerconaXtraDBClusterBackup \(backup.metadata.name) has to end first")
        }
        return (.stopping, "\(pods.count) members still run\(said(child))")
    }

    /// The state is the one of before until the error has lasted, or cannot pass.
    private func failing(_ child: PXCCluster) -> Result {
        let words = "Percona's operator reports an error\(said(child))" + (trouble.map { "; \($0)" } ?? "")
        let since =
            child.stateSince
            ?? plan.cluster.status.conditions[Self.healthCondition].flatMap {
                $0.status == .false ? $0.lastTransitionTime : nil
            }
        let hasLasted = since.map { plan.observed.now - $0 >= Self.timeOfPassingErrors } ?? false
        if child.refusesSpec || hasLasted { return (wasReady || hasServed ? .degraded : .failed, words) }
        guard child.hasSeenSpec, let before = plan.cluster.status.phase else { return (rollout(child), words) }
        return (before, before == .ready ? "" : words)
    }

    private func working(_ child: PXCCluster) -> Result {
        let words = child.isResizing ? "the volumes are growing" : "Percona's operator is at work"
        let message = words + said(child) + (trouble.map { "; \($0)" } ?? "") + held
        return (rollout(child), message)
    }

    /// Percona's operator restarts no member while a backup runs, and does not say so.
    private var held: String {
        guard wasReady, let backup = plan.runningBackup else { return "" }
        return "; no member is restarted until PerconaXtraDBClusterBackup \(backup.metadata.name) has ended"
    }

    private func rollout(_ child: PXCCluster) -> DatabaseClusterPhase {
        guard wasReady else { return .initializing }
        if child.isResizing { return .updating }
        if let image = child.imageVersion, let reported = child.reportedVersion,
            !PXCRelease.isReported(image, as: reported)
        {
            return .upgrading
        }
        return .rollout(of: operation)
    }

    private func healthy(_ child: PXCCluster) -> Result {
        guard child.size == wanted, child.members.size == wanted, pods.count == wanted else {
            let message = "\(wanted) members are wanted and \(pods.count) exist"
            return (wasReady ? .scaling : .initializing, message)
        }
        let ready = min(child.members.ready, pods.count(where: \.isReady))
        if ready < wanted {
            let message = "\(ready) of \(wanted) members are ready" + (trouble.map { "; \($0)" } ?? "")
            guard wasReady else { return (.initializing, message) }
            return (operation == .restart ? .restarting : .degraded, message)
        }
        if let change = unfinishedChange(child) { return (rollout(child), change + held) }
        if let proxy = plan.proxy, let found = child.proxy, found.ready < proxy.replicas {
            let message =
                "\(found.ready) of \(proxy.replicas) proxies are ready\(found.message.isEmpty ? "" : ": \(found.message)")"
            guard wasReady else { return (.initializing, message) }
            return (found.ready == 0 ? .degraded : .updating, message)
        }
        return (.ready, "")
    }

    /// What the members do not have yet of what the cluster asks for; nil when they have it all.
    private func unfinishedChange(_ child: PXCCluster) -> String? {
        let mark = child.memberAnnotations[PXCAnnotation.configuration]
        for pod in pods {
            let name = pod.metadata.name
            if let container = pod.server {
                if let image = child.image, container.image != image {
                    return "\(name) runs \(container.image), not yet \(image)"
                }
                if !container.resources.satisfies(child.resources) {
                    return "\(name) does not have its new resources yet"
                }
            }
            if pod.metadata.annotations[PXCAnnotation.configuration] != mark {
                return "\(name) runs with the configuration of before"
            }
        }
        guard let size = child.storage else { return nil }
        for claim in plan.claimsInUse {
            guard let capacity = claim.capacity, capacity < size else { continue }
            return "volume \(claim.metadata.name) has \(capacity), not yet \(size)"
        }
        return nil
    }

    /// The first pod that cannot start, in the kubelet's words.
    private var trouble: String? {
        for pod in pods where !pod.isReady {
            if let words = pod.hindrance { return "pod \(pod.metadata.name): \(words)" }
        }
        return nil
    }
}
