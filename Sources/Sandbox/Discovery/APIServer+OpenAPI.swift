import JSON
import KubernetesAPI

extension APIServer {
    /// Answers /openapi/v3 and the documents that it names.
    func answerOpenAPI(_ request: APIRequest, _ segments: [Substring]) throws(APIFailure) -> APIResponse {
        guard ["GET", "HEAD"].contains(request.method) else { throw .methodNotAllowed }
        guard segments.count >= 2, segments[1] == "v3" else { return .pageNotFound }
        let kinds = catalogue.current
        let path = segments.dropFirst(2).map(String.init)
        if path.isEmpty { return .json(OpenAPIDocument.index(kinds)) }
        let address: (group: String, version: String)? =
            switch (path[0], path.count) {
            case ("api", 2): ("", path[1])
            case ("apis", 3): (path[1], path[2])
            default: nil
            }
        guard let address, kinds.serves(group: address.group, version: address.version) else { return .pageNotFound }
        return .json(OpenAPIDocument(kinds.kinds(group: address.group, version: address.version)).json)
    }
}

/// The OpenAPI v3 description of one version of a group: enough for `kubectl explain` and for clients that ask whether
/// a write may be validated strictly or tried dry.
struct OpenAPIDocument {
    private let kinds: [ServedKind]

    init(_ kinds: [ServedKind]) { self.kinds = kinds }

    /// The documents there are, each with a hash that changes with its content.
    static func index(_ kinds: ServedKinds) -> JSONValue {
        var paths = JSONObject()
        for group in kinds.groups {
            for version in kinds.versions(of: group) {
                let path = group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
                let hash = String(kinds.generation, radix: 16)
                paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hash)")]
            }
        }
        return ["paths": .object(paths)]
    }

    var json: JSONValue {
        var paths = JSONObject()
        var schemas: JSONObject = ["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": Self.objectMeta]
        for kind in kinds {
            schemas[name(kind)] = schema(kind)
            for (path, item) in self.paths(kind) { paths[path] = item }
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "v1.36.0"], "paths": .object(paths),
            "components": ["schemas": .object(schemas)],
        ]
    }

    private func name(_ kind: ServedKind) -> String {
        let group = kind.resource.group.isEmpty ? "core" : kind.resource.group
        let reversed = group.split(separator: ".").reversed().joined(separator: ".")
        return "\(reversed).\(kind.resource.version).\(kind.resource.kind)"
    }

    private func schema(_ kind: ServedKind) -> JSONValue {
        var schema = kind.fields.openAPI
        var properties = schema["properties"] ?? [:]
        properties["apiVersion"] = [
            "type": "string",
            "description":
                "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values.",
        ]
        properties["kind"] = [
            "type": "string",
            "description":
                "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to.",
        ]
        properties["metadata"] = [
            "description": "Standard object's metadata.",
            "allOf": [["$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]],
        ]
        schema["properties"] = properties
        schema["x-kubernetes-group-version-kind"] = [gvk(kind)]
        return schema
    }

    private func gvk(_ kind: ServedKind) -> JSONValue {
        [
            "group": .string(kind.resource.group), "version": .string(kind.resource.version),
            "kind": .string(kind.resource.kind),
        ]
    }

    private func paths(_ kind: ServedKind) -> [(String, JSONValue)] {
        let root = kind.resource.group.isEmpty ? "/api/" : "/apis/\(kind.resource.group)/"
        let scope = kind.resource.isNamespaced ? "/namespaces/{namespace}/" : "/"
        let collection = root + kind.resource.version + scope + kind.resource.plural
        let operations: JSONValue = [
            "get": operation(kind, "list"),
            "post": operation(kind, "post", ["dryRun", "fieldManager", "fieldValidation"]),
        ]
        guard !kind.traits.isReview else { return [(collection, ["post": operation(kind, "post")])] }
        let item: JSONValue = [
            "get": operation(kind, "get"),
            "put": operation(kind, "put", ["dryRun", "fieldManager", "fieldValidation"]),
            "patch": operation(kind, "patch", ["dryRun", "fieldManager", "fieldValidation", "force"]),
            "delete": operation(kind, "delete", ["dryRun", "propagationPolicy"]),
        ]
        return [(collection, operations), (collection + "/{name}", item)]
    }

    private func operation(_ kind: ServedKind, _ action: String, _ parameters: [String] = []) -> JSONValue {
        let reference: JSONValue = ["$ref": .string("#/components/schemas/\(name(kind))")]
        return [
            "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": gvk(kind),
            "parameters": .array(
                parameters.map {
                    ["name": .string($0), "in": "query", "schema": ["type": "string", "uniqueItems": true]]
                }
            ),
            "responses": ["200": ["description": "OK", "content": ["application/json": ["schema": reference]]]],
        ]
    }

    private static let objectMeta: JSONValue = [
        "type": "object",
        "description": "ObjectMeta is metadata that all persisted resources must have.",
        "properties": [
            "annotations": Shape.stringMap, "labels": Shape.stringMap, "name": Shape.string,
            "namespace": Shape.string, "generateName": Shape.string, "uid": Shape.string,
            "resourceVersion": Shape.string, "generation": Shape.integer, "creationTimestamp": Shape.time,
            "deletionTimestamp": Shape.time, "deletionGracePeriodSeconds": Shape.integer,
            "finalizers": Shape.set, "managedFields": ["type": "array", "items": ["type": "object"]],
            "ownerReferences": [
                "type": "array",
                "items": [
                    "type": "object", "required": ["apiVersion", "kind", "name", "uid"],
                    "properties": [
                        "apiVersion": Shape.string, "kind": Shape.string, "name": Shape.string, "uid": Shape.string,
                        "controller": Shape.boolean, "blockOwnerDeletion": Shape.boolean,
                    ],
                ],
            ],
        ],
    ]
}
