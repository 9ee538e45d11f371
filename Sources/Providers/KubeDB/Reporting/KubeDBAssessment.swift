import CRDs
import KubernetesAPI

/// Judges the phase of a cluster.
///
/// KubeDB counts no members, and its phase can be that of an older spec: so Ready counts only when the members are there
/// and are what the cluster asks for.
struct KubeDBAssessment {
    typealias Result = (phase: DatabaseClusterPhase, message: String)

    private let plan: KubeDBPlan
    private let parts: [(part: KubeDBDatabase.Part, pods: [Pod])]
    private let operation: OpsRequestType?

    init(_ plan: KubeDBPlan, parts: [(part: KubeDBDatabase.Part, pods: [Pod])]) {
        self.plan = plan
        self.parts = parts
        operation = plan.cluster.status.operation?.type
    }

    /// For how long a database that takes no connections counts as recovering.
    static let patience = Duration.seconds(300)

    /// Whether the cluster has been in service, and not stopped since.
    private var wasReady: Bool {
        switch plan.cluster.status.phase {
        case nil, .pending, .initializing, .stopped, .stopping: false
        default: true
        }
    }

    func result() -> Result {
        if plan.cluster.metadata.isBeingDeleted { return (.deleting, "the children are being removed") }
        guard let child = plan.child else { return (.pending, absence) }
        let name = "\(plan.engine.kind) \(child.metadata.name)"
        if child.metadata.isBeingDeleted { return (.deleting, "\(name) is being deleted") }
        if plan.cluster.spec.stopped { return stopping(child) }
        if child.isToldToHalt { return (.initializing, "\(name) is halted and will be started") }
        return running(child)
    }

    private var absence: String {
        plan.version.refusal?.message ?? "KubeDB has not been asked for \(plan.engine.kind) \(plan.key.name) yet"
    }

    private func stopping(_ child: KubeDBDatabase) -> Result {
        let pods = parts.reduce(0) { $0 + $1.pods.count }
        guard child.isToldToHalt, child.phase == "Halted", pods == 0 else {
            return (.stopping, "\(pods) members still run\(words(child).map { "; \($0)" } ?? "")")
        }
        return (.stopped, "no member runs; the volumes are kept")
    }

    private func running(_ child: KubeDBDatabase) -> Result {
        let said = words(child)
        switch child.phase {
        case "": return (wasReady ? .updating : .pending, "KubeDB has not looked at the database yet")
        case "Halted": return (.initializing, "the database is being started")
        case "Provisioning": return starting(child, said)
        case "DataRestoring": return (.restoring, said ?? "DataRestoring")
        case "Critical": return (busy ?? (wasReady ? .degraded : .initializing), said ?? "Critical")
        case "NotReady": return unavailable(child, said)
        case "Unknown": return unknown(said)
        case "Ready": return healthy(child)
        default: return (wasReady ? .updating : .initializing, said ?? child.phase)
        }
    }

    /// What is going on, where an operation of ours or one of KubeDB's requests is under way.
    private var busy: DatabaseClusterPhase? {
        if let operation, operation != .backup { return .rollout(of: operation) }
        return plan.activeRequest.map { request in
            switch request.type {
            case "Restart": .restarting
            case "HorizontalScaling": .scaling
            case "UpdateVersion": .upgrading
            default: .updating
            }
        }
    }

    private func starting(_ child: KubeDBDatabase, _ said: String?) -> Result {
        let message = said ?? "Provisioning"
        guard let trouble = podTrouble else {
            guard parts.allSatisfy(\.pods.isEmpty), let created = child.metadata.creationTimestamp,
                plan.observed.now - created > Self.patience
            else { return (busy ?? .initializing, message) }
            let policy = plan.options.placementPolicy ?? "default"
            return (
                .initializing,
                "\(message); no pod was made in 5 minutes, as when PlacementPolicy \(policy) is not there"
            )
        }
        return (trouble.isOld ? .failed : .initializing, "\(message); \(trouble.message)")
    }

    /// It never stays so for good as far as KubeDB is concerned, but people must be told when it lasts.
    private func unavailable(_ child: KubeDBDatabase, _ said: String?) -> Result {
        let message = (said ?? "NotReady") + (podTrouble.map { "; \($0.message)" } ?? "")
        if child.conditions["DataRestored"]?.status == .false { return (.failed, message) }
        if let busy { return (busy, message) }
        guard wasReady else { return (podTrouble?.isOld == true ? .failed : .initializing, message) }
        let since = child.conditions["AcceptingConnection"]?.lastTransitionTime ?? plan.observed.now
        return (plan.observed.now - since > Self.patience ? .failed : .degraded, message)
    }

