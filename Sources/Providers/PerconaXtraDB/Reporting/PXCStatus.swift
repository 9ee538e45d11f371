import CRDs
import JSON
import KubernetesAPI

/// Reads a cluster's unified status from its children.
struct PXCStatus {
    private let plan: PXCPlan
    private let sizes: SizeLadder
    private let pods: [Pod]

    init(_ plan: PXCPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
        pods = plan.pods
    }

    private var cluster: DatabaseCluster { plan.cluster }

    func report() -> ClusterReport {
        let (phase, message) = PXCAssessment(plan, sizes: sizes, pods: pods).result()
        var report = ClusterReport(phase: phase, message: message)
        report.version = version
        report.proxy = proxy
        report.monitoring = monitoring
        report.backup = backup
        report.conditions = conditions(phase)
        guard let child = plan.child else { return report }
        let instances = instances(child)
        report.instances = instances
        report.readyInstances = instances == nil ? nil : child.members.ready
        report.primary = writer
        report.members = members
        report.current = current(instances)
        report.endpoints = endpoints(child)
        report.credentialsSecret = plan.options.user == nil ? child.secretName : plan.names.userSecret
        report.selector = "\(PXCLabel.instance)=\(cluster.metadata.name),\(PXCLabel.component)=pxc"
        report.child = ObjectReference(
            apiVersion: ResourceType.pxcCluster.apiVersion,
            kind: ResourceType.pxcCluster.kind,
            name: child.metadata.name
        )
        return report
    }

    /// Percona's operator reports no members of a stopped cluster; they are still there in their volumes.
    private func instances(_ child: PXCCluster) -> Int? {
        child.isPaused || child.state == "paused" ? plan.claimsInUse.count : child.members.size
    }

    /// What all members run; where the person named no version, the one that was chosen then, so that it stays.
    ///
    /// While members differ it is the one of before: a change that is taken back must find it here.
    private var version: String? {
        guard cluster.spec.version != nil else { return plan.version?.text }
        let running = Set(pods.map { $0.server.flatMap { PerconaVersion(image: $0.image)?.text } })
        if running.count == 1, let version = running.first.flatMap(\.self) { return version }
        return cluster.status.version ?? plan.child?.reportedVersion?.text ?? plan.version?.text
    }

    /// HAProxy sends what is written to the first member while that is ready; with anything else nobody can tell.
    private var writer: String? {
        guard plan.child?.hasHAProxy == true, let first = pods.first, first.isReady,
            first.metadata.name == plan.names.firstMember
        else { return nil }
        return first.metadata.name
    }

    private var members: [MemberStatus] {
        let writer = writer
        return pods.map { pod in
            let name = pod.metadata.name
            let role: MemberRole = writer == nil ? .data : name == writer ? .primary : .replica
            return MemberStatus(name: name, role: role, ready: pod.isReady)
        }
    }

    private func current(_ instances: Int?) -> CurrentState {
        var current = CurrentState()
        current.clusterSize = instances
        current.storage = plan.claimsInUse.compactMap(\.capacity).min()
        let resources = pods.map { $0.server?.resources }
        // While members differ there is no single answer.
        if let first = resources.first, let first, resources.allSatisfy({ $0 == first }) {
            current.resources = first
            current.size = sizes.sizeClass(of: first)?.name
        }
        return current
    }

    private func endpoints(_ child: PXCCluster) -> EndpointsStatus {
        let (names, name) = (plan.names, cluster.metadata.name)
        guard let proxy = plan.proxy else {
            return EndpointsStatus(primary: names.endpoint("\(name)-pxc"))
        }
        let service = names.endpoint("\(name)-\(proxy.component)")
        let hasReaders = proxy.type == .haproxy && cluster.spec.clusterSize > 1
        return EndpointsStatus(
            primary: service,
            replica: hasReaders ? names.endpoint("\(name)-haproxy-replicas") : nil,
            proxy: service,
            external: external(child)
        )
    }

    /// The balancer's address takes the place of the service's name in what Percona's operator reports.
    private func external(_ child: PXCCluster) -> String? {
        guard cluster.spec.expose.type == .loadBalancer, let host = child.host,
            !host.hasSuffix(".\(cluster.metadata.namespace)")
        else { return nil }
        return "\(host):3306"
    }

    private var proxy: ProxyStatus? {
        guard let proxy = plan.proxy else { return nil }
        return ProxyStatus(replicas: proxy.replicas, readyReplicas: plan.child?.proxy?.ready ?? 0)
    }

