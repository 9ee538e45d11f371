import CRDs
import JSON
import KubernetesAPI

/// Where pods may run, in the fields that Percona's operators have for each kind of pod.
struct PerconaPlacement {
    private let policy: PodSchedulingPolicy
    private let cluster: String
    /// Over what pods of one kind are spread, `none` for nothing; nil leaves it at the operator's hosts.
    private let topologyKey: String?

    init(_ cluster: DatabaseCluster, topologyKey: String?) {
        policy = cluster.spec.podSchedulingPolicy ?? PodSchedulingPolicy()
        self.cluster = cluster.metadata.name
        self.topologyKey = topologyKey
    }

    /// The fields of the pods that hold data.
    func ofMembers(_ component: String) -> [(String, JSONValue)] {
        var fields = shared + affinity(policy.affinity, component: component)
        if !policy.topologySpreadConstraints.isEmpty {
            fields.append(("topologySpreadConstraints", .array(policy.topologySpreadConstraints)))
        }
        return fields
    }

    /// The fields of other pods: rules about pods are about members, and would keep these from where they are allowed.
    func ofOthers(_ component: String) -> [(String, JSONValue)] {
        var nodes = JSONObject()
        if let rule = policy.affinity?["nodeAffinity"], rule.object?.isEmpty == false { nodes["nodeAffinity"] = rule }
        return shared + affinity(.object(nodes), component: component)
    }

    private var shared: [(String, JSONValue)] {
        var fields: [(String, JSONValue)] = []
        if !policy.nodeSelector.isEmpty { fields.append(("nodeSelector", JSONValue(policy.nodeSelector))) }
        if !policy.tolerations.isEmpty { fields.append(("tolerations", .array(policy.tolerations))) }
        if let name = policy.priorityClassName { fields.append(("priorityClassName", .string(name))) }
        return fields
    }

    /// An affinity of one's own replaces that of Percona's operator, so the spreading is added where it has none.
    private func affinity(_ given: JSONValue?, component: String) -> [(String, JSONValue)] {
        guard var own = given?.object, own.contains(where: { $0.value.object?.isEmpty == false }) else {
            return topologyKey.map { [("affinity", ["antiAffinityTopologyKey": .string($0)])] } ?? []
        }
        let key = topologyKey ?? "kubernetes.io/hostname"
        if own["podAntiAffinity"] == nil, key != "none" {
            let labels: JSONValue = [
                ChildLabels.instance: .string(cluster), "app.kubernetes.io/component": .string(component),
            ]
            own["podAntiAffinity"] = [
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    ["topologyKey": .string(key), "labelSelector": ["matchLabels": labels]]
                ]
            ]
        }
        return [("affinity", ["advanced": .object(own)])]
    }
}