    /// KubeDB does not look at the database's health meanwhile, so nothing is known to have changed.
    private func unknown(_ said: String?) -> Result {
        let message = said ?? "KubeDB does not check the database's health at present"
        if let busy { return (busy, message) }
        let before = plan.cluster.status.phase ?? .initializing
        return (before, before == .ready ? "" : message)
    }

    private func healthy(_ child: KubeDBDatabase) -> Result {
        for (part, pods) in parts {
            guard let wanted = part.members else { continue }
            let ready = pods.count(where: \.isReady)
            guard pods.count != wanted || ready < wanted else { continue }
            let message =
                "\(ready) of \(wanted) members (\(part.component.key)) are ready"
                + (podTrouble.map { "; \($0.message)" } ?? "")
            guard wasReady else { return (.initializing, message) }
            return (busy ?? (pods.count > wanted ? .scaling : .degraded), message)
        }
        if let request = plan.activeRequest { return (busy ?? .updating, request.text) }
        if let wish = KubeDBWishes(plan).wishes.first {
            return (.rollout(of: wish.type), "\(text(of: wish, child)) is to be done by a request to KubeDB")
        }
        if let change = unfinishedChange(child) { return (busy ?? .updating, change) }
        return (.ready, "")
    }

    /// Such as `clusterSize 3 → 5`.
    private func text(of wish: OperationWish, _ child: KubeDBDatabase) -> String {
        func change(_ name: String, _ before: String?, _ after: String) -> String {
            "\(name) \(before ?? "unknown") → \(after)"
        }
        switch wish {
        case .horizontalScaling:
            let (live, wanted) = (child.data, plan.topology)
            var parts: [String] = []
            if live.replicas != wanted.replicas {
                parts.append(change("clusterSize", live.replicas.map { "\($0)" }, "\(wanted.replicas)"))
            }
            if let shards = live.shards, shards != wanted.shards {
                parts.append(change("shards", "\(shards)", "\(wanted.shards)"))
            }
            if let proxies = plan.changedProxies {
                parts.append(change("proxy.replicas", child.proxies.map { "\($0)" }, "\(proxies)"))
            }
            return parts.joined(separator: ", ")
        case .verticalScaling: return change("resources", child.data.resources?.text, plan.resources?.text ?? "")
        case .volumeExpansion: return change("storage", child.data.storage?.description, "\(plan.cluster.spec.storage)")
        case .reconfiguring(let block):
            return "config \((block.config.map(\.name) + block.remove).joined(separator: ", "))"
        case .upgrade(let block): return change("version", child.version, block.version)
        }
    }

    /// What the members do not have yet of what the database's object says; nil when they have it all.
    private func unfinishedChange(_ child: KubeDBDatabase) -> String? {
        for (part, pods) in parts where part.component.isData {
            guard let wanted = part.resources else { continue }
            for pod in pods {
                guard let container = pod.database(plan.engine), !container.resources.satisfies(wanted) else {
                    continue
                }
                return "\(pod.metadata.name) does not have its resources yet"
            }
        }
        guard let size = child.data.storage else { return nil }
        for claim in plan.dataClaims {
            guard let capacity = claim.capacity, capacity < size else { continue }
            return "volume \(claim.metadata.name) has \(capacity), not yet \(size)"
        }
        return nil
    }

    /// KubeDB's phase and the cause that its conditions tell.
    private func words(_ child: KubeDBDatabase) -> String? {
        guard !child.phase.isEmpty else { return nil }
        let causes = [
            "DataRestored", "DataRestoreStarted", "AcceptingConnection", "ReplicaReady", "Ready", "Provisioned",
        ]
        return child.cause(causes).map { "\(child.phase): \($0)" } ?? child.phase
    }

    /// The first pod whose container cannot start, in the kubelet's words.
    private var podTrouble: (message: String, isOld: Bool)? {
        for pod in parts.flatMap(\.pods) {
            guard let status = pod.container(in: Self.troubles) else { continue }
            let age = pod.metadata.creationTimestamp.map { plan.observed.now - $0 } ?? .zero
            return ("pod \(pod.metadata.name) is in \(Pod.words(of: status))", age > Self.patience)
        }
        return nil
    }

    private static let troubles = Pod.fatalReasons.union(["ErrImagePull", "ImagePullBackOff"])
}
