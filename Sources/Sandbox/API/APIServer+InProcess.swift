import JSON
import KubernetesAPI

/// The calls of ``InProcessClient``, which end where requests end.
extension APIServer {
    func isServed(_ resource: ResourceType) -> Bool { catalogue.kind(resource) != nil }

    func read(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue? {
        guard let kind = catalogue.kind(resource), let stored = store.object(kind.storage, key) else { return nil }
        return value(of: stored, kind)
    }

    func readAll(_ resource: ResourceType, namespace: String?, labels: [String: String]) -> [JSONValue] {
        guard let kind = catalogue.kind(resource) else { return [] }
        return store.snapshot(kind.storage, namespace: namespace).objects
            .filter { object in labels.allSatisfy { object.labels[$0.key] == $0.value } }
            .map { value(of: $0, kind) }
    }

    func create(_ resource: ResourceType, _ object: JSONValue, manager: String) throws(APIFailure) -> JSONValue {
        let kind = try served(resource)
        var object = object
        object["apiVersion"] = .string(resource.apiVersion)
        object["kind"] = .string(resource.kind)
        var write = Write(kind, .create, WriteOptions(fieldManager: manager))
        return try create(object, &write).object
    }

    func update(
        _ resource: ResourceType,
        _ object: JSONValue,
        subresource: String?,
        manager: String
    ) throws(APIFailure)
        -> JSONValue
    {
        let kind = try served(resource)
        let key = ObjectKey(
            namespace: object.at("metadata", "namespace")?.string ?? "",
            name: object.at("metadata", "name")?.string ?? ""
        )
        var object = object
        object["apiVersion"] = .string(resource.apiVersion)
        object["kind"] = .string(resource.kind)
        var write = Write(kind, subresource: subresource, .update, WriteOptions(fieldManager: manager))
        try write.admitFields(&object)
        let sent = object
        return try modify(key, &write) { (_: JSONValue) throws(APIFailure) in sent }.object
    }

    func patch(
        _ resource: ResourceType,
        _ key: ObjectKey,
        merge patch: JSONValue,
        subresource: String?,
        manager: String
    ) throws(APIFailure) -> JSONValue {
        var write = Write(
            try served(resource),
            subresource: subresource,
            .update,
            WriteOptions(fieldManager: manager)
        )
        return try self.patch(key, .merge, patch, &write).object
    }

    func delete(_ resource: ResourceType, _ key: ObjectKey, propagation: DeletionPropagation) throws(APIFailure) {
        _ = try delete(try served(resource), key, DeleteOptions(propagation: propagation))
    }

    func changes(of resources: [ResourceType]) -> ResourceChanges { ResourceChanges(store, resources) }

    private func served(_ resource: ResourceType) throws(APIFailure) -> ServedKind {
        guard let kind = catalogue.kind(resource) else { throw .noSuchResource }
        return kind
    }
}
