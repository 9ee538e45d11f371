import CRDs
import JSON
import KubernetesAPI

/// Where pods may run, in the fields that members and proxies share.
struct PXCPlacement {
    private let policy: PodSchedulingPolicy
    private let cluster: String
    /// Over what pods of one kind are spread; `none` for nothing.
    private let topologyKey: String

    init(_ cluster: DatabaseCluster, topologyKey: String) {
        policy = cluster.spec.podSchedulingPolicy ?? PodSchedulingPolicy()
        self.cluster = cluster.metadata.name
        self.topologyKey = topologyKey
    }

    var ofMembers: [(String, JSONValue)] {
        var fields = shared
        fields.append(("affinity", affinity(policy.affinity, component: "pxc")))
        if !policy.topologySpreadConstraints.isEmpty {
            fields.append(("topologySpreadConstraints", .array(policy.topologySpreadConstraints)))
        }
        return fields
    }

    /// Rules about other pods are about members, and would keep proxies from where they are allowed.
    func ofProxies(_ component: String) -> [(String, JSONValue)] {
        let nodes = policy.affinity?["nodeAffinity"].flatMap { value -> JSONValue? in
            if value.object?.isEmpty == true { return .none }
            return ["nodeAffinity": value]
        }
        return shared + [("affinity", affinity(nodes, component: component))]
    }

    private var shared: [(String, JSONValue)] {
        var fields: [(String, JSONValue)] = []
        if !policy.nodeSelector.isEmpty { fields.append(("nodeSelector", JSONValue(policy.nodeSelector))) }
        if !policy.tolerations.isEmpty { fields.append(("tolerations", .array(policy.tolerations))) }
        if let name = policy.priorityClassName { fields.append(("priorityClassName", .string(name))) }
        return fields
    }

    /// An affinity of one's own replaces that of Percona's operator, so the spreading is added where it has none.
    private func affinity(_ given: JSONValue?, component: String) -> JSONValue {
        guard var own = given?.object, !own.isEmpty else { return ["antiAffinityTopologyKey": .string(topologyKey)] }
        if own["podAntiAffinity"] == nil, topologyKey != "none" {
            let labels: JSONValue = [PXCLabel.instance: .string(cluster), PXCLabel.component: .string(component)]
            own["podAntiAffinity"] = [
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    ["topologyKey": .string(topologyKey), "labelSelector": ["matchLabels": labels]]
                ]
            ]
        }
        return ["advanced": .object(own)]
    }
}
