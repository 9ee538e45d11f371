import JSON
import Testing

/// An operation from the moment it is asked for to its end, on a cluster of its own.
struct Scenario: Sendable, CustomTestStringConvertible {
    enum Trigger: Sendable {
        /// An OpsRequest of that spec; `clusterRef` is added.
        case request(JSONValue)
        case creation
        case deletion
    }

    let name: String
    var subject = Subject.cnpg
    var trigger: Trigger
    /// Merged into the spec of the cluster.
    var spec: JSONValue = [:]
    /// The specs of requests that are carried out before, one after the other.
    var preparation: [JSONValue] = []
    /// The phase the cluster must be in at the end; "Gone" when there must be nothing left.
    var end = "Ready"
    /// Whether its proof is that nothing happens for a while, so that far more trials can run at once.
    var mostlyWaits = false
    /// What befalls the operator in it.
    var kinds = Set(Point.Kind.allCases)

    /// How many trials run at once.
    var lanes: Int { mostlyWaits ? 24 : 10 }

    var testDescription: String { name }

    /// The cluster of a trial.
    var cluster: JSONValue { subject.cluster(with: spec) }

    /// The objects that stand before the cluster: where its backups go.
    static let storage: [(kind: String, object: JSONValue)] = [
        (
            "v1/secrets",
            [
                "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s3"],
                "stringData": ["AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"],
            ]
        ),
        (
            "dbaas.io/v1alpha1/backupstorages",
            [
                "apiVersion": "dbaas.io/v1alpha1", "kind": "BackupStorage", "metadata": ["name": "s3"],
                "spec": ["type": "s3", "bucket": "backups", "region": "eu-central-1", "credentialsSecret": "s3"],
            ]
        ),
    ]

    static func request(_ name: String, _ spec: JSONValue) -> JSONValue {
        [
            "apiVersion": "dbaas.io/v1alpha1", "kind": "OpsRequest", "metadata": ["name": .string(name)],
            "spec": JSONMergePatch.apply(["clusterRef": "db"], to: spec),
        ]
    }
}
