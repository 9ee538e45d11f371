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
    ) async throws -> JSONValue {
        let bytes = try await client.apply(
            object.resource,
            object.key,
            object.content,
            fieldManager: fieldManager,
            force: force
        )
        return try note(bytes, object.resource, for: cluster)
    }

    /// Carries out an intent and names the object that it wrote.
    @discardableResult
    func carryOut(_ intent: Intent, for cluster: ObjectKey) async throws -> ObjectReference {
        switch intent {
        case .apply(let object, let fieldManager):
            return reference(object.resource, try await apply(object, fieldManager: fieldManager, for: cluster))
        case .create(let object):
            return reference(object.resource, try await create(object, for: cluster))
        case .patch(let resource, let key, let format, let body, let subresource, let fieldManager):
            let bytes = try await patch(resource, key, format, body, subresource, fieldManager)
            return reference(resource, try note(bytes, resource, for: cluster))
        case .delete(let resource, let key, let propagation, let uid):
            try await delete(resource, key, propagation, uid: uid)
            return ObjectReference(apiVersion: resource.apiVersion, kind: resource.kind, name: key.name, uid: uid)
        }
    }

    /// Patches an object; a test in a JSON patch that does not hold is a conflict, though it is answered as invalid.
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
            guard format == .json, error.isInvalid else { throw error }
            let message = "\(resource.kind) \(key.name) has changed since it was looked at: \(error.message)"
            throw APIError(.server(APIStatus(code: 409, reason: "Conflict", message: message)), error.request)
        }
    }

    /// Creates an object; one of ours that is there already is success, since we may have been stopped after creating it.
    private func create(_ object: DesiredObject, for cluster: ObjectKey) async throws -> JSONValue {
        do throws(APIError) {
            let bytes = try await client.create(
                object.resource,
                namespace: object.key.namespace,
                object.content,
                fieldManager: FieldManager.operations
            )
            return try note(bytes, object.resource, for: cluster)
        } catch {
            guard error.isAlreadyExists, let bytes = try await client.get(object.resource, object.key) else {
                throw error
            }
            let found = try note(bytes, object.resource, for: cluster)
            guard isOurs(found, as: object.content) else {
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
    private func isOurs(_ found: JSONValue, as intended: JSONValue) -> Bool {
        guard let labels = intended.at("metadata", "labels")?.object, !labels.isEmpty else { return false }
        return labels.allSatisfy { label in found.at("metadata", "labels", label.name) == label.value }
    }

    private func delete(
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ propagation: DeletionPropagation,
        uid: String?
    ) async throws {
        let policy: PropagationPolicy =
            switch propagation {
            case .background: .background
            case .foreground: .foreground
            case .orphan: .orphan
            }
        do throws(APIError) {
            _ = try await client.delete(resource, key, DeleteOptions(propagationPolicy: policy, uid: uid))
        } catch {
            // Another object has the name by now: the one that was meant is gone.
            guard uid != nil, error.isConflict else { throw error }
        }
    }

    private func note(_ bytes: [UInt8], _ resource: ResourceType, for cluster: ObjectKey) throws(APIError) -> JSONValue
    {
        let object: JSONValue
        do {
            object = try JSONValue(parsing: bytes)
        } catch {
            throw APIError(
                .invalidAnswer("The answer is no \(resource.kind): \(error)"),
                RequestLine(method: "WRITE", path: resource.plural)
            )
        }
        if let version = object.at("metadata", "resourceVersion")?.string {
            pending.note(resource, cluster, resourceVersion: version)
        }
        return object
    }

    private func reference(_ resource: ResourceType, _ object: JSONValue) -> ObjectReference {
        ObjectReference(
            apiVersion: resource.apiVersion,
            kind: resource.kind,
            name: object.at("metadata", "name")?.string ?? "",
            uid: object.at("metadata", "uid")?.string
        )
    }
}
