import CRDs
import KubernetesAPI

/// Reads a cluster's unified status from its children.
struct StrimziStatus {
    private let plan: StrimziPlan
    private let sizes: SizeLadder
    private let pods: [Pod]

    init(_ plan: StrimziPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
        pods = plan.pods
    }

    private var cluster: DatabaseCluster { plan.cluster }

    func report() -> ClusterReport {
        let (phase, message) = StrimziAssessment(plan, pods: pods).result()
        var report = ClusterReport(phase: phase, message: message)
        report.version = plan.kafka?.kafkaVersion ?? cluster.status.version ?? plan.version
        report.monitoring = monitoring
        report.conditions = conditions
        guard let kafka = plan.kafka else { return report }
        let brokers = pods.filter(\.isBroker)
        report.instances = brokers.count
        report.readyInstances = brokers.count(where: \.isReady)
        report.members = pods.map { pod in
            let role: MemberRole = pod.isBroker ? .broker : pod.isController ? .controller : .unknown
            return MemberStatus(name: pod.metadata.name, role: role, ready: pod.isReady)
        }
        report.current = current(brokers)
        report.endpoints = endpoints(kafka)
        report.credentialsSecret = plan.user?.secret ?? cluster.status.credentialsSecret
        report.selector = "\(StrimziLabel.cluster)=\(cluster.metadata.name),\(StrimziLabel.brokerRole)=true"
        report.child = ObjectReference(
            apiVersion: ResourceType.kafka.apiVersion,
            kind: ResourceType.kafka.kind,
            name: kafka.metadata.name
        )
        return report
    }

    private func current(_ brokers: [Pod]) -> CurrentState {
        var current = CurrentState()
        guard let pool = plan.brokerPool else { return current }
        current.clusterSize = pool.existingReplicas
        current.storage = plan.claims(of: pool).compactMap(\.capacity).min()
        let resources = brokers.map { $0.kafka?.resources }
        // While brokers differ there is no single answer.
        if let first = resources.first, let first, resources.allSatisfy({ $0 == first }) {
            current.resources = first
            current.size = sizes.sizeClass(of: first)?.name
        }
        return current
    }

    /// After a reconciliation that failed or was paused Strimzi tells no listeners; clients stay where they are.
    private func endpoints(_ kafka: StrimziKafka) -> EndpointsStatus {
        let last = cluster.status.endpoints
        let isExposed = cluster.spec.expose.type != .clusterIP
        return EndpointsStatus(
            primary: kafka.listeners[StrimziListeners.secure] ?? last.primary,
            external: isExposed ? kafka.listeners[StrimziListeners.external] ?? last.external : nil
        )
    }

    private var monitoring: MonitoringStatus? {
        guard let monitoring = cluster.spec.monitoring else { return nil }
        let isScraped = plan.observed.child(.podMonitor, named: plan.names.podMonitor) != nil
        return MonitoringStatus(enabled: monitoring.enabled, ready: monitoring.enabled && isScraped)
    }
}

extension StrimziStatus {
    private var conditions: [ReportedCondition] {
        [warnings, credentials, monitoringCondition].compactMap(\.self)
    }

    /// Four kinds of refusal leave Kafka Ready and show here alone.
    private var warnings: ReportedCondition? {
        guard let kafka = plan.kafka else { return nil }
        let warnings = kafka.warnings
        guard let first = warnings.first else { return ReportedCondition("ChildWarnings", .false, "None") }
        return ReportedCondition(
            "ChildWarnings",
            .true,
            first.reason.isEmpty ? "Warning" : first.reason,
            warnings.map(\.words).joined(separator: "; ")
        )
    }

    private var credentials: ReportedCondition? {
        guard let user = plan.user else { return nil }
        if user.isReady { return ReportedCondition("CredentialsReady", .true, "Ready") }
        let words = user.trouble?.words ?? "Strimzi has not looked at KafkaUser \(plan.names.admin) yet"
        return ReportedCondition("CredentialsReady", .false, user.trouble?.reason ?? "NotYetMade", words)
    }

    private var monitoringCondition: ReportedCondition? {
        guard plan.scraping != nil, !plan.observed.installed.contains(.podMonitor) else { return nil }
        return ReportedCondition(
            "MonitoringConfigured",
            .false,
            "PodMonitorNotInstalled",
            "metrics are served on port 9404 of each node, but kind PodMonitor (monitoring.coreos.com/v1) is not installed, "
                + "so nothing was set up to scrape them"
        )
    }
}
