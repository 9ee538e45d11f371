import Foundation
import JSON
import Testing

/// An operation from the moment it is asked for to its end, on a cluster of its own.
struct Scenario: Sendable, CustomTestStringConvertible {
    enum Trigger: Sendable {
        /// An OpsRequest of that spec; `clusterRef` is added.
        case request(JSONValue)
        case creation
        case deletion
        /// An edit of the cluster's spec; each field of it must be what `status.current` says in the end.
        case edit(JSONValue)
    }

    /// How a request ends.
    struct RequestEnd: Sendable, Equatable {
        let phase: String
        let reason: String

        static let succeeded = RequestEnd(phase: "Succeeded", reason: "Succeeded")
        /// It is deleted on the way.
        static let gone = RequestEnd(phase: "Gone", reason: "")
    }

    let name: String
    var subject = Subject.cnpg
    var trigger: Trigger
    /// Merged into the spec of the cluster.
    var spec: JSONValue = [:]
    /// The specs of requests that are carried out before, one after the other.
    var preparation: [JSONValue] = []
    /// Of which failures the stand-in is asked before the operation, until they are cured.
    var trouble: String?
    var midway: Midway?
    var requestEnd = RequestEnd.succeeded
    /// The phase the cluster must be in at the end; "Gone" when there must be nothing left.
    var end = "Ready"
    /// Whether its proof is that nothing happens for a while, so that far more trials can run at once.
    var mostlyWaits = false
    /// What befalls the operator in it.
    var kinds = Set(Point.Kind.allCases)
    /// What the stand-in counts and what may differ.
    var uncounted: Set<String> = []
    /// For each thing that befalls the operator, how many of the points may be missed that another run may do without.
    var tolerance = 6

    /// Whether the cluster's spec must be in the end as it was before.
    var isTakenBack: Bool {
        if case .request = trigger { return requestEnd != .succeeded && end != "Gone" }
        return false
    }

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

    /// A request of that spec; a `pointInTime` of `now` is that of the call.
    static func request(_ name: String, _ spec: JSONValue) -> JSONValue {
        var spec = JSONMergePatch.apply(["clusterRef": "db"], to: spec)
        if spec.at("restore", "pointInTime") == "now" {
            spec["restore"]?["pointInTime"] = .string(Date.now.formatted(.iso8601))
        }
        return [
            "apiVersion": "dbaas.io/v1alpha1", "kind": "OpsRequest", "metadata": ["name": .string(name)], "spec": spec,
        ]
    }
}