    private var monitoring: MonitoringStatus? {
        guard let monitoring = cluster.spec.monitoring else { return nil }
        let sends = pods.contains { pod in pod.containers.contains { $0.name == "pmm-client" } }
        return MonitoringStatus(enabled: monitoring.enabled, ready: monitoring.enabled && sends)
    }
}

extension PXCStatus {
    private var backup: BackupStatus? {
        guard let wanted = cluster.spec.backup, wanted.enabled else { return nil }
        let done = plan.backupObjects.filter { $0.isSucceeded && $0.completed != nil }
        let newest = done.max { ($0.completed ?? plan.observed.now) < ($1.completed ?? plan.observed.now) }
        return BackupStatus(
            lastSuccessfulTime: newest?.completed,
            lastBackupName: newest?.metadata.name,
            firstRecoverabilityPoint: done.compactMap(\.completed).min(),
            schedules: plan.backups.storages == nil ? 0 : wanted.schedules.count
        )
    }

    private func conditions(_ phase: DatabaseClusterPhase) -> [ReportedCondition] {
        [backupCondition, monitoringCondition, volumeCondition, healthCondition, initialized(phase), restored]
            .compactMap(\.self)
    }

    /// Kept once it is true: the phase of before does not tell, and Percona's log of states is short.
    private func initialized(_ phase: DatabaseClusterPhase) -> ReportedCondition? {
        guard phase == .ready || cluster.status.conditions.isTrue(PXCAssessment.initialized) else { return nil }
        return ReportedCondition(PXCAssessment.initialized, .true, "WasReady")
    }

    private var restored: ReportedCondition? {
        guard case .ready(let restore) = plan.source, restore.isDone else { return nil }
        return ReportedCondition(PXCDataSource.condition, .true, "Restored")
    }

    private var backupCondition: ReportedCondition? {
        let type = "BackupConfigured"
        switch plan.backups {
        case .none, .unknown: return nil
        case .impossible(let refusal), .kept(_, let refusal):
            return ReportedCondition(type, .false, refusal.reason, refusal.message)
        case .configured:
            guard let child = plan.child, child.metadata.generation == 0 || child.hasSeenSpec else {
                return ReportedCondition(
                    type,
                    .false,
                    "NotYetConfigured",
                    "Percona's operator has not seen the storage yet"
                )
            }
            let last = plan.backupObjects.filter { $0.isSucceeded }
                .max { ($0.completed ?? plan.observed.now) < ($1.completed ?? plan.observed.now) }
            if cluster.spec.backup?.pointInTimeRecovery == true, let gap = last?.gap {
                return ReportedCondition(
                    type,
                    .false,
                    "BinaryLogGap",
                    "binary logs after backup \(last?.metadata.name ?? "") are missing, so later points in time cannot be "
                        + "restored until another backup is made: \(gap)"
                )
            }
            return ReportedCondition(type, .true, "Configured")
        }
    }

    private var monitoringCondition: ReportedCondition? {
        guard let need = plan.tokenNeed else { return nil }
        let keys: [String] = if case .keys(let keys)? = plan.observed.answers[need] { keys } else { [] }
        guard !keys.contains("pmmservertoken"), !keys.contains("pmmserverkey") else { return nil }
        return ReportedCondition(
            "MonitoringConfigured",
            .false,
            "TokenMissing",
            "Secret \(plan.names.secret) has no key pmmservertoken, with which the members could report to PMM; add it"
        )
    }

    private var volumeCondition: ReportedCondition? {
        guard plan.hasRevertedStorage, let child = plan.child, let stored = child.storage else { return nil }
        let cause = plan.claims.compactMap(\.resizeFailure).first.map { ": \($0)" } ?? ""
        return ReportedCondition(
            "VolumesExpanded",
            .false,
            "ExpansionReverted",
            "the volumes could not grow to \(cluster.spec.storage), and Percona's operator has gone back to "
                + "\(stored)\(cause); when the cause is gone, request a VolumeExpansion to have it tried again"
        )
    }

    private var healthCondition: ReportedCondition? {
        guard let child = plan.child, child.state == "error" else { return nil }
        let words = child.words.isEmpty ? "no cause is given" : child.words
        return ReportedCondition(PXCAssessment.healthCondition, .false, "ChildError", words)
    }
}
