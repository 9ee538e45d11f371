import JSON
import KubernetesAPI

/// Stateful sets as both operators write them.
enum PerconaSets {
    /// The write that brings a set to what it should be; nil when it is.
    ///
    /// What was written last is known by a hash, so that a change somebody else makes in a set is not taken back before
    /// the next change of the cluster.
    static func action(for wanted: JSONValue, _ existing: JSONValue) -> APIAction? {
        var change: JSONValue = [:]
        let annotations = [
            Percona.Annotation.lastConfiguration, WorkloadMachine.complaintAnnotation, RequestedFailure.annotation,
        ]
        var annotated = JSONObject()
        for name in annotations where wanted.annotation(name) != existing.annotation(name) {
            annotated[name] = wanted.annotation(name).map(JSONValue.string) ?? .null
        }
        if !annotated.isEmpty { change["metadata"] = ["annotations": .object(annotated)] }
        let hash = Percona.Annotation.lastConfiguration
        if wanted.annotation(hash) != existing.annotation(hash), var spec = wanted["spec"] {
            spec["volumeClaimTemplates"] = nil
            spec["selector"] = nil
            spec["serviceName"] = nil
            // The template is replaced as a whole: what is no longer wanted in it goes.
            let former = existing["spec"] ?? [:]
            change["spec"] = JSONMergePatch.difference(
                from: ["template": former["template"] ?? [:]],
                to: ["template": spec["template"] ?? [:]]
            )
            var rest = spec
            rest["template"] = nil
            change["spec"] = JSONMergePatch.apply(rest, to: change["spec"] ?? [:])
        }
        return change.object?.isEmpty == true
            ? nil : .patch(ObjectReference(.statefulSet, existing.objectKey), change)
    }

    /// What the API server answers to a change of the volumes of a set; nil when they are the same.
    static func refusal(of wanted: JSONValue, _ existing: JSONValue) -> String? {
        func comparable(_ set: JSONValue) -> JSONValue {
            let templates = (set.at("spec", "volumeClaimTemplates")?.array ?? []).map { template -> JSONValue in
                let text = template.at("spec", "resources", "requests", "storage")?.string ?? ""
                let size = Quantity(text).map { "\($0.nano)" } ?? text
                var spec = template["spec"] ?? [:]
                spec["resources"] = ["requests": ["storage": .string(size)]]
                // The API server fills it in, in what it stores as in what it compares that with.
                if spec["volumeMode"] == nil { spec["volumeMode"] = "Filesystem" }
                return [template.objectName: spec]
            }
            return .array(templates)
        }
        guard comparable(wanted) != comparable(existing) else { return nil }
        return
            "StatefulSet.apps \"\(wanted.objectName)\" is invalid: spec: Forbidden: \(BuiltInRules.statefulSetRefusal)"
    }

    /// The size that a set was made with.
    static func storage(of set: JSONValue) -> String? {
        set.at("spec", "volumeClaimTemplates")?[0]?.at("spec", "resources", "requests", "storage")?.string
    }
}
