import CRDs
import JSON
import KubernetesAPI

/// Reads a cluster's unified status from its children.
struct PSMDBStatus {
    private let plan: PSMDBPlan
    private let sizes: SizeLadder
    private let pods: [Pod]

    init(_ plan: PSMDBPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
        pods = plan.pods
    }

    private var cluster: DatabaseCluster { plan.cluster }

    func report() -> ClusterReport {
        let (phase, message) = PSMDBAssessment(plan, pods: pods).result()
        var report = ClusterReport(phase: phase, message: message)
        report.version = version
        report.monitoring = monitoring
        report.backup = backup
        report.conditions = conditions(phase)
        guard let child = plan.child else { return report }
        report.instances = pods.count
        report.readyInstances = readyMembers(child)
        report.primary = plan.shards > 1 ? nil : pods.first { child.isPrimary($0.metadata.name) }?.metadata.name
        report.members = members(child)
        report.current = current(child)
        report.endpoints = endpoints(child)
        report.credentialsSecret = child.usersSecret ?? plan.names.users
        report.proxy = proxy(child)
        report.selector = "\(PSMDBLabel.instance)=\(cluster.metadata.name),\(PSMDBLabel.component)=mongod"
        report.child = ObjectReference(
            apiVersion: ResourceType.psmdbCluster.apiVersion,
            kind: ResourceType.psmdbCluster.kind,
            name: child.metadata.name
        )
        return report
    }

    /// While volumes are resized Percona's operator counts none; the pods go on.
    private func readyMembers(_ child: PSMDBCluster) -> Int { pods.count(where: \.isReady) }

    /// What all members run; where the person named no version, the one that was chosen then, so that it stays.
    ///
    /// While members differ it is the one of before: a change that is taken back must find it here.
    private var version: String? {
        guard cluster.spec.version != nil else { return plan.version?.text }
        let running = Set(pods.map { $0.mongo.flatMap { PerconaVersion(image: $0.image)?.text } })
        if running.count == 1, let version = running.first.flatMap(\.self) { return version }
        return cluster.status.version ?? plan.child?.runningVersion?.text ?? plan.version?.text
    }

    private func members(_ child: PSMDBCluster) -> [MemberStatus] {
        let data = pods.map { pod in
            let role: MemberRole =
                switch child.memberState(pod.metadata.name) {
                case "PRIMARY": .primary
                case "SECONDARY": .replica
                case "ARBITER": .arbiter
                default: .unknown
                }
            return MemberStatus(name: pod.metadata.name, role: role, ready: pod.isReady)
        }
        let others: [(String, MemberRole)] = plan.isSharded ? [("cfg", .configServer), ("mongos", .mongos)] : []
        let rest = others.flatMap { component, role in
            plan.pods(of: component).map { MemberStatus(name: $0.metadata.name, role: role, ready: $0.isReady) }
        }
        return (data + rest).sorted { $0.name < $1.name }
    }

    private func current(_ child: PSMDBCluster) -> CurrentState {
        var current = CurrentState()
        let perSet = Dictionary(grouping: pods) { $0.replset(of: cluster.metadata.name) }.mapValues(\.count)
        current.clusterSize = Set(perSet.values).count == 1 ? perSet.values.first : nil
        if child.isSharded { current.shards = perSet.count }
        current.storage = plan.claims.compactMap(\.capacity).min()
        let resources = pods.map { $0.mongo?.resources }
        // While members differ there is no single answer.
        if let first = resources.first, let first, resources.allSatisfy({ $0 == first }) {
            current.resources = first
            current.size = sizes.sizeClass(of: first)?.name
        }
        return current
    }

    /// Percona's own `status.host` comes with and without a port, and as a list.
    private func endpoints(_ child: PSMDBCluster) -> EndpointsStatus {
        if plan.isSharded {
            let routers = plan.names.endpoint(plan.names.mongos)
            return EndpointsStatus(primary: routers, proxy: routers, external: external(child))
        }
        let seeds = plan.names.endpoint(plan.names.statefulSet(PSMDBNames.replset(0)))
        return EndpointsStatus(
            primary: seeds,
            // The driver finds the secondaries by the same name.
            replica: cluster.spec.clusterSize > 1 ? seeds : nil,
            external: external(child)
        )
    }

