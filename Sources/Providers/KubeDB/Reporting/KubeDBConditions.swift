import CRDs
import KubernetesAPI

/// What is worth knowing beyond the phase.
struct KubeDBConditions {
    private let plan: KubeDBPlan

    init(_ plan: KubeDBPlan) { self.plan = plan }

    var all: [ReportedCondition] { [monitoring, memory, configuration, proxy].compactMap(\.self) }

    private var monitoring: ReportedCondition? {
        guard plan.scraping != nil, !plan.observed.installed.contains(.serviceMonitor) else { return nil }
        return ReportedCondition(
            "MonitoringConfigured",
            .false,
            "ServiceMonitorNotInstalled",
            "metrics are served by service \(plan.key.name)-stats with annotations for Prometheus, but kind ServiceMonitor "
                + "(monitoring.coreos.com/v1) is not installed, so interval and labels have no effect"
        )
    }

    /// KubeDB takes it, and the members die of it some time.
    private var memory: ReportedCondition? {
        guard let memory = plan.resources?.requests.memory else { return nil }
        var floor = plan.engine.memoryFloor
        let version = plan.version.name.map { KubeDBVersion.numbers($0) } ?? []
        if plan.engine.engine == .mongodb, let major = version.first, major < 6 { floor /= 2 }
        let least = Quantity(bytes: floor << 20)
        guard memory < least else { return nil }
        return ReportedCondition(
            "MemorySufficient",
            .false,
            "BelowFloor",
            "\(plan.engine.kind) is known to die for want of memory with \(memory); give it \(least) or more"
        )
    }

    /// What stands in somebody's Secret is neither read nor changed.
    private var configuration: ReportedCondition? {
        guard let child = plan.child, child.hasForeignParameters, !plan.cluster.spec.config.isEmpty else { return nil }
        return ReportedCondition(
            "ConfigurationApplied",
            .false,
            "ForeignConfiguration",
            "\(plan.engine.kind) \(child.metadata.name) takes its parameters from a Secret of somebody's, where the operator "
                + "does not look, so config has no effect; take it out of its spec.configuration"
        )
    }

    /// They are applied when the database is created, and changed by an operation of their own.
    private var proxy: ReportedCondition? {
        guard let asked = plan.cluster.spec.proxy?.resources, plan.proxies != nil,
            let live = plan.child?.part("mongos")?.resources, !live.satisfies(asked)
        else { return nil }
        return ReportedCondition(
            "ProxyApplied",
            .false,
            "ActsAtCreation",
            "proxy.resources asks for \(asked.text) and the mongos have \(live.text): change them by an OpsRequest of type "
                + "VerticalScaling with component mongos"
        )
    }
}
