import CRDs
import JSON
import KubernetesAPI

/// What every operation looks at.
struct CNPGOperationState {
    let operation: OperationContext
    let plan: CNPGPlan
    let pods: [Pod]

    init(_ operation: OperationContext) {
        self.operation = operation
        plan = CNPGPlan(operation.cluster, operation.observed)
        pods = plan.pods
    }

    var child: CNPGCluster? { plan.child }
    var name: String { plan.cluster.metadata.name }

    /// Members that shall exist.
    var wanted: Int { plan.cluster.spec.clusterSize }

    /// Whether the members had that long since the writes were carried out.
    func hasHad(_ time: Duration) -> Bool { operation.hasHad(time) }

    /// Refuses what needs members that run: there is no Cluster, or it is stopped.
    var notRunning: Refusal? {
        guard let child else { return absent }
        guard !plan.cluster.spec.stopped, !child.isToldToHibernate else {
            return Refusal("ClusterStopped", "the cluster is stopped; start it first")
        }
        return nil
    }

    var absent: Refusal { Refusal("ClusterNotReady", "there is no Cluster \(name) yet; wait until it is Ready") }

    /// Refuses what CloudNativePG rolls out by recreating pods, which it does not do with fenced members.
    var notRollable: Refusal? {
        if let refusal = notRunning { return refusal }
        guard let child else { return absent }
        if !child.fencedInstances.isEmpty {
            return Refusal(
                "InstanceFenced",
                "\(child.fencedInstances.joined(separator: ", ")) is fenced, and CloudNativePG restarts no fenced "
                    + "member; lift the fence first"
            )
        }
        if child.metadata.annotations[CNPGAnnotation.reconcilePodSpec] == "disabled" {
            return Refusal(
                "RolloutDisabled",
                "annotation \(CNPGAnnotation.reconcilePodSpec) on Cluster \(name) keeps its pods as they are; remove it "
                    + "first"
            )
        }
        return nil
    }

    /// What is missing until all wanted members are in service; nil when nothing is.
    var unsettled: String? {
        guard let child else { return "the Cluster to be created" }
        guard child.instances == wanted else { return "CloudNativePG to be told of \(wanted) members" }
        let counts = [child.existingInstances ?? 0, child.instanceNames.count, pods.count]
        if let other = counts.first(where: { $0 != wanted }) { return "\(wanted) members to exist; there are \(other)" }
        if let pod = pods.first(where: { !$0.isReady }) {
            return "member \(pod.metadata.name) to be ready" + (pod.hindrance.map { " (\($0))" } ?? "")
        }
        guard child.readyInstances == wanted else { return "\(wanted) ready members; \(child.readyInstances) are" }
        guard child.isHealthy else { return "CloudNativePG, which says \"\(child.phase)\"" }
        return nil
    }

    /// Percent of a count, at most 99.
    static func percent(_ done: Int, of all: Int) -> Int { OperationReport.percent(done, of: all) }
}

// MARK: - Members by name

extension CNPGOperationState {
    func pod(named name: String) -> Pod? { pods.first { $0.metadata.name == name } }

    /// The members' names; those without a pod too.
    var memberNames: [String] {
        Set(pods.map(\.metadata.name) + (child?.instanceNames ?? [])).sorted()
    }

    /// Refuses a name that no member has, and says which there are.
    func unknownMember(_ member: String) -> Refusal? {
        guard !memberNames.contains(member) else { return nil }
        let names = memberNames.map { $0 == child?.currentPrimary ? "\($0) (primary)" : $0 }
        return Refusal(
            "UnknownMember",
            "\(member.isEmpty ? "the empty name" : member) is no member of cluster \(name); its members are "
                + names.joined(separator: ", ")
        )
    }

    func isFenced(_ member: String) -> Bool {
        child?.fencedInstances.contains { $0 == member || $0 == "*" } ?? false
    }

    /// Whether it is the primary, or becomes it.
    func isPrimary(_ member: String) -> Bool { child?.currentPrimary == member || child?.targetPrimary == member }
}

extension CNPGOperationState {
    /// The claims of one member, its WAL and tablespaces included.
    func claims(of member: String) -> [PersistentVolumeClaim] {
        operation.observed.bodies(.persistentVolumeClaim, as: PersistentVolumeClaim.self).filter { claim in
            if let instance = claim.metadata.labels[CNPGLabel.instanceName] { return instance == member }
            let name = claim.metadata.name
            return name == member || name == "\(member)-wal" || name.hasPrefix("\(member)-tbs-")
        }
    }

    /// The Jobs that make or upgrade one member.
    func jobs(of member: String) -> [Job] {
        operation.observed.bodies(.job, as: Job.self).filter { job in
            if let instance = job.metadata.labels[CNPGLabel.instanceName] { return instance == member }
            return job.metadata.name.hasPrefix("\(member)-")
        }
    }
}
