import CRDs
import KubernetesAPI

/// Judges the phase of a cluster.
///
/// CloudNativePG tells no observed generation, and its healthy phase and Ready condition can be those of an older spec;
/// so healthy counts only when the members themselves are what the spec says.
struct CNPGAssessment {
    typealias Result = (phase: DatabaseClusterPhase, message: String)

    private let plan: CNPGPlan
    private let pods: [Pod]
    private let proxy: ProxyStatus?
    private let operation: OpsRequestType?

    /// The condition by which it is known that the cluster has been in service.
    static let initialized = "Initialized"

    init(_ plan: CNPGPlan, pods: [Pod], proxy: ProxyStatus?) {
        self.plan = plan
        self.pods = pods
        self.proxy = proxy
        operation = plan.cluster.status.operation?.type
    }

    private var wanted: Int { plan.cluster.spec.clusterSize }

    /// Whether the cluster has been in service, and not stopped since.
    private var wasReady: Bool {
        switch plan.cluster.status.phase {
        case nil, .pending, .initializing, .stopped, .stopping: false
        // One that never started fails too, and has to stay so until it does.
        case .failed: plan.cluster.status.conditions.isTrue(Self.initialized)
        default: true
        }
    }

    func result() -> Result {
        if plan.cluster.metadata.isBeingDeleted { return (.deleting, "the children are being removed") }
        guard let child = plan.child else { return (.pending, absence) }
        if child.metadata.isBeingDeleted { return (.deleting, "Cluster \(child.metadata.name) is being deleted") }
        if child.isToldToHibernate || plan.cluster.spec.stopped { return stopping(child) }
        let phase = CNPGPhase(child.phase)
        guard phase == .healthy else { return unhealthy(child, phase) }
        return healthy(child)
    }

    private var absence: String {
        switch (plan.source, plan.backups) {
        case (.wait(let refusal), _), (_, .impossible(let refusal)): refusal.message
        default: "CloudNativePG has not been asked for the members yet"
        }
    }

    private func stopping(_ child: CNPGCluster) -> Result {
        if child.isToldToHibernate, child.isHibernated { return (.stopped, "no member runs; the volumes are kept") }
        let reason = child.hibernation?.message ?? ""
        return (.stopping, reason.isEmpty ? "\(pods.count) members still run" : reason)
    }

    private func unhealthy(_ child: CNPGCluster, _ phase: CNPGPhase) -> Result {
        let unified = phase.unified(wasReady: wasReady, operation: operation)
        var message = child.phase.isEmpty ? "CloudNativePG has not reconciled the cluster yet" : child.phase
        if !child.phaseReason.isEmpty { message += ": \(child.phaseReason)" }
        if phase == .majorUpgrade, let job = failedJob { return (.failed, "\(message); Job \(job) has failed") }
        guard let trouble = podTrouble else { return (unified, message) }
        let isLost = phase == .waitingForInstances || phase == .settingUpPrimary
        if isLost, trouble.isOld { return (wasReady ? .degraded : .failed, "\(message); \(trouble.message)") }
        return (unified, "\(message); \(trouble.message)")
    }

    private func healthy(_ child: CNPGCluster) -> Result {
        if child.instances != wanted || child.existingInstances != wanted {
            let found = child.existingInstances.map { "\($0)" } ?? "an unknown number"
            return (wasReady ? .scaling : .initializing, "\(wanted) members are wanted and \(found) exist")
        }
        let ready = min(child.readyInstances, pods.count(where: \.isReady))
        if child.hibernation != nil || ready < wanted {
            let message = "\(ready) of \(wanted) members are ready" + (podTrouble.map { "; \($0.message)" } ?? "")
            guard wasReady else { return (.initializing, message) }
            return (DatabaseClusterPhase.rollout(of: operation) == .restarting ? .restarting : .degraded, message)
        }
        if let change = unfinishedChange(child) { return (DatabaseClusterPhase.rollout(of: operation), change) }
        if let proxy, proxy.readyReplicas < proxy.replicas {
            let message = "\(proxy.readyReplicas) of \(proxy.replicas) poolers are ready"
            guard wasReady else { return (.initializing, message) }
            return (proxy.readyReplicas == 0 ? .degraded : .updating, message)
        }
        return (.ready, "")
    }

    /// What the members do not have yet of what their Cluster asks for; nil when they have it all.
    private func unfinishedChange(_ child: CNPGCluster) -> String? {
        for pod in pods {
            guard let container = pod.database else { continue }
            if let image = child.imageName, container.image != image {
                return "\(pod.metadata.name) runs \(container.image), not yet \(image)"
            }
            if !container.resources.satisfies(child.resources) {
                return "\(pod.metadata.name) does not have its new resources yet"
            }
        }
        for (role, size) in [("PG_DATA", child.storageSize), ("PG_WAL", child.walStorageSize)] {
            guard let size else { continue }
            for claim in plan.claims(role: role) {
                guard let capacity = claim.capacity, capacity < size else { continue }
                return "volume \(claim.metadata.name) has \(capacity), not yet \(size)"
            }
        }
        return nil
    }

    private var failedJob: String? {
        plan.observed.bodies(.job, as: Job.self).first(where: \.isFailed)?.metadata.name
    }

    /// The first pod whose container cannot start, in the kubelet's words.
    private var podTrouble: (message: String, isOld: Bool)? {
        for pod in pods {
            for status in pod.containerStatuses where Self.troubles.contains(status.waitingReason) {
                let age = pod.metadata.creationTimestamp.map { plan.observed.now - $0 } ?? .zero
                let words = status.waitingMessage.isEmpty ? "" : ": \(status.waitingMessage)"
                return ("pod \(pod.metadata.name) is in \(status.waitingReason)\(words)", age > .seconds(300))
            }
        }
        return nil
    }

    private static let troubles: Set<String> = [
        "CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "ErrImagePull", "ImagePullBackOff",
        "InvalidImageName", "RunContainerError",
    ]
}
