import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Providers

/// Carries out what providers intend.
///
/// Each write may be repeated, and every answer's version is noted, so that no later decision is made on an older view.
struct IntentWriter: Sendable {
    let client: KubernetesClient
    let pending: PendingWrites

    /// Applies an object and gives it as it stands then.
    ///
    /// - Parameter force: takes fields over that somebody else has written.
    func apply(
        _ object: DesiredObject,
        fieldManager: String,
        force: Bool = true,
        for cluster: ObjectKey
    ) async throws -> WrittenObject {
        let bytes = try await client.apply(
            object.resource,
            object.key,
            object.content,
            fieldManager: fieldManager,
            force: force
        )
        return try note(bytes, object.resource, for: cluster, WrittenObject.init)
    }

    /// Carries out an intent and names the object that it wrote.
    @discardableResult
    func carryOut(_ intent: Intent, for cluster: ObjectKey) async throws -> ObjectReference {
        switch intent {
        case .apply(let object, let fieldManager):
            let bytes = try await client.apply(
                object.resource,
                object.key,
                object.content,
                fieldManager: fieldManager,
                force: true
            )
            return try note(bytes, object.resource, for: cluster) { reference(object.resource, $0) }
        case .create(let object):
            return try await create(object, for: cluster)
        case .patch(let resource, let key, let format, let body, let subresource, let fieldManager):
            let bytes = try await patch(resource, key, format, body, subresource, fieldManager)
            return try note(bytes, resource, for: cluster) { reference(resource, $0) }
        case .copySecret(let source, let key, let labels):
            return try await copySecret(source, to: key, labels: labels)
        case .delete(let resource, let key, let propagation, let uid, let version):
            try await delete(resource, key, propagation, uid: uid, version: version)
            return ObjectReference(apiVersion: resource.apiVersion, kind: resource.kind, name: key.name, uid: uid)
        }
    }

    /// Patches an object; a test in a JSON patch that does not hold is a conflict, though it is answered as invalid.
    ///
    /// The server tells it without causes; a value that it refuses comes with the field that is wrong.
    /// So it is when the answer to the same patch was lost on its way: the tests hold no more, since it was carried out.
    private func patch(
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ format: PatchFormat,
        _ body: JSONValue,
        _ subresource: String?,
        _ fieldManager: String
    ) async throws -> [UInt8] {
        do throws(APIError) {
            return try await client.patch(
                resource,
                key,
                type: format == .merge ? .merge : .json,
                body,
                fieldManager: fieldManager,
                subresource: subresource
            )
        } catch {
            guard format == .json, error.isInvalid, error.status?.details?.causes.isEmpty ?? true else { throw error }
            let message = "\(resource.kind) \(key.name) has changed since it was looked at: \(error.message)"
            throw APIError(.server(APIStatus(code: 409, reason: "Conflict", message: message)), error.request)
        }
    }

    /// Creates an object; one of ours that is there already is success, since we may have been stopped after creating it.
    ///
    /// The server asks webhooks and rules before it looks whether the name is taken, and what the object has brought about
    /// since may be why they refuse it now.
    private func create(_ object: DesiredObject, for cluster: ObjectKey) async throws -> ObjectReference {
        do throws(APIError) {
            let bytes = try await client.create(
                object.resource,
                namespace: object.key.namespace,
                object.content,
                fieldManager: FieldManager.operations
            )
            return try note(bytes, object.resource, for: cluster) { reference(object.resource, $0) }
        } catch {
            guard error.isAlreadyExists || error.isInvalid || error.isForbidden || error.isBadRequest,
                let bytes = try await client.get(object.resource, object.key)
            else { throw error }
            let (found, metadata) = try note(bytes, object.resource, for: cluster) { (root) throws(JSONError) in
                (reference(object.resource, root), try ObjectMeta(from: root["metadata"] ?? root))
            }
            guard isOurs(metadata, as: object.content) else {
                guard error.isAlreadyExists else { throw error }
                throw Refusal(
                    "NameTaken",
                    "\(object.resource.kind) \(object.key.name) exists already and was not made by this request: "
                        + "remove it, or file the request under another name"
                )
            }
            return found
        }
    }

    /// Whether the labels that we would have written are on the object.
    private func isOurs(_ found: ObjectMeta, as intended: JSONValue) -> Bool {
        guard let labels = intended.at("metadata", "labels")?.object, !labels.isEmpty else { return false }
        return labels.allSatisfy { label in label.value.string.map { found.labels[label.name] == $0 } ?? false }
    }

    /// Copies type and data alone: labels, owners and what others noted on the source stay with it.
    private func copySecret(
        _ source: ObjectKey,
        to key: ObjectKey,
        labels: [String: String]
    ) async throws -> ObjectReference {
        let secret = ResourceType.secret
        guard let bytes = try await client.get(secret, source) else {
            throw Refusal("SecretNotFound", "Secret \(source) is not there, and what is in it is needed in \(key)")
        }
        let found = try JSONValue(parsing: bytes)
        var copy = DesiredObject(secret, key, labels: labels, spec: [:]).content
        copy["spec"] = nil
        copy["type"] = found["type"]
        copy["data"] = found["data"]
        do throws(APIError) {
            _ = try await client.create(
                secret,
                namespace: key.namespace,
                copy,
                fieldManager: FieldManager.operations
            )
        } catch {
            guard error.isAlreadyExists else { throw error }
        }
        return ObjectReference(apiVersion: secret.apiVersion, kind: secret.kind, name: key.name)
    }

    private func delete(
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ propagation: DeletionPropagation,
        uid: String?,
        version: String?
    ) async throws {
        let policy: PropagationPolicy =
            switch propagation {
            case .background: .background
            case .foreground: .foreground
            case .orphan: .orphan
            }
        do throws(APIError) {
            let options = DeleteOptions(propagationPolicy: policy, uid: uid, resourceVersion: version)
            _ = try await client.delete(resource, key, options)
        } catch {
            // Another object has the name by now: the one that was meant is gone. With a version it may also be the same
            // one, changed since.
            guard uid != nil, version == nil, error.isConflict else { throw error }
        }
    }

    /// Notes the version of the object that a write was answered with, and takes what is needed from it.
    func note<Result>(
        _ bytes: [UInt8],
        _ resource: ResourceType,
        for cluster: ObjectKey,
        _ take: (JSONElement) throws(JSONError) -> Result
    ) throws(APIError) -> Result {
        do {
            return try JSONDocument.decode(bytes) { (root) throws(JSONError) in
                if let version = root["metadata"]?["resourceVersion"]?.string {
                    pending.note(resource, cluster, resourceVersion: version)
                }
                return try take(root)
            }
        } catch {
            throw APIError(
                .invalidAnswer("The answer is no \(resource.kind): \(error)"),
                RequestLine(method: "WRITE", path: resource.plural)
            )
        }
    }

    private func reference(_ resource: ResourceType, _ object: JSONElement) -> ObjectReference {
        let metadata = object["metadata"]
        return ObjectReference(
            apiVersion: resource.apiVersion,
            kind: resource.kind,
            name: metadata?["name"]?.string ?? "",
            uid: metadata?["uid"]?.string
        )
    }
}

/// An object as a write was answered with it, without `managedFields`.
struct WrittenObject: Sendable {
    let metadata: ObjectMeta
    let content: JSONValue

    init(from root: JSONElement) throws(JSONError) {
        guard let metadata = root["metadata"] else { throw JSONError(message: "it has no metadata") }
        self.metadata = try ObjectMeta(from: metadata)
        content = root.value(omitting: "metadata", "managedFields")
    }
}
