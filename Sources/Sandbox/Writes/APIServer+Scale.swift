import JSON
import KubernetesAPI

extension APIServer {
    /// Answers a request to an object's scale (autoscaling/v1): how many replicas it has and shall have.
    func answerScale(
        _ request: APIRequest,
        _ kind: ServedKind,
        _ target: RequestTarget,
        name: String,
        _ scale: ServedKind.Scale
    ) throws(APIFailure) -> APIResponse {
        let key = ObjectKey(namespace: target.namespace ?? "", name: name)
        guard let stored = store.object(kind.storage, key) else { throw .notFound(kind.place, name) }
        let object = value(of: stored, kind)
        if ["GET", "HEAD"].contains(request.method) { return .json(Self.scale(of: object, scale)) }

        let wanted: JSONValue
        let options: WriteOptions
        switch request.method {
        case "PUT":
            options = try WriteOptions(request, kind: "UpdateOptions")
            wanted = try RequestBody.yaml(request.body) { "error decoding Scale: \($0)" }
        case "PATCH":
            guard let type = PatchType(rawValue: request.contentType), type != .apply else {
                throw .unsupportedMediaType(PatchType.accepted(isCustom: true))
            }
            options = try WriteOptions(request, kind: "PatchOptions")
            let patch = try RequestBody.yaml(request.body) { "error decoding patch: \($0)" }
            wanted = try type.apply(patch, to: Self.scale(of: object, scale), kind)
        default: throw .methodNotAllowed
        }
        guard let replicas = wanted.at("spec", "replicas")?.integer, replicas >= 0 else {
            let value = GoText.shown(wanted.at("spec", "replicas") ?? .null)
            throw .invalid(
                kind: "Scale",
                group: "autoscaling",
                name: name,
                [.invalid("spec.replicas", value, "should be a non-negative integer")]
            )
        }
        let revision = wanted.at("metadata", "resourceVersion")
        var write = Write(kind, subresource: "scale", .update, options)
        let written = try modify(key, &write) { (old: JSONValue) throws(APIFailure) in
            var new = old
            Self.set(&new, scale.specReplicas[...], .integer(replicas))
            if let revision { new["metadata", "resourceVersion"] = revision }
            return new
        }
        var response = APIResponse.json(Self.scale(of: written.object, scale))
        for warning in written.warnings { response.warn(warning) }
        return response
    }

    private static func scale(of object: JSONValue, _ scale: ServedKind.Scale) -> JSONValue {
        var metadata: JSONValue = [:]
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = object.at("metadata", field)
        }
        var status: JSONValue = ["replicas": get(object, scale.statusReplicas) ?? 0]
        if let path = scale.labelSelector, let selector = get(object, path)?.string {
            status["selector"] = .string(selector)
        }
        let replicas = get(object, scale.specReplicas) ?? 0
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": replicas == 0 ? [:] : ["replicas": replicas], "status": status,
        ]
    }

    private static func get(_ object: JSONValue, _ path: [String]) -> JSONValue? {
        path.reduce(Optional(object)) { $0?[$1] }
    }

    private static func set(_ object: inout JSONValue, _ path: ArraySlice<String>, _ value: JSONValue) {
        guard let first = path.first else {
            object = value
            return
        }
        var inner = object[first] ?? [:]
        set(&inner, path.dropFirst(), value)
        object[first] = inner
    }
}
