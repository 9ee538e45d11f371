import JSON
import KubernetesAPI

/// What a deletion asks for.
struct DeleteOptions: Sendable {
    var propagation: DeletionPropagation?
    var uid: String?
    var resourceVersion: String?
    var isDryRun = false

    init(propagation: DeletionPropagation?) { self.propagation = propagation }

    /// Reads a request's query and its body, which may hold a DeleteOptions object.
    init(_ request: APIRequest) throws(APIFailure) {
        var body: JSONValue = [:]
        if !request.body.isEmpty {
            body =
                request.contentType == ProtobufBody.mediaType
                ? try RequestBody.protobuf(request.body)
                : try RequestBody.yaml(request.body) { why in
                    "the object provided is unrecognized (must be of type DeleteOptions): couldn't get version/kind; "
                        + why
                }
        }
        if let kind = body["kind"]?.string, !kind.isEmpty, kind != "DeleteOptions" {
            throw .badRequest("decoded object cannot be converted to DeleteOptions")
        }
        var causes: [APIFailure.Cause] = []
        let policy = body["propagationPolicy"]?.string ?? request.query["propagationPolicy"] ?? ""
        propagation = DeletionPropagation(rawValue: policy)
        if propagation == nil, !policy.isEmpty {
            causes.append(
                .notSupported(
                    "propagationPolicy",
                    GoText.quoted(policy),
                    ["Foreground", "Background", "Orphan", "nil"]
                )
            )
        }
        if body["orphanDependents"]?.bool == true || request.query["orphanDependents"] == "true" {
            propagation = .orphan
        }
        uid = body.at("preconditions", "uid")?.string
        resourceVersion = body.at("preconditions", "resourceVersion")?.string
        let dryRun = request.query.values("dryRun") + (body["dryRun"]?.array ?? []).compactMap(\.string)
        isDryRun = !dryRun.isEmpty
        if !dryRun.allSatisfy({ $0 == "All" }) {
            let list = dryRun.map(GoText.quoted).joined(separator: ",")
            causes.append(.notSupported("dryRun", "[\(list)]", ["All"]))
        }
        guard causes.isEmpty else { throw .invalid(kind: "DeleteOptions", group: "meta.k8s.io", name: "", causes) }
    }
}

/// What became of an object that was to be deleted.
enum Deletion {
    /// It is gone; its last state.
    case removed(JSONValue)
    /// It waits for its finalizers, marked.
    case marked(JSONValue)
}

extension APIServer {
    func delete(
        _ request: APIRequest,
        _ kind: ServedKind,
        _ target: RequestTarget,
        name: String
    ) throws(APIFailure)
        -> APIResponse
    {
        let options = try DeleteOptions(request)
        let key = ObjectKey(namespace: target.namespace ?? "", name: name)
        switch try delete(kind, key, options) {
        case .marked(let object): return try answer(Written(object: object), to: request, kind, status: 200)
        case .removed(let object):
            guard !kind.traits.returnsDeletedObject else {
                return try answer(Written(object: object), to: request, kind, status: 200)
            }
            let details = APIFailure.Details(
                name: name,
                group: kind.resource.group,
                kind: kind.resource.plural,
                uid: object.at("metadata", "uid")?.string ?? ""
            )
            return .json([
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details.json,
            ])
        }
    }

    func deleteCollection(
        _ request: APIRequest,
        _ kind: ServedKind,
        _ target: RequestTarget
    ) throws(APIFailure)
        -> APIResponse
    {
        let options = try DeleteOptions(request)
        let listOptions = try ListOptions(request.query, isWatch: false)
        let selection = try Selection(listOptions, kind, namespace: target.namespace)
        let snapshot = store.snapshot(kind.storage, namespace: target.namespace)
        var deleted: [JSONValue] = []
        for object in snapshot.objects where selection.matches(object) {
            do throws(APIFailure) {
                switch try delete(kind, object.key, options) {
                case .removed(let last): deleted.append(last)
                case .marked(let marked): deleted.append(marked)
                }
            } catch {
                // One that is gone already needs no deleting.
                guard error.isNotFound else { throw error }
            }
        }
        let representation = try Representation(accept: request.accept, allowing: [.object, .table, .metadataList])
        return listAnswer(
            deleted,
            metadata: listMetadata(kind, revision: store.revision),
            kind,
            representation,
            request
        )
    }

