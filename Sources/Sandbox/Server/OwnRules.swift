import CRDs
import JSON
import KubernetesAPI

/// What the sandbox knows of our own kinds: their definitions, and their rules where the definitions have expressions.
enum OwnRules {
    static let definitions: [JSONValue] = CustomResourceDefinitions.all

    static let all: [GroupResource: ObjectRules] = [
        GroupResource(DatabaseCluster.resource): ObjectRules { new, old in
            DatabaseClusterRules.validate(new: new, old: old).map(APIFailure.Cause.init)
        },
        GroupResource(OpsRequest.resource): ObjectRules { new, old in
            OpsRequestRules.validate(new: new, old: old).map(APIFailure.Cause.init)
        },
    ]
}

extension APIFailure.Cause {
    /// A breach of one of our rules as the expression's own evaluation would tell it.
    init(_ violation: FieldViolation) {
        let error: FieldError
        switch violation.reason {
        case .forbidden: error = .forbidden(violation.field, violation.message)
        case .invalid:
            error = FieldError(
                .invalid,
                violation.field,
                value: violation.value.map(FieldError.BadValue.json) ?? .omitted,
                violation.message
            )
        }
        self.init(error)
    }
}
