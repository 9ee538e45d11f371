import CRDs
import JSON
import KubernetesAPI

/// What an operation must still know after its effect has begun, kept on the child itself.
///
/// Of a switchover the members' roles are gone once it is done, of a rebuilt member its old volume: without a record,
/// an operator that was stopped in between would do it once more. It is written before the effect is asked for, and the
/// next such operation writes over it.
struct OperationRecord {
    /// The annotation that holds it.
    static let annotation = "dbaas.io/operation"

    private(set) var fields: JSONObject

    /// What this attempt of the request has written on the child with that metadata; nil when it has not.
    init?(_ child: ObjectMeta, of operation: OperationContext) {
        guard let text = child.annotations[Self.annotation], let fields = (try? JSONValue(parsing: text))?.object,
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

    /// Refuses to tell what happened without it, such as `whether demo-1 was restarted`.
    static func lost(on resource: ResourceType, _ what: String) -> Refusal {
        Refusal(
            "RecordLost",
            "annotation \(annotation) was taken off the \(resource.kind), so it cannot be told \(what)"
        )
    }

    /// Puts it on the child.
    func intent(_ resource: ResourceType, _ child: ObjectMeta) -> Intent {
        .patch(
            resource,
            child.key,
            format: .merge,
            body: ["metadata": ["annotations": [Self.annotation: .string(JSONValue.object(fields).description)]]]
        )
    }
}
