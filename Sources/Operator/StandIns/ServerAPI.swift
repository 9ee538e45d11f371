import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Sandbox

/// An API server in another process, as the stand-ins use it.
///
/// It reads anew each time, so that nothing is decided on an old view. A read that fails is repeated until the server
/// answers: to a stand-in, "not there" must never mean "not known".
struct ServerAPI: FollowedAPI {
    let client: KubernetesClient
    let fieldManager: String
    let logger: Logger

    func get(_ resource: ResourceType, _ key: ObjectKey) async -> JSONValue? {
        await untilAnswered { () async throws(APIError) in
            try await client.get(resource, key).map { bytes throws(APIError) in try Self.value(bytes, resource) }
        } ?? nil
    }

    func list(_ resource: ResourceType, namespace: String?, labels: [String: String]) async -> [JSONValue] {
        let selector = labels.isEmpty ? nil : labels.map { "\($0)=\($1)" }.sorted().joined(separator: ",")
        return await untilAnswered { () async throws(APIError) in
            var objects: [JSONValue] = []
            _ = try await client.listAll(resource, namespace: namespace, ListOptions(labelSelector: selector)) {
                (page) throws(APIError) in
                if page.isFirst { objects = [] }
                objects += try Self.value(page.bytes, resource)["items"]?.array ?? []
            }
            return objects
        } ?? []
    }

    func isServed(_ resource: ResourceType) async -> Bool {
        guard resource.group.contains("."), !resource.group.hasSuffix(".k8s.io") else { return true }
        let name = "\(resource.plural).\(resource.group)"
        let definition = await get(.customResourceDefinition, ObjectKey(namespace: "", name: name))
        return definition?.at("status", "conditions")?.array?.contains {
            $0["type"] == "Established" && $0["status"] == "True"
        } ?? false
    }

    func create(_ resource: ResourceType, _ object: JSONValue) async throws(APIFailure) -> JSONValue {
        var object = object
        object["apiVersion"] = .string(resource.apiVersion)
        object["kind"] = .string(resource.kind)
        let namespace = object.at("metadata", "namespace")?.string
        return try await writing("create", resource, object.at("metadata", "name")?.string) { () throws(APIError) in
            try await client.create(resource, namespace: namespace, object, fieldManager: fieldManager)
        }
    }

    func update(
        _ resource: ResourceType,
        _ object: JSONValue,
        subresource: String?
    ) async throws(APIFailure) -> JSONValue {
        let metadata = object["metadata"]
        let key = ObjectKey(
            namespace: metadata?["namespace"]?.string ?? "",
            name: metadata?["name"]?.string ?? ""
        )
        var object = object
        object["apiVersion"] = .string(resource.apiVersion)
        object["kind"] = .string(resource.kind)
        return try await writing("update", resource, key.name) { () throws(APIError) in
            try await client.replace(resource, key, object, fieldManager: fieldManager, subresource: subresource)
        }
    }

    func patch(
        _ resource: ResourceType,
        _ key: ObjectKey,
        merge: JSONValue,
        subresource: String?
    ) async throws(APIFailure) -> JSONValue {
        if resource == .pod, let node = merge.at("spec", "nodeName") { return try await bind(key, to: node) }
        return try await writing("patch", resource, key.name) { () throws(APIError) in
            try await client.patch(
                resource,
                key,
                type: .merge,
                merge,
                fieldManager: fieldManager,
                subresource: subresource
            )
        }
    }

    func delete(
        _ resource: ResourceType,
        _ key: ObjectKey,
        propagation: DeletionPropagation
    ) async throws(APIFailure) {
        var options = DeleteOptions(propagationPolicy: PropagationPolicy(rawValue: propagation.rawValue))
        // There is no kubelet to say the last word.
        if resource == .pod { options.gracePeriodSeconds = 0 }
        do {
            guard try await client.delete(resource, key, options) else {
                throw APIFailure(code: 404, reason: "NotFound", message: "\(resource) \"\(key.name)\" not found")
            }
        } catch let error as APIError {
            throw failure(error, "delete", resource, key.name)
        } catch let failure as APIFailure {
            throw failure
        } catch {
            throw APIFailure(code: 500, reason: "", message: "\(error)")
        }
    }