    private func external(_ child: PSMDBCluster) -> String? {
        guard cluster.spec.expose.type == .loadBalancer, !child.host.isEmpty, !child.host.contains(".svc") else {
            return nil
        }
        return child.host.split(separator: ",").map { $0.contains(":") ? String($0) : "\($0):27017" }
            .joined(separator: ",")
    }

    private func proxy(_ child: PSMDBCluster) -> ProxyStatus? {
        guard plan.isSharded else { return nil }
        return ProxyStatus(replicas: plan.routers, readyReplicas: child.mongos?.ready ?? 0)
    }

    private var monitoring: MonitoringStatus? {
        guard let monitoring = cluster.spec.monitoring else { return nil }
        let agents = pods.filter { pod in pod.containers.contains { $0.name == "pmm-client" } }
        return MonitoringStatus(
            enabled: monitoring.enabled,
            ready: monitoring.enabled && !pods.isEmpty && agents.count == pods.count
        )
    }
}

extension PSMDBStatus {
    private var backup: BackupStatus? {
        guard let wanted = cluster.spec.backup, wanted.enabled else { return nil }
        let completed = plan.backupObjects.filter { $0.isCompleted && $0.completed != nil }
        let newest = completed.max { ($0.completed ?? plan.observed.now) < ($1.completed ?? plan.observed.now) }
        return BackupStatus(
            lastSuccessfulTime: newest?.completed,
            lastBackupName: newest?.metadata.name,
            // The oplog is kept from the first full backup on.
            firstRecoverabilityPoint: plan.child?.keepsOplog == true ? completed.compactMap(\.usableFrom).min() : nil,
            schedules: plan.child?.tasks.count ?? 0
        )
    }

    private func conditions(_ phase: DatabaseClusterPhase) -> [ReportedCondition] {
        [health, backupCondition, monitoringCondition, initialized(phase), restored].compactMap(\.self)
    }

    private var health: ReportedCondition? {
        guard let child = plan.child else { return nil }
        guard child.isInError else { return ReportedCondition(PSMDBAssessment.health, .true, "NoError") }
        return ReportedCondition(PSMDBAssessment.health, .false, "ReconcileError", child.words)
    }

    /// Kept once it is true: Percona's own conditions do not tell.
    private func initialized(_ phase: DatabaseClusterPhase) -> ReportedCondition? {
        guard phase == .ready || cluster.status.conditions.isTrue(PSMDBAssessment.initialized) else { return nil }
        return ReportedCondition(PSMDBAssessment.initialized, .true, "WasReady")
    }

    private var restored: ReportedCondition? {
        guard case .done = plan.source else { return nil }
        return ReportedCondition(PSMDBDataSource.condition, .true, "Restored")
    }

    private var backupCondition: ReportedCondition? {
        let type = "BackupConfigured"
        switch plan.backups {
        case .none, .unknown: return nil
        case .impossible(let refusal), .kept(_, let refusal):
            return ReportedCondition(type, .false, refusal.reason, refusal.message)
        case .configured:
            guard let child = plan.child, !child.backupConfigHash.isEmpty, !child.backupVersion.isEmpty else {
                return ReportedCondition(type, .false, "NotYetConfigured", "the backup agents have no storage yet")
            }
            let waits = child.keepsOplog && !plan.backupObjects.contains(where: \.isCompleted)
            return ReportedCondition(
                type,
                .true,
                "Configured",
                waits ? "points in time can be restored from the first completed backup on" : ""
            )
        }
    }

    private var monitoringCondition: ReportedCondition? {
        guard cluster.spec.monitoring?.enabled == true, !pods.isEmpty, monitoring?.ready == false else { return nil }
        return ReportedCondition(
            "MonitoringConfigured",
            .false,
            "TokenMissing",
            "the members have no PMM client; Percona's operator adds it when Secret \(plan.names.users) has the key "
                + "PMM_SERVER_TOKEN"
        )
    }
}
