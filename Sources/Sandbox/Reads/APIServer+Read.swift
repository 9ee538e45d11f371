import JSON
import KubernetesAPI
import YAML

extension APIServer {
    /// Answers a GET of one object.
    func read(
        _ request: APIRequest,
        _ kind: ServedKind,
        _ target: RequestTarget,
        name: String
    ) throws(APIFailure)
        -> APIResponse
    {
        let representation = try Representation(accept: request.accept, allowing: [.object, .table, .metadata])
        let key = ObjectKey(namespace: target.namespace ?? "", name: name)
        if let text = request.query["resourceVersion"], !text.isEmpty, text != "0" {
            try refuseFuture(try RequestedRevision.parse(text))
        }
        guard let stored = store.object(kind.storage, key) else { throw .notFound(kind.place, name) }
        guard representation.form == .object, !representation.isYAML else {
            return present(value(of: stored, kind), kind, representation, request)
        }
        return .json(EncodedObject.bytes(stored, kind))
    }

    /// Answers a write with the object as it is now.
    func answer(
        _ written: Written,
        to request: APIRequest,
        _ kind: ServedKind,
        status: Int
    ) throws(APIFailure)
        -> APIResponse
    {
        let representation = try Representation(accept: request.accept, allowing: [.object, .table, .metadata])
        var response = present(written.object, kind, representation, request)
        response.status = status
        for warning in written.warnings { response.warn(warning) }
        return response
    }

    /// One object in the form that the client asked for.
    private func present(
        _ object: JSONValue,
        _ kind: ServedKind,
        _ representation: Representation,
        _ request: APIRequest
    ) -> APIResponse {
        switch representation.form {
        case .table:
            let table = Table(columns: kind.columns, rowObject: rowObject(request))
            let metadata: JSONValue = ["resourceVersion": object.at("metadata", "resourceVersion") ?? ""]
            return encode(table.json([object], metadata: metadata, now: .now), representation)
        case .metadata: return encode(Table.partialMetadata(object), representation)
        default: return encode(object, representation)
        }
    }

    func encode(_ value: JSONValue, _ representation: Representation) -> APIResponse {
        guard representation.isYAML else { return .json(value) }
        return .json(Array(YAML.write(value).utf8), contentType: "application/yaml")
    }

    func rowObject(_ request: APIRequest) -> Table.RowObject {
        request.query["includeObject"].flatMap { Table.RowObject(rawValue: $0) } ?? .metadata
    }

    /// Refuses to answer from a revision that is not there yet.
    func refuseFuture(_ revision: UInt64) throws(APIFailure) {
        let current = store.revision
        guard revision <= current else { throw .revisionTooLarge(revision, current: current) }
    }
}

/// Objects as bytes, from the bytes that are stored.
enum EncodedObject {
    /// A whole object with apiVersion and kind.
    static func bytes(_ stored: StoredObject, _ kind: ServedKind) -> [UInt8] {
        guard kind.resource.group != "events.k8s.io" else {
            var value = EventConversion.fromCore(stored.content)
            value["apiVersion"] = .string(kind.resource.apiVersion)
            value["kind"] = .string(kind.resource.kind)
            return value.serialized()
        }
        return head(kind) + stored.body.dropFirst()
    }

    /// An object as an item of a list: those of built-in kinds leave apiVersion and kind to the list.
    static func item(_ stored: StoredObject, _ kind: ServedKind) -> [UInt8] {
        guard !kind.traits.isCustom else { return bytes(stored, kind) }
        guard kind.resource.group != "events.k8s.io" else {
            return EventConversion.fromCore(stored.content).serialized()
        }
        return stored.body
    }

    private static func head(_ kind: ServedKind) -> [UInt8] {
        Array("{\"apiVersion\":\"\(kind.resource.apiVersion)\",\"kind\":\"\(kind.resource.kind)\",".utf8)
    }
}
