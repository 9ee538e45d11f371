import JSON

/// Where pods may run, as both operators make it from a spec.
enum PerconaPlacement {
    private static let topologyKeys: Set<String> = [
        "kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
    ]

    /// The affinity of a pod: `advanced` wins, "none" means none, and a key nobody knows silently becomes the host's.
    static func affinity(_ affinity: JSONValue?, _ labels: [String: String]) -> JSONValue? {
        if let advanced = affinity?["advanced"] { return advanced }
        let asked = affinity?["antiAffinityTopologyKey"]?.string ?? "kubernetes.io/hostname"
        guard asked != "none" else { return nil }
        let key = topologyKeys.contains(asked) ? asked : "kubernetes.io/hostname"
        let term: JSONValue = [
            "labelSelector": ["matchLabels": JSONValue(labels)], "topologyKey": .string(key),
        ]
        return ["podAntiAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [term]]]
    }

    /// The spread constraints, completed.
    static func spread(
        _ constraints: JSONValue?,
        _ labels: [String: String],
        whenUnsatisfiable: String
    ) -> JSONValue? {
        guard let constraints = constraints?.array, !constraints.isEmpty else { return nil }
        return .array(
            constraints.map { constraint in
                var constraint = constraint
                if constraint["labelSelector"] == nil {
                    constraint["labelSelector"] = ["matchLabels": JSONValue(labels)]
                }
                if constraint["maxSkew"] == nil { constraint["maxSkew"] = 1 }
                if constraint["topologyKey"] == nil { constraint["topologyKey"] = "kubernetes.io/hostname" }
                if constraint["whenUnsatisfiable"] == nil {
                    constraint["whenUnsatisfiable"] = .string(whenUnsatisfiable)
                }
                return constraint
            }
        )
    }
}
