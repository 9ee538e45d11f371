package import JSON
package import KubernetesAPI

/// A request to the API server as a value; building one does no I/O.
package struct APIRequest: Sendable, Equatable {
    package var method: String
    /// Not yet encoded, without the server's own prefix.
    package var path: String
    package var query: [QueryItem]
    package var body: [UInt8]?
    package var contentType: String?
    /// The media types that are asked for, in the form of an Accept header.
    package var accept = "application/json"

    package init(
        _ method: String,
        _ path: String,
        query: [QueryItem] = [],
        body: [UInt8]? = nil,
        contentType: String? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.contentType = contentType
    }

    /// Path and query, encoded.
    package var target: String {
        let encoded = PercentEncoding.path(path)
        guard !query.isEmpty else { return encoded }
        let items = query.map { PercentEncoding.query($0.name) + "=" + PercentEncoding.query($0.value) }
        return encoded + "?" + items.joined(separator: "&")
    }
}

// MARK: - One for each verb

extension APIRequest {
    package static func get(_ resource: ResourceType, _ key: ObjectKey) throws(APIError) -> APIRequest {
        APIRequest("GET", try path("GET", resource, key))
    }

    package static func list(_ resource: ResourceType, namespace: String?, _ options: ListOptions) -> APIRequest {
        var request = APIRequest("GET", resource.path(namespace: namespace), query: options.query)
        if options.isMetadataOnly { request.accept = metadataOnly("PartialObjectMetadataList") }
        return request
    }

    package static func watch(_ resource: ResourceType, namespace: String?, _ options: WatchOptions) -> APIRequest {
        var request = APIRequest("GET", resource.path(namespace: namespace), query: options.query)
        if options.isMetadataOnly { request.accept = metadataOnly("PartialObjectMetadata") }
        return request
    }

    /// Objects cut down to their metadata by the server (meta.k8s.io/v1), whole ones from a server that cannot.
    private static func metadataOnly(_ kind: String) -> String {
        "application/json;as=\(kind);g=meta.k8s.io;v=v1,application/json"
    }

    package static func create(
        _ resource: ResourceType,
        namespace: String?,
        _ object: JSONValue,
        fieldManager: String,
        fieldValidation: FieldValidation = .strict,
        dryRun: Bool = false
    ) -> APIRequest {
        APIRequest(
            "POST",
            resource.path(namespace: namespace),
            query: writeQuery(fieldManager, fieldValidation, dryRun: dryRun),
            body: object.serialized(),
            contentType: "application/json"
        )
    }

    package static func apply(
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ object: JSONValue,
        fieldManager: String,
        force: Bool,
        subresource: String? = nil,
        dryRun: Bool = false
    ) throws(APIError) -> APIRequest {
        var query = writeQuery(fieldManager, .strict, dryRun: dryRun)
        query.append(QueryItem("force", force ? "true" : "false"))
        return APIRequest(
            "PATCH",
            try path("PATCH", resource, key, subresource),
            query: query,
            body: object.serialized(),
            // JSON is YAML, and every server that knows server-side apply takes this type.
            contentType: "application/apply-patch+yaml"
        )
    }

    package static func patch(
        _ resource: ResourceType,
        _ key: ObjectKey,
        type: PatchType,
        _ body: JSONValue,
        fieldManager: String,
        subresource: String? = nil
    ) throws(APIError) -> APIRequest {
        APIRequest(
            "PATCH",
            try path("PATCH", resource, key, subresource),
            query: writeQuery(fieldManager, .strict),
            body: body.serialized(),
            contentType: type.contentType
        )
    }

    package static func replace(
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ object: JSONValue,
        fieldManager: String,
        subresource: String? = nil
    ) throws(APIError) -> APIRequest {
        APIRequest(
            "PUT",
            try path("PUT", resource, key, subresource),
            query: writeQuery(fieldManager, .strict),
            body: object.serialized(),
            contentType: "application/json"
        )
    }

    package static func delete(
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ options: DeleteOptions
    ) throws(APIError) -> APIRequest {
        var body: JSONValue = ["apiVersion": "v1", "kind": "DeleteOptions"]
        body["propagationPolicy"] = options.propagationPolicy.map { .string($0.rawValue) }
        body["gracePeriodSeconds"] = options.gracePeriodSeconds.map { .integer(Int64($0)) }
        var preconditions: JSONValue = [:]
        preconditions["uid"] = options.uid.map(JSONValue.string)
        preconditions["resourceVersion"] = options.resourceVersion.map(JSONValue.string)
        if preconditions != [:] { body["preconditions"] = preconditions }
        return APIRequest(
            "DELETE",
            try path("DELETE", resource, key),
            body: body.serialized(),
            contentType: "application/json"
        )
    }

    private static func writeQuery(
        _ fieldManager: String,
        _ validation: FieldValidation,
        dryRun: Bool = false
    ) -> [QueryItem] {
        var query = [
            QueryItem("fieldManager", fieldManager),
            QueryItem("fieldValidation", validation.rawValue),
        ]
        if dryRun { query.append(QueryItem("dryRun", "All")) }
        return query
    }

    /// The path of one object.
    ///
    /// A name often comes from what a user wrote. One that is empty would make the path that of the whole collection,
    /// and one with a slash that of something else; neither can exist, so nothing is asked.
    private static func path(
        _ method: String,
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ subresource: String? = nil
    ) throws(APIError) -> String {
        guard isSegment(key.name), !resource.isNamespaced || isSegment(key.namespace) else {
            throw APIError(
                .invalidRequest("“\(key)” cannot be the name of a \(resource.kind); nothing was sent."),
                RequestLine(method: method, path: resource.path(namespace: nil))
            )
        }
        let namespace = resource.isNamespaced ? key.namespace : nil
        return resource.path(namespace: namespace, name: key.name, subresource: subresource)
    }

    private static func isSegment(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".."
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }
    }
}
