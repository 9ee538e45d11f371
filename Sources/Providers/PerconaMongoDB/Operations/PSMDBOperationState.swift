import CRDs
import KubernetesAPI

/// What every operation looks at.
struct PSMDBOperationState {
    let operation: OperationContext
    let plan: PSMDBPlan
    /// The members with data.
    let pods: [Pod]

    init(_ operation: OperationContext) {
        self.operation = operation
        plan = PSMDBPlan(operation.cluster, operation.observed)
        pods = plan.pods
    }

    var child: PSMDBCluster? { plan.child }
    var name: String { plan.cluster.metadata.name }

    /// Members with data that shall exist.
    var wanted: Int { plan.wantedMembers }

    var absent: Refusal {
        Refusal("ClusterNotReady", "there is no PerconaServerMongoDB \(name) yet; wait until it is Ready")
    }

    /// Refuses what needs members that run: there is no child, or it is stopped.
    var notRunning: Refusal? {
        guard let child else { return absent }
        guard !plan.cluster.spec.stopped, !child.isPaused else {
            return Refusal("ClusterStopped", "the cluster is stopped; start it first")
        }
        return nil
    }

    /// What Percona's operator waits for, without a word, before it stops or rolls anything; nil when nothing is under
    /// way.
    var underWay: Refusal? {
        if let backup = plan.runningBackup {
            return Refusal(
                "BackupRunning",
                "backup \(backup.metadata.name) is \(backup.stateText), and Percona's operator stops and restarts nothing "
                    + "before it has ended"
            )
        }
        if let restore = plan.runningRestore {
            return Refusal(
                "RestoreRunning",
                "restore \(restore.metadata.name) is \(restore.stateText), and the cluster is its own meanwhile"
            )
        }
        return plan.resizing.map {
            Refusal("VolumesGrowing", "the volumes of StatefulSet \($0.metadata.name) are being made larger")
        }
    }

    /// What is missing until all wanted members are in service; nil when nothing is.
    var unsettled: String? {
        guard let child else { return "the PerconaServerMongoDB to be created" }
        guard child.isSeen else { return "Percona's operator to act on its new spec" }
        guard child.isReady else {
            let words = child.words.isEmpty ? "" : ": \(child.words)"
            return "Percona's operator, which says \"\(child.state)\"\(words)"
        }
        return PSMDBSettling(plan, child, pods: pods).missing
    }

    /// A spec that Percona's operator does not take, which it says after it was accepted when it was written.
    var refusedSpec: Refusal? {
        guard let child, child.refusesSpec, !child.isSeen, operation.hasHad(.seconds(60)) else { return nil }
        return Refusal("ChildRefused", "Percona's operator says \"\(child.words)\"")
    }

    /// What ends an operation that restarts members, whatever its evidence; nil while nothing does.
    var failure: OperationReport? {
        refusedSpec.map(OperationReport.failed) ?? MemberFailures(operation, allPods).report
    }

    /// Routers and config servers too.
    var allPods: [Pod] {
        plan.isSharded ? pods + plan.pods(of: "cfg") + plan.pods(of: "mongos") : pods
    }

    /// Whether the pod was made since the writes were carried out.
    func isFresh(_ pod: Pod) -> Bool {
        guard let created = pod.metadata.creationTimestamp, let executed = operation.executedAt else { return false }
        return created >= executed
    }
}

// MARK: - Members by name

extension PSMDBOperationState {
    func pod(named name: String) -> Pod? { pods.first { $0.metadata.name == name } }

    /// Refuses a name that no member has, and says which there are.
    func unknownMember(_ member: String) -> Refusal? {
        guard pod(named: member) == nil else { return nil }
        let names = pods.map { pod in
            let name = pod.metadata.name
            return child?.isPrimary(name) == true ? "\(name) (primary)" : name
        }
        return Refusal(
            "UnknownMember",
            "\(member.isEmpty ? "the empty name" : member) is no member of cluster \(name); its members are "
                + names.joined(separator: ", ")
        )
    }

    /// The primary of the replica set that a member is of; nil while there is none.
    func primary(beside member: Pod) -> Pod? {
        let replset = member.replset(of: name)
        return pods.first { $0.replset(of: name) == replset && child?.isPrimary($0.metadata.name) == true }
    }

    /// The data volume of one member.
    func claim(of member: String) -> PersistentVolumeClaim? {
        let name = PSMDBNames.claim(ofMember: member)
        return plan.allClaims.first { $0.metadata.name == name }
    }
}