    /// A pod's node is not a field that can be written: it is bound.
    private func bind(_ key: ObjectKey, to node: JSONValue) async throws(APIFailure) -> JSONValue {
        let binding: JSONValue = [
            "apiVersion": "v1", "kind": "Binding", "metadata": ["name": .string(key.name)],
            "target": ["apiVersion": "v1", "kind": "Node", "name": node],
        ]
        return try await writing("bind", .pod, key.name) { () throws(APIError) in
            let path = ResourceType.pod.path(namespace: key.namespace, name: key.name, subresource: "binding")
            return try await client.raw("POST", path, body: binding)
        }
    }
}

extension ServerAPI {
    func follow(_ resources: [ResourceType], _ tell: @escaping @Sendable (ResourceChange) async -> Bool) async {
        let (changes, told) = AsyncStream<ResourceChange>.makeStream()
        let definitions = ObjectStore<PartialObject>(resource: .customResourceDefinition)
        let installed = InstalledKinds(definitions)
        var reflectors: [Reflector<PartialObject>] = []
        for resource in resources {
            let store =
                resource == .customResourceDefinition ? definitions : ObjectStore<PartialObject>(resource: resource)
            store.onChange { change in told.yield(ResourceChange(resource: resource, key: change.key)) }
            reflectors.append(reflector(store, installed))
        }
        if !resources.contains(.customResourceDefinition) { reflectors.append(reflector(definitions, installed)) }
        await withTaskGroup(of: Void.self) { group in
            for reflector in reflectors { group.addTask { try? await reflector.run() } }
            group.addTask { for await change in changes where await !tell(change) { return } }
            // Reflectors never end by themselves.
            await group.next()
            group.cancelAll()
        }
    }

    private func reflector(
        _ store: ObjectStore<PartialObject>,
        _ installed: InstalledKinds
    ) -> Reflector<PartialObject> {
        let kind = ObjectKind<PartialObject>(resource: store.resource, decode: PartialObject.definitions.decode)
        return Reflector(
            kind: kind,
            store: store,
            source: CollectionSource(client, store.resource, isMetadataOnly: true),
            installed: installed,
            logger: logger
        )
    }

    /// The answer to a read; nil only when the task is cancelled.
    private func untilAnswered<Answer>(_ read: () async throws(APIError) -> Answer) async -> Answer? {
        while !Task.isCancelled {
            do throws(APIError) {
                return try await read()
            } catch {
                if error.isNotFound { return nil }
                logger.info("A read is repeated", metadata: ["reason": "\(error)"])
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
        return nil
    }

    private func writing(
        _ verb: String,
        _ resource: ResourceType,
        _ name: String?,
        _ write: () async throws(APIError) -> [UInt8]
    ) async throws(APIFailure) -> JSONValue {
        do throws(APIError) {
            return try Self.value(try await write(), resource)
        } catch {
            throw failure(error, verb, resource, name ?? "")
        }
    }

    private func failure(_ error: APIError, _ verb: String, _ resource: ResourceType, _ name: String) -> APIFailure {
        if !error.isConflict, !error.isAlreadyExists, !error.isNotFound, !error.isCancelled {
            logger.warning("The server refuses: \(error)", metadata: ["write": "\(verb) \(resource) \(name)"])
        }
        let status = error.status
        return APIFailure(code: status?.code ?? 503, reason: status?.reason ?? "", message: error.message)
    }

    private static func value(_ bytes: [UInt8], _ resource: ResourceType) throws(APIError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: bytes)
        } catch {
            throw APIError(
                .invalidAnswer("The answer is no JSON: \(error)"),
                RequestLine(method: "", path: resource.path(namespace: nil))
            )
        }
    }
}
