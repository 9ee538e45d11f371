import JSON
import KubernetesAPI

extension APIServer {
    /// Answers a POST to a collection.
    func create(_ request: APIRequest, _ kind: ServedKind, _ target: RequestTarget) throws(APIFailure) -> APIResponse {
        let options = try WriteOptions(request, kind: "CreateOptions")
        let body = try RequestBody(request, kind: kind)
        var object = body.object
        try settleNamespace(&object, target.namespace, kind)
        var write = Write(kind, .create, options)
        let written = try create(object, duplicates: body.duplicateFields, &write)
        return try answer(written, to: request, kind, status: 201)
    }

    /// Puts the address's namespace into an object that names none.
    func settleNamespace(_ object: inout JSONValue, _ namespace: String?, _ kind: ServedKind) throws(APIFailure) {
        guard kind.resource.isNamespaced else { return }
        let own = object.at("metadata", "namespace")?.string ?? ""
        guard let namespace else {
            throw own.isEmpty
                ? .badRequest("an empty namespace may not be set during creation") : .methodNotAllowed
        }
        guard own.isEmpty || own == namespace else {
            throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
        }
        var metadata = object["metadata"] ?? [:]
        metadata["namespace"] = .string(namespace)
        object["metadata"] = metadata
    }

    /// Stores a new object after all that the API does to one; its namespace must be set.
    func create(_ sent: JSONValue, duplicates: [String] = [], _ write: inout Write) throws(APIFailure) -> Written {
        let kind = write.kind
        var object = sent
        try write.admitFields(&object, duplicates: duplicates)
        try checkNamespace(of: object, kind)
        if kind.storage == BuiltInKinds.events, kind.resource.group == "events.k8s.io" {
            object = EventConversion.toCore(object)
        }
        prepareMetadata(&object, write)
        if kind.hasStatus { object["status"] = nil }
        BuiltInDefaults.fillNew(&object, kind, self)
        object = try admit(object, old: nil, &write)
        try recordFields(&object, live: nil, applied: intention(sent, write), write)
        // What the server gives by itself from here on belongs to nobody.
        BuiltInDefaults.prepareForCreate(&object, kind, self)
        try validateNew(object, &write)
        return try insert(object, write)
    }

    /// What an apply names, without defaults and without what it cannot write; nil for a plain create.
    private func intention(_ sent: JSONValue, _ write: Write) -> JSONValue? {
        guard write.operation == .apply else { return nil }
        var applied = sent
        _ = write.kind.schema.prune(&applied)
        if write.kind.hasStatus { applied["status"] = nil }
        return applied
    }

    /// The metadata that the server gives to a new object.
    func prepareMetadata(_ object: inout JSONValue, _ write: Write) {
        var metadata = object["metadata"] ?? [:]
        if metadata["name"]?.string ?? "" == "", let prefix = metadata["generateName"]?.string, !prefix.isEmpty {
            metadata["name"] = .string(identifiers.name(prefix: prefix))
        }
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation", "managedFields"] {
            metadata[field] = nil
        }
        metadata["uid"] = .string(identifiers.uid())
        metadata["creationTimestamp"] = .string(write.now.description)
        if write.kind.traits.isCustom || write.kind.traits.hasGeneration { metadata["generation"] = 1 }
        object["metadata"] = metadata
    }

    private func validateNew(_ object: JSONValue, _ write: inout Write) throws(APIFailure) {
        let kind = write.kind
        let name = object.at("metadata", "name")?.string ?? ""
        guard (object.at("metadata", "resourceVersion")?.string ?? "").isEmpty else {
            throw APIFailure(
                code: 500,
                reason: "",
                message: "resourceVersion should not be set on objects to be created"
            )
        }
        var causes = ObjectMetaValidation.validate(
            object,
            isNamespaced: kind.resource.isNamespaced,
            names: kind.names
        ).map(APIFailure.Cause.init)
        causes += write.schemaCauses(object, nil, rules: options.rules[kind.place])
        causes += BuiltInRules.causes(object, kind)
        if kind.place == BuiltInKinds.definitions { causes += definitionCauses(object, old: nil) }
        guard causes.isEmpty else { throw kind.invalid(name, causes) }
        if kind.traits.isCustom { write.warnings += Self.finalizerWarnings(object) }
    }

    private func insert(_ object: JSONValue, _ write: Write) throws(APIFailure) -> Written {
        let kind = write.kind
        let key = ObjectKey(
            namespace: object.at("metadata", "namespace")?.string ?? "",
            name: object.at("metadata", "name")?.string ?? ""
        )
        if catalogue.kind(kind.resource)?.isTerminating == true {
            throw APIFailure(
                code: 405,
                reason: "MethodNotAllowed",
                message: "create not allowed while custom resource definition is terminating",
                details: APIFailure.Details(group: kind.resource.group, kind: kind.resource.plural)
            )
        }
        if write.options.isDryRun {
            guard store.object(kind.storage, key) == nil else { throw .alreadyExists(kind.place, key.name) }
            return Written(object: shown(object, kind), isCreated: true, warnings: write.warnings)
        }
        guard let stored = store.insert(kind.storage, object) else { throw .alreadyExists(kind.place, key.name) }
        afterWrite(kind, stored)
        return Written(
            object: value(of: stored, kind),
            isCreated: true,
            warnings: write.warnings + expressionWarnings(kind)
        )
    }

    /// Refuses content in a namespace that is not there or is going away.
    private func checkNamespace(of object: JSONValue, _ kind: ServedKind) throws(APIFailure) {
        guard kind.resource.isNamespaced, let name = object.at("metadata", "namespace")?.string else { return }
        guard let namespace = store.object(BuiltInKinds.namespace, ObjectKey(name: name)) else {
            throw .notFound(BuiltInKinds.namespace, name)
        }
        guard namespace.content.at("metadata", "deletionTimestamp") != nil else { return }
        let own = object.at("metadata", "name")?.string ?? ""
        var failure = APIFailure.forbidden(
            kind.place,
            own,
            "unable to create new content in namespace \(name) because it is being terminated"
        )
        failure.details?.causes = [
            APIFailure.Cause(
                reason: "NamespaceTerminating",
                message: "namespace \(name) is being terminated",
                field: "metadata.namespace"
            )
        ]
        throw failure
    }

    /// Names of finalizers that may clash with somebody else's, as warnings.
    private static func finalizerWarnings(_ object: JSONValue) -> [String] {
        (object.at("metadata", "finalizers")?.array ?? []).compactMap(\.string)
            .filter { !$0.contains("/") && $0 != "foregroundDeletion" && $0 != "orphan" }
            .map {
                "metadata.finalizers: \(GoText.quoted($0)): prefer a domain-qualified finalizer name including a path "
                    + "(/) to avoid accidental conflicts with other finalizer writers"
            }
    }

    /// Asks the webhooks of operators.
    func admit(_ object: JSONValue, old: JSONValue?, _ write: inout Write) throws(APIFailure) -> JSONValue {
        var object = object
        for plugin in options.admission where plugin.group == write.kind.resource.group {
            let admission = try plugin.admit(write.kind.resource, new: object, old: old, StoredObjects(server: self))
            object = admission.object
            write.warnings += admission.warnings
        }
        return object
    }
}
