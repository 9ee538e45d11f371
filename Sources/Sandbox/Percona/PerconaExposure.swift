import JSON
import KubernetesAPI

/// How Services are opened to the outside, as both operators do it.
enum PerconaExposure {
    /// Gives a Service the type that is asked for.
    ///
    /// - Parameter policies: the external traffic policy of each type where none is asked for.
    static func open(_ service: inout JSONValue, _ expose: JSONValue, policies: [String: String]) {
        let named = expose["type"]?.string ?? ""
        let type = named.isEmpty ? expose["exposeType"]?.string ?? "ClusterIP" : named
        var fields: JSONValue = ["type": .string(type)]
        if let policy = policies[type] {
            let asked = expose["externalTrafficPolicy"]?.string ?? ""
            fields["externalTrafficPolicy"] = .string(asked.isEmpty ? policy : asked)
        }
        fields["internalTrafficPolicy"] = expose["internalTrafficPolicy"]
        if type == "LoadBalancer" {
            fields["loadBalancerSourceRanges"] = expose["loadBalancerSourceRanges"]
            fields["loadBalancerClass"] = expose["loadBalancerClass"]
        }
        service["spec"] = JSONMergePatch.apply(fields, to: service["spec"] ?? [:])
    }

    /// Adds what the spec gives a Service; labels of the operator's own win.
    static func addMetadata(labels: [String: String], annotations: [String: String], to service: inout JSONValue) {
        var metadata = service["metadata"] ?? [:]
        let own = metadata["labels"]?.strings ?? [:]
        metadata["labels"] = JSONValue(labels.merging(own) { $1 })
        if !annotations.isEmpty { metadata["annotations"] = JSONValue(annotations) }
        service["metadata"] = metadata
    }

    /// The address that a load balancer gave a Service; nil while it has not.
    static func address(of service: JSONValue?) -> String? {
        let entry = service?.at("status", "loadBalancer", "ingress")?[0]
        return entry?["hostname"]?.string ?? entry?["ip"]?.string
    }

    /// The write that brings a Service to what it should be; nil when it is.
    static func action(for wanted: JSONValue, existing: JSONValue?, _ place: ObjectReference) -> APIAction? {
        guard let existing else { return .create(.service, wanted) }
        let wanted = keepingNodePorts(wanted, existing)
        var change: JSONValue = [:]
        if JSONMergePatch.apply(wanted["spec"] ?? [:], to: existing["spec"] ?? [:]) != existing["spec"] {
            change["spec"] = wanted["spec"]
        }
        for part in ["labels", "annotations"] {
            guard let fields = wanted.at("metadata", part) else { continue }
            let shown = existing.at("metadata", part) ?? [:]
            if JSONMergePatch.apply(fields, to: shown) != shown {
                change["metadata"] = JSONMergePatch.apply([part: fields], to: change["metadata"] ?? [:])
            }
        }
        return change.object?.isEmpty == true ? nil : .patch(place, change)
    }

    /// Ports on the nodes that were given once stay, when none are asked for.
    private static func keepingNodePorts(_ wanted: JSONValue, _ existing: JSONValue) -> JSONValue {
        guard ["NodePort", "LoadBalancer"].contains(wanted.at("spec", "type")?.string),
            var spec = wanted["spec"], let ports = spec["ports"]?.array
        else { return wanted }
        let given = existing.at("spec", "ports")?.array ?? []
        spec["ports"] = .array(
            ports.map { port in
                guard port["nodePort"] == nil,
                    let number = given.first(where: { $0["name"] == port["name"] })?["nodePort"]
                else { return port }
                var kept = port
                kept["nodePort"] = number
                return kept
            }
        )
        var result = wanted
        result["spec"] = spec
        return result
    }
}
