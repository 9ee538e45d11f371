import JSON
import KubernetesAPI

extension APIServer {
    /// Answers a GET of a collection: a list, or a watch when it asks for one.
    func list(_ request: APIRequest, _ kind: ServedKind, _ target: RequestTarget) throws(APIFailure) -> APIResponse {
        let options = try ListOptions(request.query, isWatch: target.isWatch)
        let selection = try Selection(options, kind, namespace: target.namespace)
        if options.isWatch { return try watch(request, kind, selection, options) }
        let representation = try Representation(accept: request.accept, allowing: [.object, .table, .metadataList])
        let page = try page(kind, selection, options)
        let metadata = listMetadata(kind, revision: page.revision, continueToken: page.next, remaining: page.remaining)
        guard representation.form == .object, !representation.isYAML else {
            let values = page.objects.map { value(of: $0, kind) }
            return listAnswer(values, metadata: metadata, kind, representation, request)
        }
        return .json(Self.encodeList(page.objects, metadata, kind))
    }

    private struct Page {
        let objects: [StoredObject]
        let revision: UInt64
        var next = ""
        var remaining: Int?
    }

    private func page(_ kind: ServedKind, _ selection: Selection, _ options: ListOptions) throws(APIFailure) -> Page {
        let token = options.continueToken.isEmpty ? nil : try ContinueToken(options.continueToken)
        let snapshot = try snapshot(kind, selection, options, token)
        var rest = snapshot.objects
        if let token { rest = rest.drop { $0.path <= token.after } }
        var objects: [StoredObject] = []
        var seen = 0
        for object in rest {
            if options.limit > 0, objects.count == options.limit { break }
            seen += 1
            if selection.matches(object) { objects.append(object) }
        }
        guard options.limit > 0, let last = objects.last, seen < rest.count else {
            return Page(objects: objects, revision: snapshot.revision)
        }
        let next = ContinueToken(revision: snapshot.revision, after: last.path).text
        let remaining = selection.isEverything ? rest.count - seen : nil
        return Page(objects: objects, revision: snapshot.revision, next: next, remaining: remaining)
    }

    private func snapshot(
        _ kind: ServedKind,
        _ selection: Selection,
        _ options: ListOptions,
        _ token: ContinueToken?
    ) throws(APIFailure) -> ObjectStore.Snapshot {
        let namespace = selection.namespace
        if let token {
            guard options.resourceVersion.isEmpty || options.resourceVersion == "0" else {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            guard let revision = token.revision else { return store.snapshot(kind.storage, namespace: namespace) }
            guard let snapshot = store.snapshot(kind.storage, namespace: namespace, at: revision) else {
                throw .continueExpired(ContinueToken(revision: nil, after: token.after))
            }
            return snapshot
        }
        guard !options.resourceVersion.isEmpty, options.resourceVersion != "0" else {
            return store.snapshot(kind.storage, namespace: namespace)
        }
        let revision = try RequestedRevision.parse(options.resourceVersion)
        try refuseFuture(revision)
        // A limit without a match asks for that very revision, too.
        guard options.match == .exact || (options.match == nil && options.limit > 0) else {
            return store.snapshot(kind.storage, namespace: namespace)
        }
        guard let snapshot = store.snapshot(kind.storage, namespace: namespace, at: revision) else {
            throw APIFailure(
                code: 410,
                reason: "Expired",
                message: "The resourceVersion for the provided list is too old."
            )
        }
        return snapshot
    }

    func listMetadata(
        _ kind: ServedKind,
        revision: UInt64,
        continueToken: String = "",
        remaining: Int? = nil
    ) -> JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string(String(revision))]
        if kind.traits.isCustom || !continueToken.isEmpty { metadata["continue"] = .string(continueToken) }
        if let remaining { metadata["remainingItemCount"] = JSONValue(remaining) }
        return metadata
    }

    /// A list of values in the form that the client asked for.
    func listAnswer(
        _ objects: [JSONValue],
        metadata: JSONValue,
        _ kind: ServedKind,
        _ representation: Representation,
        _ request: APIRequest
    ) -> APIResponse {
        var metadata = metadata
        // The forms that are the server's own leave out what is empty.
        if representation.form != .object, metadata["continue"] == "" { metadata["continue"] = nil }
        switch representation.form {
        case .table:
            let table = Table(columns: kind.columns, rowObject: rowObject(request))
            return encode(table.json(objects, metadata: metadata, now: .now), representation)
        case .metadataList:
            return encode(
                [
                    "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                    "items": .array(objects.map(Table.partialMetadata)),
                ],
                representation
            )
        default:
            return encode(
                [
                    "kind": .string(kind.listKind), "apiVersion": .string(kind.resource.apiVersion),
                    "metadata": metadata, "items": .array(objects),
                ],
                representation
            )
        }
    }

    /// A list from stored bytes, without building any value.
    private static func encodeList(_ objects: [StoredObject], _ metadata: JSONValue, _ kind: ServedKind) -> [UInt8] {
        let items = objects.map { EncodedObject.item($0, kind) }
        var bytes = Array("{\"apiVersion\":\"\(kind.resource.apiVersion)\",\"items\":[".utf8)
        bytes.reserveCapacity(items.reduce(256) { $0 + $1.count + 1 })
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += item
        }
        bytes += "],\"kind\":\"\(kind.listKind)\",\"metadata\":".utf8
        bytes += metadata.serialized()
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
