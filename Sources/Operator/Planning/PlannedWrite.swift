import CRDs
import JSON
import KubernetesAPI
import Providers

/// A field that a write would change, and what that alone disturbs.
struct PlannedChange: Equatable {
    let change: FieldChange
    let disruption: Disruption
}

/// One write that would be made, and what it disturbs.
struct PlannedWrite: Equatable {
    /// How the API server would be asked; the raw values are the API's words in `status.plan`.
    enum Verb: String {
        case create
        case apply
        case patch
        case delete
    }

    let verb: Verb
    let resource: ResourceType
    let key: ObjectKey
    /// Of an object that is made new, its fields; empty for a deletion.
    let changes: [PlannedChange]
    /// What the act disturbs beside its fields: of a creation or a deletion the whole.
    let ownDisruption: Disruption

    /// The worst of it.
    var disruption: Disruption { changes.map(\.disruption).reduce(ownDisruption, max) }

    /// `apiVersion Kind name`, as `status.plan` names objects.
    var object: String { "\(resource.apiVersion) \(resource.kind) \(key.name)" }

    init(
        _ verb: Verb,
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ changes: [PlannedChange] = [],
        disruption: Disruption = .none
    ) {
        self.verb = verb
        self.resource = resource
        self.key = key
        self.changes = changes
        ownDisruption = disruption
    }
}

extension PlannedWrite {
    /// The API bounds the text of one step.
    private static let diffLength = 32_000

    /// The item of `status.plan`.
    var step: PlanStep {
        let diff = changes.map(\.change.description).joined(separator: "; ")
        return PlanStep(
            verb: verb.rawValue,
            object: object.cut(to: 1024),
            diff: diff.cut(to: Self.diffLength),
            disruption: disruption.rawValue
        )
    }

    /// The item of a printed plan, with whole values.
    var json: JSONValue {
        let fields = changes.map { planned -> JSONValue in
            var fields: JSONObject = ["path": .string(planned.change.pathText)]
            fields["from"] = planned.change.before
            fields["to"] = planned.change.after
            fields["disruption"] = .string(planned.disruption.rawValue)
            return .object(fields)
        }
        return [
            "verb": .string(verb.rawValue), "apiVersion": .string(resource.apiVersion),
            "kind": .string(resource.kind), "namespace": .string(key.namespace), "name": .string(key.name),
            "changes": .array(fields), "disruption": .string(disruption.rawValue),
        ]
    }
}
