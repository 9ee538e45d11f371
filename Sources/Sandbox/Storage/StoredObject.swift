import JSON
import KubernetesAPI

/// The place of one kind's objects: its group and plural name, since all versions of a kind share their storage.
struct GroupResource: Hashable, Sendable, CustomStringConvertible {
    let group: String
    let plural: String

    init(group: String, plural: String) {
        self.group = group
        self.plural = plural
    }

    init(_ resource: ResourceType) { self.init(group: resource.group, plural: resource.plural) }

    var description: String { group.isEmpty ? plural : "\(plural).\(group)" }
}

/// One revision of one object.
///
/// The bytes are kept, not the value: reads, lists and watches hand them out as they are. They hold neither apiVersion
/// nor kind, because those depend on the version that is asked for.
final class StoredObject: Sendable {
    let key: ObjectKey
    /// "namespace/name", the order of lists.
    let path: String
    let revision: UInt64
    let uid: String
    let labels: [String: String]
    /// The compact object without apiVersion and kind; it always begins with a brace and a field.
    let body: [UInt8]

    init(_ content: JSONValue, revision: UInt64) {
        var content = content
        var metadata = content["metadata"] ?? [:]
        metadata["resourceVersion"] = .string(String(revision))
        let key = ObjectKey(
            namespace: metadata["namespace"]?.string ?? "",
            name: metadata["name"]?.string ?? ""
        )
        self.key = key
        path = Self.path(key)
        self.revision = revision
        uid = metadata["uid"]?.string ?? ""
        var labels: [String: String] = [:]
        for field in metadata["labels"]?.object ?? [:] { labels[field.name] = field.value.string }
        self.labels = labels
        content["metadata"] = metadata
        content["apiVersion"] = nil
        content["kind"] = nil
        body = content.serialized()
    }

    /// The object as a value, without apiVersion and kind.
    var content: JSONValue {
        // The bytes are our own writer's, so they are always JSON.
        (try? JSONValue(parsing: body)) ?? [:]
    }

    /// The object as a value in one of its versions.
    func value(as resource: ResourceType) -> JSONValue {
        var value = content
        value["apiVersion"] = .string(resource.apiVersion)
        value["kind"] = .string(resource.kind)
        return value
    }

    /// The same object as it is told by an event of a later revision.
    func restamped(_ revision: UInt64) -> StoredObject { StoredObject(content, revision: revision) }

    static func path(_ key: ObjectKey) -> String {
        key.namespace.isEmpty ? key.name : "\(key.namespace)/\(key.name)"
    }
}