    /// Deletes an object, or marks it when something has to be done before.
    func delete(_ kind: ServedKind, _ key: ObjectKey, _ options: DeleteOptions) throws(APIFailure) -> Deletion {
        for _ in 0..<100 {
            guard let stored = store.object(kind.storage, key) else { throw .notFound(kind.place, key.name) }
            let object = value(of: stored, kind)
            if kind.storage == BuiltInKinds.namespace, Self.lastingNamespaces.contains(key.name) {
                throw .forbidden(kind.place, key.name, "this namespace may not be deleted")
            }
            try checkPreconditions(object, stored, kind, options)
            for plugin in self.options.admission where plugin.group == kind.resource.group {
                try plugin.admitDeletion(kind.resource, of: object, StoredObjects(server: self))
            }
            guard let marked = mark(object, kind, options) else {
                if options.isDryRun { return .removed(object) }
                guard let removed = store.remove(kind.storage, stored, last: self.stored(object, kind)) else {
                    continue
                }
                afterWrite(kind, removed)
                return .removed(value(of: removed, kind))
            }
            guard marked != object, !options.isDryRun else { return .marked(marked) }
            guard let replaced = store.replace(kind.storage, stored, with: self.stored(marked, kind)) else { continue }
            afterWrite(kind, replaced)
            return .marked(value(of: replaced, kind))
        }
        throw .modified(kind.place, key.name)
    }

    private static let lastingNamespaces = ["default", "kube-public", "kube-system"]

    private func checkPreconditions(
        _ object: JSONValue,
        _ stored: StoredObject,
        _ kind: ServedKind,
        _ options: DeleteOptions
    ) throws(APIFailure) {
        // This one place names the kind where others name the plural.
        let named = GroupResource(group: kind.resource.group, plural: kind.resource.kind)
        if let uid = options.uid, uid != stored.uid {
            throw .conflict(
                named,
                stored.key.name,
                "the UID in the precondition (\(uid)) does not match the UID in record (\(stored.uid)). The object might "
                    + "have been deleted and then recreated"
            )
        }
        if let revision = options.resourceVersion, revision != String(stored.revision) {
            throw .conflict(
                named,
                stored.key.name,
                "the ResourceVersion in the precondition (\(revision)) does not match the ResourceVersion in record "
                    + "(\(stored.revision)). The object might have been modified"
            )
        }
    }

    /// The object as it waits for its finalizers; nil when there is nothing to wait for.
    private func mark(_ object: JSONValue, _ kind: ServedKind, _ options: DeleteOptions) -> JSONValue? {
        var metadata = object["metadata"] ?? [:]
        let isMarked = metadata["deletionTimestamp"] != nil
        var finalizers = (metadata["finalizers"]?.array ?? []).compactMap(\.string)
        let isDefinition = kind.place == BuiltInKinds.definitions
        if isDefinition {
            if !finalizers.contains(Self.definitionFinalizer) { finalizers.append(Self.definitionFinalizer) }
        } else {
            let dependents = ["foregroundDeletion", "orphan"]
            switch options.propagation {
            case .foreground: finalizers = finalizers.filter { !dependents.contains($0) } + ["foregroundDeletion"]
            case .orphan: finalizers = finalizers.filter { !dependents.contains($0) } + ["orphan"]
            case .background: finalizers = finalizers.filter { !dependents.contains($0) }
            case nil: break
            }
        }
        let isNamespace = kind.storage == BuiltInKinds.namespace
        guard !finalizers.isEmpty || isNamespace else { return nil }
        metadata["finalizers"] = finalizers.isEmpty ? Optional.none : .array(finalizers.map(JSONValue.string))
        if !isMarked {
            metadata["deletionTimestamp"] = .string(Timestamp.now.description)
            if !isDefinition, !isNamespace { metadata["deletionGracePeriodSeconds"] = 0 }
            if let generation = metadata["generation"]?.integer, !isDefinition {
                metadata["generation"] = .integer(generation + 1)
            }
        }
        var marked = object
        marked["metadata"] = metadata
        if isNamespace { marked["status", "phase"] = "Terminating" }
        if isDefinition { markTerminating(&marked) }
        return marked
    }
}
