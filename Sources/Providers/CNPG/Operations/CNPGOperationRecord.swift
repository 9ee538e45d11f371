import CRDs
import JSON
import KubernetesAPI

/// What an operation must still know after its effect has begun, kept on the Cluster itself.
///
/// Of a switchover the members' roles are gone once it is done, of a rebuilt member its old volume: without a record,
/// an operator that was stopped in between would do it once more. It is written before the effect is asked for, and the
/// next such operation writes over it.
struct CNPGOperationRecord {
    private(set) var fields: JSONObject

    /// What this attempt of the request has written; nil when it has not.
    init?(_ child: CNPGCluster, of operation: OperationContext) {
        guard let text = child.metadata.annotations[CNPGAnnotation.operation],
            let fields = (try? JSONValue(parsing: text))?.object,
            fields["request"]?.string == operation.request.metadata.uid,
            fields["attempt"]?.integer == Int64(operation.attempt)
        else { return nil }
        self.fields = fields
    }

    /// A new one.
    init(_ operation: OperationContext, _ facts: JSONObject) {
        fields = facts
        fields["request"] = .string(operation.request.metadata.uid)
        fields["attempt"] = JSONValue(operation.attempt)
    }

    subscript(name: String) -> JSONValue? { fields[name] }

    /// Puts it on the Cluster.
    func intent(_ child: CNPGCluster) -> Intent {
        .patch(
            .cnpgCluster,
            child.metadata.key,
            format: .merge,
            body: [
                "metadata": ["annotations": [CNPGAnnotation.operation: .string(JSONValue.object(fields).description)]]
            ]
        )
    }
}

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
