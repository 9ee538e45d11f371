import CRDs
import JSON

extension ExposeSpec {
    /// The fields that Percona's operators have for a service; nil when a plain one is wanted.
    var perconaFields: [(String, JSONValue)]? {
        guard type != .clusterIP || !annotations.isEmpty else { return nil }
        var fields: [(String, JSONValue)] = [("type", .string(type.rawValue))]
        if !annotations.isEmpty { fields.append(("annotations", JSONValue(annotations))) }
        if !loadBalancerSourceRanges.isEmpty {
            fields.append(("loadBalancerSourceRanges", JSONValue(loadBalancerSourceRanges)))
        }
        return fields
    }
}
