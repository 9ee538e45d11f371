import JSON
import KubernetesAPI

/// The fields of any object that the controllers read.
extension JSONValue {
    var objectName: String { at("metadata", "name")?.string ?? "" }
    var objectNamespace: String { at("metadata", "namespace")?.string ?? "" }
    var objectUID: String { at("metadata", "uid")?.string ?? "" }
    var objectKey: ObjectKey { ObjectKey(namespace: objectNamespace, name: objectName) }
    var isBeingDeleted: Bool { at("metadata", "deletionTimestamp")?.string != nil }

    var finalizers: [String] { at("metadata", "finalizers")?.array?.compactMap(\.string) ?? [] }

    func label(_ name: String) -> String? { at("metadata", "labels")?[name]?.string }
    func annotation(_ name: String) -> String? { at("metadata", "annotations")?[name]?.string }

    /// The strings of an object of strings, as labels and annotations are.
    var strings: [String: String] {
        var result: [String: String] = [:]
        for field in object ?? [:] { result[field.name] = field.value.string }
        return result
    }

    /// The status ("True", "False", "Unknown") of a condition, or nil when it is not there.
    func conditionStatus(_ type: String) -> String? { condition(type)?["status"]?.string }

    /// The condition of that type in `status.conditions`.
    func condition(_ type: String) -> JSONValue? {
        at("status", "conditions")?.array?.first { $0["type"]?.string == type }
    }

    /// A patch that takes one finalizer away, refused when the object has changed since it was read.
    func patchRemoving(finalizer: String) -> JSONValue {
        let rest = finalizers.filter { $0 != finalizer }
        var metadata: JSONObject = ["finalizers": rest.isEmpty ? .null : JSONValue(rest)]
        metadata["resourceVersion"] = at("metadata", "resourceVersion")
        return ["metadata": .object(metadata)]
    }
}

/// Failures that a user asks for with the annotation `sandbox.dbaas.io/fail`, a list with commas.
enum RequestedFailure {
    static let annotation = "sandbox.dbaas.io/fail"

    /// The words of the annotation on an object.
    static func words(on object: JSONValue) -> Set<String> {
        let text = object.annotation(annotation) ?? ""
        return Set(text.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init))
    }

    static func isAsked(_ word: String, on object: JSONValue) -> Bool { words(on: object).contains(word) }
}
