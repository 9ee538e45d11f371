import CRDs
import JSON
import KubernetesAPI

/// What every operation looks at.
struct PXCOperationState {
    let operation: OperationContext
    let plan: PXCPlan
    let pods: [Pod]

    init(_ operation: OperationContext) {
        self.operation = operation
        plan = PXCPlan(operation.cluster, operation.observed)
        pods = plan.pods
    }

    var child: PXCCluster? { plan.child }
    var name: String { plan.cluster.metadata.name }
    var request: OpsRequest { operation.request }

    /// Members that shall exist.
    var wanted: Int { plan.cluster.spec.clusterSize }

    var absent: Refusal {
        Refusal("ClusterNotReady", "there is no PerconaXtraDBCluster \(name) yet; wait until it is Ready")
    }

    /// Refuses what needs members that run: there is no cluster, or it is stopped.
    var notRunning: Refusal? {
        guard let child else { return absent }
        guard !plan.cluster.spec.stopped, !child.isPaused else {
            return Refusal("ClusterStopped", "the cluster is stopped; start it first")
        }
        return nil
    }

    /// What must end before anything else is begun; nil once this operation itself has begun.
    ///
    /// Percona's operator restarts nothing while a backup runs, and takes every write back that comes during a restore.
    var busy: Refusal? { busy(with: plan.runningBackup) }

    /// What must end before a cluster is cured, as of ``busy``.
    ///
    /// A backup that waits does so for a cluster that is healthy, which it would never be if its cure waited for the backup.
    var busyForCure: Refusal? { busy(with: plan.copyingBackup) }

    private func busy(with backup: PXCBackup?) -> Refusal? {
        guard request.status.phase != .running else { return nil }
        if let restore = plan.runningRestore {
            return Refusal(
                "RestoreRunning",
                "waiting for PerconaXtraDBClusterRestore \(restore.metadata.name), which is \(restore.stateText)"
            )
        }
        if let backup {
            return Refusal(
                "BackupRunning",
                "waiting for PerconaXtraDBClusterBackup \(backup.metadata.name), which is \(backup.stateText)"
            )
        }
        guard child?.isResizing == true else { return nil }
        return Refusal("VolumesGrowing", "waiting for the volumes, which are growing")
    }

    /// What is missing until all wanted members are in service as the spec has them; nil when nothing is.
    var unsettled: String? {
        guard let child else { return "the PerconaXtraDBCluster to be created" }
        guard child.size == wanted else { return "Percona's operator to be told of \(wanted) members" }
        guard child.hasSeenSpec else { return "Percona's operator to have seen the change\(said)" }
        guard child.members.size == wanted, pods.count == wanted else {
            return "\(wanted) members to exist; there are \(pods.count)"
        }
        if let pod = pods.first(where: { !$0.isReady }) {
            return "member \(pod.metadata.name) to be ready" + (pod.hindrance.map { " (\($0))" } ?? "")
        }
        guard child.members.ready == wanted else { return "\(wanted) ready members; \(child.members.ready) are" }
        guard child.state == "ready" else { return "Percona's operator, which says \"\(child.state)\"\(said)" }
        return nil
    }

    /// What Percona's operator says, behind a colon; what it does not say when it holds a restart back.
    private var said: String {
        let words = child.map(\.words).flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
        guard let backup = plan.runningBackup else { return words }
        return "\(words) (no member is restarted while backup \(backup.metadata.name) is \(backup.stateText))"
    }

    func pod(named name: String) -> Pod? { pods.first { $0.metadata.name == name } }

    /// Refuses a name that no member has, and says which there are.
    func unknownMember(_ member: String) -> Refusal? {
        let names = (0..<wanted).map(plan.names.member)
        guard !names.contains(member) else { return nil }
        return Refusal(
            "UnknownMember",
            "\(member.isEmpty ? "the empty name" : member) is no member of cluster \(name); its members are "
                + names.joined(separator: ", ")
        )
    }

    /// Percona's operator refuses the spec as it stands now, and will do so for ever.
    var refusedSpec: Refusal? {
        guard let child, child.refusesSpec, operation.hasHad(Self.timeToBeSeen) else { return nil }
        return Refusal("ChildFailed", "Percona's operator refuses the cluster's spec: \(child.words)")
    }

    /// By then Percona's operator, which looks every five seconds, has looked at what was written.
    static let timeToBeSeen = Duration.seconds(60)

    /// A member that no node takes, for long enough that a new node would have come.
    var memberWithoutNode: Refusal? {
        guard let executed = operation.executedAt else { return nil }
        for pod in pods {
            guard let scheduled = pod.conditions["PodScheduled"], scheduled.status == .false,
                let created = pod.metadata.creationTimestamp, created >= executed,
                operation.observed.now - created >= Self.timeToBeScheduled
            else { continue }
            return Refusal("MemberNotScheduled", "no node takes member \(pod.metadata.name): \(pod.hindrance ?? "")")
        }
        return nil
    }

    private static let timeToBeScheduled = Duration.seconds(120)
}
