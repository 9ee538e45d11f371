import CRDs
import JSON
import KubernetesAPI
import YAML

/// The samples that the demo applies.
struct DemoManifests: Sendable {
    let cluster: JSONValue
    let request: JSONValue

    /// Reads `postgresql.yaml` and `opsrequest-scale-up.yaml` from a folder.
    init(folder: String) throws {
        cluster = try Self.read("\(folder)/postgresql.yaml", kind: DatabaseCluster.resource.kind)
        request = try Self.read("\(folder)/opsrequest-scale-up.yaml", kind: OpsRequest.resource.kind)
    }

    private static func read(_ path: String, kind: String) throws -> JSONValue {
        guard let text = try TextFile.read(path) else {
            throw DemoFailure(description: "there is no \(path): run from the repository's folder, or give --samples")
        }
        guard let object = try YAML.parse(Array(text.utf8)).first(where: { $0["kind"]?.string == kind }) else {
            throw DemoFailure(description: "\(path) has no \(kind)")
        }
        return object
    }
}
