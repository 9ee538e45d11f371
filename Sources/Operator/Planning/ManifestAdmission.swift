import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers

/// Has the API server judge manifests as if they were applied, without storing anything.
struct ManifestAdmission {
    let client: KubernetesClient
    /// Of manifests that name none.
    let namespace: String

    private static let kinds = [DatabaseCluster.resource, OpsRequest.resource, BackupStorage.resource]
    private static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    /// A manifest as it would be stored.
    struct Admitted {
        let document: ManifestDocument
        let resource: ResourceType
        let key: ObjectKey
        /// The object as it stands; nil when it is not there yet.
        let before: JSONValue?
        let after: JSONValue
    }

    /// The object that the manifest would make.
    ///
    /// - Throws: `ManifestDocument.Failure` when it would be refused, `APIError` when the server cannot be asked.
    func admit(_ document: ManifestDocument) async throws -> Admitted {
        guard
            let resource = Self.kinds.first(where: { $0.kind == document.kind && $0.apiVersion == document.apiVersion })
        else {
            let known = Self.kinds.map { "\($0.apiVersion) \($0.kind)" }.joined(separator: ", ")
            let found =
                document.kind.isEmpty
                ? "this document names no kind" : "this is a \(document.apiVersion) \(document.kind)"
            throw document.failure("\(found); a plan can be made of: \(known)", at: "kind")
        }
        guard !document.name.isEmpty else { throw document.failure("metadata.name is missing", at: "metadata") }
        let key = ObjectKey(
            namespace: document.value.at("metadata", "namespace")?.string ?? namespace,
            name: document.name
        )
        var object = document.value
        object.set(.string(key.namespace), at: ["metadata", "namespace"])
        do throws(APIError) {
            let before = try await client.get(resource, key).map { bytes throws(APIError) in
                try parse(bytes, resource, key)
            }
            let after = try parse(try await dryRun(object, resource, key, before: before), resource, key)
            return Admitted(document: document, resource: resource, key: key, before: before, after: after)
        } catch {
            throw refusal(error, of: document, resource) ?? error
        }
    }

    /// As `kubectl apply` would do it: what its last apply had and the manifest has not any more is taken away.
    ///
    /// An object that was never applied that way is applied server-side.
    private func dryRun(
        _ object: JSONValue,
        _ resource: ResourceType,
        _ key: ObjectKey,
        before: JSONValue?
    )
        async throws(APIError) -> [UInt8]
    {
        let text = before?.at("metadata", "annotations", Self.lastApplied)?.string
        guard let former = text.flatMap({ try? JSONValue(parsing: $0) }) else {
            return try await client.apply(resource, key, object, fieldManager: "kubectl", force: true, dryRun: true)
        }
        return try await client.raw(
            "PATCH",
            resource.path(namespace: key.namespace, name: key.name),
            query: [
                QueryItem("dryRun", "All"), QueryItem("fieldManager", "kubectl"),
                QueryItem("fieldValidation", "Strict"),
            ],
            body: Self.patch(from: former, to: object),
            contentType: "application/merge-patch+json"
        )
    }

    private static func patch(from former: JSONValue, to object: JSONValue) -> JSONValue {
        guard case .object(let old) = former, case .object(let new) = object else { return object }
        var patch = new
        for field in old {
            if let value = new[field.name] {
                patch[field.name] = Self.patch(from: field.value, to: value)
            } else {
                patch[field.name] = .some(.null)
            }
        }
        return .object(patch)
    }

    private func parse(_ bytes: [UInt8], _ resource: ResourceType, _ key: ObjectKey) throws(APIError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: bytes)
        } catch {
            let line = RequestLine(method: "GET", path: resource.path(namespace: key.namespace, name: key.name))
            throw APIError(.invalidAnswer("The answer is no \(resource.kind): \(error)"), line)
        }
    }

    /// The server's no, at the place in the file that it is about; nil when it is about something else.
    private func refusal(
        _ error: APIError,
        of document: ManifestDocument,
        _ resource: ResourceType
    )
        -> ManifestDocument.Failure?
    {
        if error.isNotFound {
            return document.failure(
                "the API server does not serve \(resource.apiVersion) \(resource.kind), or has no such namespace: install "
                    + "the definitions of config/crd first, or plan with --against sandbox"
            )
        }
        guard error.isInvalid || error.isBadRequest || error.isForbidden || error.status?.code == 500 else {
            return nil
        }
        let message = Self.essence(of: error.message)
        let cause = error.status?.details?.causes.first { !$0.field.isEmpty && $0.field != "<nil>" }?.field
        return document.failure(message, at: Self.fieldNamed(in: message) ?? cause ?? "")
    }

    /// Of an unknown field in a patch the server quotes the whole object first.
    private static func essence(of message: String) -> String {
        guard let range = message.firstRange(of: "strict decoding error: ") else { return message }
        return String(message[range.lowerBound...])
    }

    /// `strict decoding error: unknown field "spec.stroage"`, and server-side apply's own words for a wrong one.
    private static func fieldNamed(in message: String) -> String? {
        if let range = message.firstRange(of: "unknown field \"") {
            return String(message[range.upperBound...].prefix { $0 != "\"" })
        }
        guard let range = message.firstRange(of: "): .") else { return nil }
        return String(message[range.upperBound...].prefix { $0 != ":" })
    }
}
