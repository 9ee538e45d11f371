import CRDs
import JSON
import KubernetesAPI

/// Reads a cluster's unified status from its children.
struct CNPGStatus {
    private let plan: CNPGPlan
    private let sizes: SizeLadder
    private let pods: [Pod]

    init(_ plan: CNPGPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
        pods = plan.pods
    }

    private var cluster: DatabaseCluster { plan.cluster }
    private var observed: Observed { plan.observed }

    func report() -> ClusterReport {
        let (phase, message) = CNPGAssessment(plan, pods: pods, proxy: proxy).result()
        var report = ClusterReport(phase: phase, message: message)
        report.version = version
        report.proxy = proxy
        report.monitoring = monitoring
        report.backup = backup
        report.conditions = conditions(phase)
        guard let child = plan.child else { return report }
        report.instances = child.existingInstances
        report.readyInstances = child.existingInstances == nil ? nil : child.readyInstances
        report.primary = child.isHibernated ? nil : child.currentPrimary
        report.members = members
        report.current = current(child)
        report.endpoints = endpoints
        report.credentialsSecret = child.credentialsSecret
        report.selector = "\(CNPGLabel.cluster)=\(cluster.metadata.name),\(CNPGLabel.podRole)=instance"
        report.child = ObjectReference(
            apiVersion: ResourceType.cnpgCluster.apiVersion,
            kind: ResourceType.cnpgCluster.kind,
            name: child.metadata.name
        )
        return report
    }

    /// What all members run; where the person named no version, the one that was chosen then, so that it stays.
    ///
    /// While members differ it is the one of before: a change that is taken back must find it here.
    private var version: String {
        guard cluster.spec.version != nil else { return plan.version.text }
        let running = Set(pods.map { $0.database.flatMap { CNPGVersion(image: $0.image)?.text } })
        if running.count == 1, let version = running.first.flatMap(\.self) { return version }
        return cluster.status.version ?? plan.child?.image.flatMap { CNPGVersion(image: $0)?.text } ?? plan.version.text
    }

    private var members: [MemberStatus] {
        pods.map { pod in
            let role: MemberRole =
                switch pod.metadata.labels[CNPGLabel.instanceRole] {
                case "primary": .primary
                case "replica": .replica
                default: .unknown
                }
            return MemberStatus(name: pod.metadata.name, role: role, ready: pod.isReady)
        }
    }

    private func current(_ child: CNPGCluster) -> CurrentState {
        var current = CurrentState()
        current.clusterSize = child.existingInstances
        current.storage = plan.claims(role: "PG_DATA").compactMap(\.capacity).min()
        let resources = pods.map { $0.database?.resources }
        // While members differ there is no single answer.
        if let first = resources.first, let first, resources.allSatisfy({ $0 == first }) {
            current.resources = first
            current.size = sizes.sizeClass(of: first)?.name
        }
        return current
    }

    private var endpoints: EndpointsStatus {
        let name = cluster.metadata.name
        return EndpointsStatus(
            primary: plan.names.endpoint("\(name)-rw"),
            // The service of the replicas has nobody behind it otherwise.
            replica: cluster.spec.clusterSize > 1 ? plan.names.endpoint("\(name)-ro") : nil,
            proxy: plan.proxy == nil ? nil : plan.names.endpoint(plan.names.pooler),
            external: externalEndpoint
        )
    }

    private var externalEndpoint: String? {
        guard let service = observed.child(.service, named: plan.names.exposedService)?.body as? DynamicObject else {
            return nil
        }
        var host: String?
        try? service.read { (root) throws(JSONError) in
            root["status"]?["loadBalancer"]?["ingress"]?.forEachItem { item in
                host = host ?? item["hostname"]?.string ?? item["ip"]?.string
            }
        }
        return host.map { "\($0):5432" }
    }

    private var proxy: ProxyStatus? {
        guard let proxy = plan.proxy else { return nil }
        let deployment = observed.bodies(.deployment, as: Deployment.self)
            .first { $0.metadata.name == plan.names.pooler }
        return ProxyStatus(replicas: proxy.replicas, readyReplicas: Int(deployment?.readyReplicas ?? 0))
    }

    private var monitoring: MonitoringStatus? {
        guard let monitoring = cluster.spec.monitoring else { return nil }
        let isScraped = observed.child(.podMonitor, named: plan.names.podMonitor) != nil
        return MonitoringStatus(enabled: monitoring.enabled, ready: monitoring.enabled && isScraped)
    }
}

extension CNPGStatus {
    /// The deprecated fields of the Cluster stay empty with the plugin: its store and the Backup objects know.
    private var backup: BackupStatus? {
        guard let wanted = cluster.spec.backup, wanted.enabled else { return nil }
        let newest = observed.bodies(.cnpgBackup, as: CNPGBackup.self)
            .filter { $0.isCompleted && $0.stoppedAt != nil }
            .max { ($0.stoppedAt ?? observed.now) < ($1.stoppedAt ?? observed.now) }
        let window = CNPGRecoveryWindow(plan)
        return BackupStatus(
            lastSuccessfulTime: [newest?.stoppedAt, window?.lastBackup].compactMap(\.self).max(),
            lastBackupName: newest?.metadata.name,
            firstRecoverabilityPoint: window?.first,
            schedules: observed.children(.cnpgScheduledBackup).count
        )
    }

    private func conditions(_ phase: DatabaseClusterPhase) -> [ReportedCondition] {
        [backupCondition, monitoringCondition, initialized(phase)].compactMap(\.self)
    }

    /// Kept once it is true; CloudNativePG's own condition of that name is true before all members are there.
    private func initialized(_ phase: DatabaseClusterPhase) -> ReportedCondition? {
        guard phase == .ready || cluster.status.conditions.isTrue(CNPGAssessment.initialized) else { return nil }
        return ReportedCondition(CNPGAssessment.initialized, .true, "WasReady")
    }

    private var backupCondition: ReportedCondition? {
        let type = "BackupConfigured"
        switch plan.backups {
        case .none, .unknown: return nil
        case .impossible(let refusal), .storeKept(let refusal):
            return ReportedCondition(type, .false, refusal.reason, refusal.message)
        case .configured:
            guard let child = plan.child, child.archiveFolder != nil else {
                return ReportedCondition(type, .false, "NotYetConfigured", "the members do not archive yet")
            }
            if let archiving = child.conditions["ContinuousArchiving"], archiving.status == .false {
                return ReportedCondition(type, .false, archiving.reason, archiving.message)
            }
            return ReportedCondition(type, .true, "Configured")
        }
    }

    private var monitoringCondition: ReportedCondition? {
        guard plan.scraping != nil, !observed.installed.contains(.podMonitor) else { return nil }
        return ReportedCondition(
            "MonitoringConfigured",
            .false,
            "PodMonitorNotInstalled",
            "metrics are served on port 9187 of each member, but kind PodMonitor (monitoring.coreos.com/v1) is not "
                + "installed, so nothing was set up to scrape them"
        )
    }
}
