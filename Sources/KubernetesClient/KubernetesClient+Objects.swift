package import JSON
package import KubernetesAPI

// MARK: - Reading

extension KubernetesClient {
    /// Reads an object as the server wrote it; nil when it, or its kind, does not exist.
    package func get(_ resource: ResourceType, _ key: ObjectKey) async throws(APIError) -> [UInt8]? {
        let request = try APIRequest.get(resource, key)
        do throws(APIError) {
            return try await sendForJSON(request)
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// Reads an object; nil when it, or its kind, does not exist.
    package func get<Object>(_ kind: ObjectKind<Object>, _ key: ObjectKey) async throws(APIError) -> Object? {
        guard let bytes = try await get(kind.resource, key) else { return nil }
        return try decode(bytes, by: kind, try APIRequest.get(kind.resource, key))
    }

    /// Reads one page of a collection, as the server wrote it.
    ///
    /// - Parameters:
    ///   - resource: What to list.
    ///   - namespace: Nil = in all namespaces.
    ///   - options: Which page and which objects.
    package func list(
        _ resource: ResourceType,
        namespace: String?,
        _ options: ListOptions = ListOptions()
    ) async throws(APIError) -> [UInt8] {
        try await sendForJSON(.list(resource, namespace: namespace, options))
    }

    /// Reads a whole collection page by page, and gives the version it has.
    ///
    /// When a continuation expires on the way, the list begins anew: see ``ListPage/isFirst``.
    package func listAll(
        _ resource: ResourceType,
        namespace: String?,
        _ options: ListOptions = ListOptions(),
        onPage: (ListPage) throws(APIError) -> Void
    ) async throws(APIError) -> String {
        var pager = ListPager(options)
        var version = ""
        while !pager.isDone {
            let request = APIRequest.list(resource, namespace: namespace, pager.next)
            let bytes: [UInt8]
            do throws(APIError) {
                bytes = try await sendForJSON(request)
            } catch {
                guard error.isExpired, pager.expired() else { throw error }
                continue
            }
            let page = try ListMetadata(bytes, RequestLine(method: request.method, path: request.path))
            let isFirst = pager.isAtStart
            version = page.resourceVersion
            pager.received(continuation: page.continuation)
            try onPage(ListPage(bytes: bytes, isFirst: isFirst, resourceVersion: version))
        }
        return version
    }

    /// Watches a collection; returns when the server has agreed.
    ///
    /// - Parameters:
    ///   - resource: What to watch.
    ///   - namespace: Nil = in all namespaces.
    ///   - options: Which objects, and from which version on.
    package func watch(
        _ resource: ResourceType,
        namespace: String?,
        _ options: WatchOptions
    ) async throws(APIError) -> WatchStream {
        let request = APIRequest.watch(resource, namespace: namespace, options)
        let idle = options.timeoutSeconds.map { Duration.seconds($0 + 5) }
        let stream = try await open(request, idleTimeout: idle)
        return WatchStream(stream, RequestLine(method: request.method, path: request.path))
    }
}

// MARK: - Writing

extension KubernetesClient {
    /// Creates an object and gives it as stored; one that is there already is thrown as `isAlreadyExists`.
    package func create(
        _ resource: ResourceType,
        namespace: String?,
        _ object: JSONValue,
        fieldManager: String,
        fieldValidation: FieldValidation = .strict,
        dryRun: Bool = false
    ) async throws(APIError) -> [UInt8] {
        try await sendForJSON(
            .create(
                resource,
                namespace: namespace,
                object,
                fieldManager: fieldManager,
                fieldValidation: fieldValidation,
                dryRun: dryRun
            )
        )
    }

    /// Applies the whole of our intent (server-side apply) and gives the object as stored.
    ///
    /// - Parameters:
    ///   - resource: The object's type.
    ///   - key: The object's name; it is created when it does not exist.
    ///   - object: `apiVersion`, `kind`, `metadata.name` and every field that we want to own, no other.
    ///   - fieldManager: Who owns the fields; what it owned before and is left out now is given up.
    ///   - force: Takes fields over from other managers instead of answering with a conflict.
    ///   - subresource: `status`, for instance.
    ///   - dryRun: Answers as if, and stores nothing.
    package func apply(
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ object: JSONValue,
        fieldManager: String,
        force: Bool,
        subresource: String? = nil,
        dryRun: Bool = false
    ) async throws(APIError) -> [UInt8] {
        try await sendForJSON(
            try .apply(
                resource,
                key,
                object,
                fieldManager: fieldManager,
                force: force,
                subresource: subresource,
                dryRun: dryRun
            )
        )
    }

    /// Changes some fields of an object that exists, and gives it as stored.
    package func patch(
        _ resource: ResourceType,
        _ key: ObjectKey,
        type: PatchType,
        _ body: JSONValue,
        fieldManager: String,
        subresource: String? = nil
    ) async throws(APIError) -> [UInt8] {
        try await sendForJSON(
            try .patch(resource, key, type: type, body, fieldManager: fieldManager, subresource: subresource)
        )
    }

    /// Replaces an object; the `metadata.resourceVersion` in it guards against lost updates.
    package func replace(
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ object: JSONValue,
        fieldManager: String,
        subresource: String? = nil
    ) async throws(APIError) -> [UInt8] {
        try await sendForJSON(
            try .replace(resource, key, object, fieldManager: fieldManager, subresource: subresource)
        )
    }

    /// Deletes an object; false when it was not there.
    ///
    /// True says that the deletion is accepted: with finalizers the object stays until they are gone. An object that
    /// breaks a precondition is thrown as `isConflict`.
    package func delete(
        _ resource: ResourceType,
        _ key: ObjectKey,
        _ options: DeleteOptions = DeleteOptions()
    ) async throws(APIError) -> Bool {
        let request = try APIRequest.delete(resource, key, options)
        do throws(APIError) {
            _ = try await send(request)
            return true
        } catch {
            guard error.isNotFound else { throw error }
            return false
        }
    }

    /// Any other request, as `GET /version`; the body is given whatever it is.
    package func raw(
        _ method: String,
        _ path: String,
        query: [QueryItem] = [],
        body: JSONValue? = nil,
        contentType: String = "application/json"
    ) async throws(APIError) -> [UInt8] {
        let bytes = body?.serialized()
        return try await send(
            APIRequest(method, path, query: query, body: bytes, contentType: bytes == nil ? nil : contentType)
        )
    }
}

// MARK: - Decoding

extension KubernetesClient {
    /// Sends a request whose good answer is JSON.
    private func sendForJSON(_ request: APIRequest) async throws(APIError) -> [UInt8] {
        let body = try await send(request)
        try APIError.checkJSON(body, RequestLine(method: request.method, path: request.path))
        return body
    }

    private func decode<Object>(
        _ bytes: [UInt8],
        by kind: ObjectKind<Object>,
        _ request: APIRequest
    ) throws(APIError) -> Object {
        do throws(JSONError) {
            return try JSONDocument.decode(bytes) { element throws(JSONError) in try kind.decode(element) }
        } catch {
            throw APIError(
                .invalidAnswer("The answer is no \(kind.resource.kind) that can be read: \(error)"),
                RequestLine(method: request.method, path: request.path)
            )
        }
    }
}

/// What a list says of itself.
struct ListMetadata: Equatable {
    var resourceVersion = ""
    var continuation = ""

    init(_ bytes: [UInt8], _ request: RequestLine) throws(APIError) {
        do throws(JSONError) {
            self = try JSONDocument.decode(bytes) { element throws(JSONError) in ListMetadata(element) }
        } catch {
            throw APIError(.invalidAnswer("The answer is no list that can be read: \(error)"), request)
        }
    }

    private init(_ element: JSONElement) {
        guard let metadata = element["metadata"] else { return }
        resourceVersion = metadata["resourceVersion"]?.string ?? ""
        continuation = metadata["continue"]?.string ?? ""
    }
}
