import CRDs
import KubernetesAPI

/// Whether all members are what their cluster's spec says, by the pods, StatefulSets and volumes themselves.
struct PSMDBSettling {
    private let plan: PSMDBPlan
    private let child: PSMDBCluster
    private let pods: [Pod]

    init(_ plan: PSMDBPlan, _ child: PSMDBCluster, pods: [Pod]) {
        self.plan = plan
        self.child = child
        self.pods = pods
    }

    /// What is missing until all wanted members are in service, as the object of "waiting for"; nil when nothing is.
    var missing: String? { replsets ?? members ?? others ?? rollout ?? volumes }

    private var replsets: String? {
        let size = plan.cluster.spec.clusterSize
        for name in plan.replsets {
            guard let status = child.status[name] else { return "Percona's operator to report replica set \(name)" }
            if status.size != size { return "replica set \(name) to have \(size) members; it has \(status.size)" }
            if status.ready != size { return "\(size) ready members of \(name); \(status.ready) are" }
        }
        return nil
    }

    private var members: String? {
        if pods.count != plan.wantedMembers { return "\(plan.wantedMembers) members to exist; there are \(pods.count)" }
        if let pod = pods.first(where: { !$0.isReady }) {
            return "member \(pod.metadata.name) to be ready" + (pod.hindrance.map { " (\($0))" } ?? "")
        }
        for pod in pods {
            guard let container = pod.mongo else { continue }
            if container.image != child.image {
                return "member \(pod.metadata.name), which runs \(container.image), to run \(child.image ?? "")"
            }
            let asked = child.replsets.first { $0.name == pod.replset(of: plan.cluster.metadata.name) }?.resources
            if let asked, !container.resources.satisfies(asked) {
                return "member \(pod.metadata.name) to get its resources"
            }
        }
        return nil
    }

    private var others: String? {
        guard plan.isSharded else { return nil }
        if let routers = child.mongos, routers.ready != plan.routers || routers.size != plan.routers {
            return "\(plan.routers) ready routers; \(routers.ready) are"
        }
        if let status = child.status["cfg"], status.ready != plan.configServers {
            return "\(plan.configServers) ready config servers; \(status.ready) are"
        }
        return nil
    }

    private var rollout: String? {
        let name = plan.statefulSets.first { !$0.isRolledOut }?.metadata.name
        return name.map { "StatefulSet \($0) to be rolled out" }
    }

    private var volumes: String? {
        guard let size = child.replsets.compactMap(\.storage).min() else { return nil }
        guard let claim = plan.claims.first(where: { ($0.capacity ?? size) < size }) else { return nil }
        return "volume \(claim.metadata.name) to grow to \(size); it has \(claim.capacity ?? size)"
    }
}
