import CRDs
import JSON
import Testing

/// Manifests that the tests start from.
enum Sample {
    /// A complete manifest of a kind with this spec.
    static func cluster(_ spec: String, name: String = "demo") throws -> JSONValue {
        try JSONValue(
            parsing: """
                {"apiVersion": "dbaas.io/v1alpha1", "kind": "DatabaseCluster",
                 "metadata": {"name": "\(name)", "namespace": "default"}, "spec": \(spec)}
                """
        )
    }

    static func request(_ spec: String) throws -> JSONValue {
        try JSONValue(
            parsing: """
                {"apiVersion": "dbaas.io/v1alpha1", "kind": "OpsRequest",
                 "metadata": {"name": "op", "namespace": "default"}, "spec": \(spec)}
                """
        )
    }
}

/// One manifest that a rule takes and one that it refuses, each as an update when an old one is given.
struct RuleCase: Sendable, CustomTestStringConvertible {
    /// A part of the rule's message, enough to tell it from others.
    let message: String
    let field: String
    let good: String
    let bad: String
    /// What stood there before; nil means that the object is new.
    var old: String?

    var testDescription: String { "\(field): \(message)" }
}
