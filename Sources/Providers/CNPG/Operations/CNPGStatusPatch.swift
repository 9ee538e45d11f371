import CRDs
import JSON
import KubernetesAPI

/// A patch of the Cluster's status that holds only while it is as it was seen.
///
/// CloudNativePG itself is asked for switchovers and restarts in place that way, as its own command line does.
struct CNPGStatusPatch {
    private let child: CNPGCluster
    private var operations: [JSONValue] = []

    init(_ child: CNPGCluster) {
        self.child = child
        test("currentPrimary", child.currentPrimary)
        test("targetPrimary", child.targetPrimary)
    }

    private mutating func test(_ field: String, _ value: String?) {
        guard let value else { return }
        operations.append(["op": "test", "path": .string("/status/\(field)"), "value": .string(value)])
    }

    mutating func set(_ field: String, _ value: String) {
        operations.append(["op": "add", "path": .string("/status/\(field)"), "value": .string(value)])
    }

    /// The condition Ready follows the phase; nobody may take the cluster for ready until CloudNativePG has acted.
    mutating func setNotReady(_ message: String, at time: Timestamp) {
        let condition = Condition(
            type: "Ready",
            status: .false,
            reason: "ClusterIsNotReady",
            message: message,
            lastTransitionTime: time
        )
        if child.conditions["Ready"] != nil { set(condition) }
    }

    /// Puts a condition where one of its type is, or behind the others.
    mutating func set(_ condition: Condition) {
        guard let index = child.conditions.firstIndex(where: { $0.type == condition.type }) else {
            let isFirst = child.conditions.isEmpty
            let value: JSONValue = isFirst ? [condition.json] : condition.json
            let path: JSONValue = isFirst ? "/status/conditions" : "/status/conditions/-"
            return operations.append(["op": "add", "path": path, "value": value])
        }
        let path = "/status/conditions/\(index)"
        operations.append(["op": "test", "path": .string(path + "/type"), "value": .string(condition.type)])
        operations.append(["op": "replace", "path": .string(path), "value": condition.json])
    }

    var intent: Intent {
        .patch(.cnpgCluster, child.metadata.key, format: .json, body: .array(operations), subresource: "status")
    }
}
