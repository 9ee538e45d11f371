import CRDs
import JSON
import KubernetesAPI

/// Reads a cluster's unified status from its children.
struct KubeDBStatus {
    private let plan: KubeDBPlan
    private let pods: [Pod]
    /// The pods of each of the database's parts, in their order.
    private let parts: [(part: KubeDBDatabase.Part, pods: [Pod])]

    init(_ plan: KubeDBPlan) {
        self.plan = plan
        let pods = plan.pods
        self.pods = pods
        let name = plan.key.name
        parts = (plan.child?.parts ?? []).map { part in
            (part, plan.child?.layout.pods(of: part.component, among: pods, database: name) ?? [])
        }
    }

    private var cluster: DatabaseCluster { plan.cluster }
    private var observed: Observed { plan.observed }
    private var data: [Pod] { parts.first?.pods ?? [] }

    func report() -> ClusterReport {
        let (phase, message) = KubeDBAssessment(plan, parts: parts).result()
        var report = ClusterReport(phase: phase, message: message)
        report.version = plan.child?.version ?? plan.version.name ?? cluster.status.version
        report.proxy = proxy
        report.monitoring = monitoring
        report.conditions = KubeDBConditions(plan).all
        guard let child = plan.child else { return report }
        report.instances = data.count
        report.readyInstances = data.count(where: \.isReady)
        report.members = members
        report.primary = primary
        report.current = current(child)
        report.endpoints = endpoints(child)
        report.credentialsSecret = credentials(child)
        report.selector =
            "\(KubeDBLabel.name)=\(plan.engine.nameLabel),\(KubeDBLabel.instance)=\(plan.key.name),\(KubeDBLabel.selector)"
        report.child = ObjectReference(
            apiVersion: plan.engine.database.apiVersion,
            kind: plan.engine.kind,
            name: child.metadata.name
        )
        return report
    }

    private var members: [MemberStatus] {
        parts.flatMap { part, pods in
            pods.map { MemberStatus(name: $0.metadata.name, role: role(of: $0, in: part), ready: $0.isReady) }
        }.sorted { KubeDBMember.precedes($0.name, $1.name) }
    }

    private func role(of pod: Pod, in part: KubeDBDatabase.Part) -> MemberRole {
        // Config servers have a primary among them too, but for the database they are what they are.
        if part.component.role != .unknown { return part.component.role }
        switch pod.metadata.labels[KubeDBLabel.role]?.lowercased() {
        case "primary", "master": return .primary
        case "standby", "slave", "secondary", "replica": return .replica
        default: break
        }
        guard part.component.isData else { return .unknown }
        // Every member of a Galera cluster takes writes; so does one that is alone.
        return plan.child?.layout.mode == .galera || part.members == 1 ? .primary : .unknown
    }

    /// Nobody where there are shards, each of which has its own, or where none is told.
    private var primary: String? {
        guard plan.child?.layout.mode != .sharded else { return nil }
        let primaries = data.filter { pod in parts.first.map { role(of: pod, in: $0.part) == .primary } ?? false }
        return primaries.count == 1 ? primaries[0].metadata.name : nil
    }

    private func current(_ child: KubeDBDatabase) -> CurrentState {
        var current = CurrentState()
        let infixes = Set(data.compactMap { KubeDBMember.infix(of: $0.metadata.name, database: plan.key.name) })
        if child.layout.mode == .sharded, !infixes.isEmpty {
            current.shards = infixes.count
            // While shards differ there is no single answer.
            current.clusterSize = data.count.isMultiple(of: infixes.count) ? data.count / infixes.count : nil
        } else {
            current.clusterSize = data.count
        }
        current.storage = plan.dataClaims.compactMap(\.capacity).min()
        let resources = data.map { $0.database(plan.engine)?.resources }
        // While members differ there is no single answer.
        if let first = resources.first, let first, resources.allSatisfy({ $0 == first }) {
            current.resources = first
            current.size = plan.sizes.sizeClass(of: first)?.name
        }
        return current
    }

    private var binding: KubeDBBinding? {
        observed.child(.appBinding, named: plan.key.name)?.body as? KubeDBBinding
    }

    private func credentials(_ child: KubeDBDatabase) -> String? {
        if child.spec["disableAuth"]?.bool == true || child.spec["disableSecurity"]?.bool == true { return nil }
        return binding?.secret ?? child.spec.at("authSecret", "name")?.string ?? "\(plan.key.name)-auth"
    }

    private func endpoints(_ child: KubeDBDatabase) -> EndpointsStatus {
        let name = plan.key.name
        let primary = plan.engine.engine == .kafka ? "\(name)-pods" : name
        var endpoints = EndpointsStatus(
            primary: endpoint(binding?.service ?? primary, binding?.port ?? plan.engine.port)
        )
        // It has nobody behind it where there is one member alone, and not every engine has it.
        let standby = "\(name)-standby"
        if service(standby) != nil, data.count > 1 { endpoints.replica = endpoint(standby, plan.engine.port) }
        if child.layout.mode == .sharded, plan.engine.engine == .mongodb { endpoints.proxy = endpoints.primary }
        if let external = service(name), let address = external.address {
            endpoints.external = "\(address):\(external.port ?? plan.engine.port)"
        }
        return endpoints
    }

    private func service(_ name: String) -> KubeDBService? {
        observed.child(.service, named: name)?.body as? KubeDBService
    }

    private func endpoint(_ service: String, _ port: Int) -> String {
        "\(service).\(plan.key.namespace).svc:\(port)"
    }

    private var proxy: ProxyStatus? {
        guard let proxies = plan.proxies else { return nil }
        let pods = parts.first { $0.part.component.key == "mongos" }?.pods ?? []
        return ProxyStatus(replicas: proxies, readyReplicas: pods.count(where: \.isReady))
    }

    private var monitoring: MonitoringStatus? {
        guard let monitoring = cluster.spec.monitoring else { return nil }
        let isServed = service("\(plan.key.name)-stats") != nil
        return MonitoringStatus(enabled: monitoring.enabled, ready: monitoring.enabled && isServed)
    }
}
