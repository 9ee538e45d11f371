import JSON
import KubernetesAPI

/// What lies in the buckets that backups are written to: a ConfigMap of the sandbox's own each, since there is no bucket.
///
/// Deleting a backup's object does not take its data from there; a finalizer does.
enum PerconaBucket {
    static let label = "bucket.sandbox.dbaas.io/of"
    private static let mark = "percona"
    static let labels = [label: mark]

    private static func place(_ namespace: String, _ destination: String) -> ObjectReference {
        ObjectReference(.configMap, namespace, "backup-data-" + key(destination))
    }

    private static func key(_ destination: String) -> String { String(stableHash(of: .string(destination)), radix: 16) }

    /// Puts data to a destination, with what is known of it.
    static func store(_ destination: String, in namespace: String, _ facts: [String: String]) -> APIAction {
        let place = place(namespace, destination)
        return .create(
            .configMap,
            [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": [
                    "name": .string(place.key.name), "namespace": .string(namespace), "labels": JSONValue(labels),
                ],
                "data": JSONValue(facts.merging(["destination": destination]) { $1 }),
            ]
        )
    }

    static func remove(_ destination: String, from namespace: String) -> APIAction {
        .delete(place(namespace, destination))
    }

    /// What is known of the data at a destination; nil when there is none.
    static func facts(_ destination: String, in buckets: [JSONValue]) -> [String: String]? {
        buckets.first { $0.at("data", "destination")?.string == destination }?["data"]?.strings
    }
}
