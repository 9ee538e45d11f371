import CRDs
import KubernetesAPI

/// What every operation looks at.
struct KubeDBOperationState {
    let operation: OperationContext
    let sizes: SizeLadder
    let plan: KubeDBPlan
    /// All pods of the database, in the order of their names.
    let pods: [Pod]
    /// All volume claims of the database, in the order of their names.
    let claims: [PersistentVolumeClaim]

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        plan = KubeDBPlan(operation.cluster, operation.observed, sizes: sizes)
        pods = plan.pods
        claims = plan.claims
    }

    var cluster: DatabaseCluster { operation.cluster }
    var name: String { operation.cluster.metadata.name }
    var engine: KubeDBEngine { plan.engine }
    var options: KubeDBOptions { plan.options }
    /// Nil while there is none.
    var database: KubeDBDatabase? { plan.child }

    /// What this attempt has noted on the database; nil when it has not.
    var record: OperationRecord? { database.flatMap { OperationRecord($0.metadata, of: operation) } }

    /// The operation's own requests to KubeDB, oldest first.
    var requests: [KubeDBRequest] {
        operation.observed.kubedbRequests(engine).filter { $0.operation == operation.request.metadata.uid }
    }

    /// The pods of a component.
    func pods(of component: KubeDBComponent) -> [Pod] {
        database?.layout.pods(of: component, among: pods, database: name) ?? []
    }

    /// The claims that hold the data of a component.
    func claims(of component: KubeDBComponent) -> [PersistentVolumeClaim] {
        database?.layout.claims(of: component, among: claims, database: name) ?? []
    }
}

// MARK: - What is refused, and what is waited for

extension KubeDBOperationState {
    var absent: Refusal {
        Refusal("ClusterNotReady", "there is no \(engine.kind) \(name) yet; wait until it is Ready")
    }

    /// Refuses what needs members that run: KubeDB leaves requests on a halted database Pending for ever.
    var notRunning: Refusal? {
        guard let database else { return absent }
        guard !cluster.spec.stopped, !database.isToldToHalt, database.phase != "Halted" else {
            return Refusal("ClusterStopped", "the cluster is stopped; start it first")
        }
        return nil
    }

    /// What KubeDB has to finish first: it carries out one request at a time on a database.
    ///
    /// Others than ours count too; deleting one that was begun would leave the database paused.
    var blocked: Refusal? {
        let ahead = operation.observed.kubedbRequests(engine).first { request in
            !request.phase.isEnd && request.operation != operation.request.metadata.uid
        }
        guard let ahead else { return nil }
        let words = ahead.phase == .progressing ? ahead.lastWords.map { ": \($0)" } ?? "" : ""
        return Refusal("Blocked", "KubeDB must first be done with \(ahead.text(engine))\(words)")
    }
}

// MARK: - Evidence

extension KubeDBOperationState {
    /// What is missing until the members of all components are in service; nil when nothing is.
    var unsettled: String? {
        guard let database else { return "the \(engine.kind) to be there" }
        for part in database.parts {
            if let missing = unsettled(part) { return missing }
        }
        return notReady
    }

    private func unsettled(_ part: KubeDBDatabase.Part) -> String? {
        guard let wanted = part.members else { return nil }
        let pods = pods(of: part.component)
        guard pods.count == wanted else {
            return "\(wanted) members (\(part.component.key)) to exist; there are \(pods.count)"
        }
        guard let pod = pods.first(where: { !$0.isReady }) else { return nil }
        return "member \(pod.metadata.name) to be ready" + (pod.hindrance.map { " (\($0))" } ?? "")
    }

    /// What KubeDB says itself; while its phase is Unknown it does not look at the database's health.
    var notReady: String? {
        guard let database, database.phase != "Ready" else { return nil }
        guard database.phase != "Unknown" else { return "KubeDB to check the database's health again" }
        let cause = database.cause(["AcceptingConnection", "ReplicaReady", "Ready"])
        let phase = database.phase.isEmpty ? "new" : database.phase
        return "KubeDB to find the database Ready; it is \(phase)" + (cause.map { ": \($0)" } ?? "")
    }

    /// A member that cannot start as the operation wants it, in its pod's own words.
    ///
    /// Members that join may fail a start or two before the others let them in.
    var memberThatCannotStart: Refusal? {
        guard let executed = operation.executedAt else { return nil }
        for pod in pods {
            guard let stop = pod.container(in: Pod.fatalReasons), stop.name == engine.container,
                stop.waitingReason != "CrashLoopBackOff" || stop.restartCount >= 3,
                let created = pod.metadata.creationTimestamp, created >= executed.wholeSecond
            else { continue }
            return Refusal("MemberCannotStart", "member \(pod.metadata.name) does not start: \(Pod.words(of: stop))")
        }
        return nil
    }
}
