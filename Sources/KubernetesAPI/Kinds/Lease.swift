package import JSON

/// The record by which replicas agree on their leader (coordination.k8s.io/v1).
///
/// It is the one object this program replaces as a whole, so fields it does not know stay as they were read.
package struct Lease: KubernetesObject, Equatable {
    /// The object's metadata.
    package let metadata: ObjectMeta
    /// Who leads; empty when nobody does.
    package var holderIdentity = ""
    /// How long after its last renewal others wait before they take it, in seconds.
    package var leaseDurationSeconds: Int64 = 0
    /// When the present leader got it.
    package var acquireTime: Timestamp?
    /// When the present leader last said that it is there.
    package var renewTime: Timestamp?
    /// How often it went from one leader to another.
    package var leaseTransitions: Int64 = 0

    private var content: JSONValue

    /// A lease that is to be created.
    package init(namespace: String, name: String) {
        metadata = ObjectMeta(name: name, namespace: namespace)
        content = [
            "apiVersion": .string(ResourceType.lease.apiVersion), "kind": .string(ResourceType.lease.kind),
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
        ]
    }

    /// The kind.
    package static let kind = ObjectKind<Lease>(resource: .lease) { (element) throws(JSONError) in
        try Lease(from: element)
    }

    /// Reads an object as the API server gives it.
    package init(from element: JSONElement) throws(JSONError) {
        var metadata = ObjectMeta(name: "")
        var spec: JSONElement?
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec": spec = value
            default: break
            }
        }
        self.metadata = metadata
        content = element.value(omitting: "metadata", "managedFields")
        do throws(JSONError) { try spec.map { (spec) throws(JSONError) in try readSpec(spec) } } catch {
            throw error.under("spec")
        }
    }

    private mutating func readSpec(_ element: JSONElement) throws(JSONError) {
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "holderIdentity": holderIdentity = try value.asString()
            case "leaseDurationSeconds": leaseDurationSeconds = try value.asInteger()
            case "acquireTime": acquireTime = try Timestamp(from: value)
            case "renewTime": renewTime = try Timestamp(from: value)
            case "leaseTransitions": leaseTransitions = try value.asInteger()
            default: break
            }
        }
    }

    /// The whole object to create or replace, with the version it was read at.
    package var json: JSONValue {
        var spec = content["spec"] ?? [:]
        spec["holderIdentity"] = .string(holderIdentity)
        // The server takes no duration below one second.
        spec["leaseDurationSeconds"] = leaseDurationSeconds > 0 ? .integer(leaseDurationSeconds) : nil
        spec["acquireTime"] = acquireTime.map { .string($0.withMicroseconds) }
        spec["renewTime"] = renewTime.map { .string($0.withMicroseconds) }
        spec["leaseTransitions"] = .integer(leaseTransitions)
        var object = content
        object["spec"] = spec
        return object
    }
}
