import CRDs
import JSON

/// Where the pods of a pool may run, and what stands on them.
struct StrimziPodTemplate {
    private let plan: StrimziPlan
    private let pool: String

    init(_ plan: StrimziPlan, pool: String) {
        self.plan = plan
        self.pool = pool
    }

    private var policy: PodSchedulingPolicy { plan.cluster.spec.podSchedulingPolicy ?? PodSchedulingPolicy() }

    /// A pool's `template.pod`.
    var content: JSONObject {
        var pod = JSONObject()
        let (labels, annotations) = (plan.options.podLabels, plan.options.podAnnotations)
        var metadata = JSONObject()
        if !labels.isEmpty { metadata["labels"] = .object(labels) }
        if !annotations.isEmpty { metadata["annotations"] = .object(annotations) }
        if !metadata.isEmpty { pod["metadata"] = .object(metadata) }
        let affinity = affinity
        if !affinity.isEmpty { pod["affinity"] = .object(affinity) }
        if !policy.tolerations.isEmpty { pod["tolerations"] = .array(policy.tolerations) }
        let constraints = constraints
        if !constraints.isEmpty { pod["topologySpreadConstraints"] = .array(constraints) }
        pod["priorityClassName"] = policy.priorityClassName.map(JSONValue.string)
        return pod
    }

    /// Strimzi has no node selector: each of its labels becomes a demand of the node affinity.
    private var affinity: JSONObject {
        var affinity = JSONObject(
            (policy.affinity?.object ?? [:]).filter { $0.value.object?.isEmpty == false }
                .map { ($0.name, $0.value) }
        )
        guard !policy.nodeSelector.isEmpty else { return affinity }
        let demands = policy.nodeSelector.sorted { $0.key < $1.key }.map { label -> JSONValue in
            ["key": .string(label.key), "operator": "In", "values": [.string(label.value)]]
        }
        let required = "requiredDuringSchedulingIgnoredDuringExecution"
        var node = affinity["nodeAffinity"]?.object ?? [:]
        let terms = node[required]?["nodeSelectorTerms"]?.array ?? []
        // One term of several is enough for a node, so each needs the demands.
        let narrowed = (terms.isEmpty ? [.object([:])] : terms).map { term -> JSONValue in
            var fields = term.object ?? [:]
            fields["matchExpressions"] = .array((fields["matchExpressions"]?.array ?? []) + demands)
            return .object(fields)
        }
        node[required] = ["nodeSelectorTerms": .array(narrowed)]
        affinity["nodeAffinity"] = .object(node)
        return affinity
    }

    /// Strimzi spreads nothing by itself, not even over racks.
    private var constraints: [JSONValue] {
        guard policy.topologySpreadConstraints.isEmpty else { return policy.topologySpreadConstraints }
        guard policy.affinity?["podAntiAffinity"]?.object?.isEmpty ?? true else { return [] }
        let keys = [plan.options.rack, "kubernetes.io/hostname"].compactMap(\.self)
        return keys.map { key in
            [
                "maxSkew": 1, "topologyKey": .string(key), "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": [
                    "matchLabels": [
                        StrimziLabel.cluster: .string(plan.names.cluster), StrimziLabel.poolName: .string(pool),
                    ]
                ],
            ]
        }
    }
}
