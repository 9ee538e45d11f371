import JSON
import KubernetesAPI

extension EventNote {
    /// The events.k8s.io/v1 object; cluster-scoped objects have their events in the namespace `default`.
    func json(named key: ObjectKey, at time: Timestamp, controller: String, instance: String) -> JSONValue {
        var event: JSONValue = [
            "apiVersion": .string(ResourceType.event.apiVersion),
            "kind": .string(ResourceType.event.kind),
            "metadata": ["namespace": .string(key.namespace), "name": .string(key.name)],
            "eventTime": .string(time.withMicroseconds),
            "reportingController": .string(controller),
            "reportingInstance": .string(instance),
            "type": .string(severity.rawValue),
            "reason": .string(reason),
            "action": .string(action),
            "note": .string(note),
            "regarding": regarding.json,
        ]
        if let related { event["related"] = related.json }
        return event
    }

    /// The key of a new event about the object; unique because no two notes come in the same nanosecond.
    func newKey(nanoseconds: Int64) -> ObjectKey {
        let object = regarding.key
        return ObjectKey(
            namespace: object.namespace.isEmpty ? "default" : object.namespace,
            name: "\(object.name.prefix(200)).\(String(nanoseconds, radix: 16))"
        )
    }
}

extension EventSubject {
    var json: JSONValue {
        var reference: JSONValue = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(key.name),
        ]
        if !key.namespace.isEmpty { reference["namespace"] = .string(key.namespace) }
        if !uid.isEmpty { reference["uid"] = .string(uid) }
        return reference
    }
}
