import JSON
import KubernetesAPI

extension APIServer {
    /// Answers a PUT to an object or one of its subresources.
    func update(
        _ request: APIRequest,
        _ kind: ServedKind,
        _ target: RequestTarget,
        name: String,
        subresource: String?
    ) throws(APIFailure) -> APIResponse {
        let options = try WriteOptions(request, kind: "UpdateOptions")
        let body = try RequestBody(request, kind: kind)
        let key = ObjectKey(namespace: target.namespace ?? "", name: name)
        var object = body.object
        try checkName(&object, key, kind)
        if kind.traits.createsOnUpdate, subresource == nil, store.object(kind.storage, key) == nil {
            var write = Write(kind, .create, options)
            let written = try create(object, duplicates: body.duplicateFields, &write)
            return try answer(written, to: request, kind, status: 201)
        }
        var write = Write(kind, subresource: subresource, .update, options)
        try write.admitFields(&object, duplicates: body.duplicateFields)
        let written = try replace(key, with: object, &write)
        return try answer(written, to: request, kind, status: 200)
    }

    /// Replaces an object by one whose fields have been admitted.
    func replace(_ key: ObjectKey, with object: JSONValue, _ write: inout Write) throws(APIFailure) -> Written {
        let kind = write.kind
        let revision = object.at("metadata", "resourceVersion")?.string ?? ""
        let uid = object.at("metadata", "uid")?.string ?? ""
        return try modify(key, &write) { (old: JSONValue) throws(APIFailure) in
            if revision.isEmpty, !kind.traits.allowsUnconditionalUpdate {
                throw .invalid(
                    kind: kind.resource.plural,
                    group: kind.resource.group,
                    name: key.name,
                    [.invalid("metadata.resourceVersion", "0", "must be specified for an update")]
                )
            }
            let current = old.at("metadata", "uid")?.string ?? ""
            if !uid.isEmpty, uid != current {
                throw .conflict(
                    kind.place,
                    key.name,
                    "Precondition failed: UID in precondition: \(uid), UID in object meta: \(current)"
                )
            }
            return object
        }
    }

    /// Refuses an object that is called otherwise than its address.
    func checkName(_ object: inout JSONValue, _ key: ObjectKey, _ kind: ServedKind) throws(APIFailure) {
        var metadata = object["metadata"] ?? [:]
        let name = metadata["name"]?.string ?? ""
        guard name.isEmpty || name == key.name else {
            throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(key.name))")
        }
        metadata["name"] = .string(key.name)
        let namespace = metadata["namespace"]?.string ?? ""
        guard namespace.isEmpty || namespace == key.namespace else {
            throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
        }
        if !key.namespace.isEmpty { metadata["namespace"] = .string(key.namespace) }
        object["metadata"] = metadata
    }

    /// Changes an object: works out its successor from what is stored, and tries again when it has changed meanwhile.
    ///
    /// - Parameter applied: the object that an apply names, whose fields its manager owns afterwards.
    func modify(
        _ key: ObjectKey,
        _ write: inout Write,
        _ change: (JSONValue) throws(APIFailure) -> JSONValue
    ) throws(APIFailure) -> Written {
        let kind = write.kind
        for _ in 0..<100 {
            guard let stored = store.object(kind.storage, key) else { throw .notFound(kind.place, key.name) }
            var attempt = write
            let old = value(of: stored, kind)
            let new = try change(old)
            let revision = new.at("metadata", "resourceVersion")?.string ?? ""
            guard revision.isEmpty || revision == String(stored.revision) else {
                throw .modified(kind.place, key.name)
            }
            let prepared = try prepareUpdate(new, old, &attempt)
            if let written = try commit(prepared, old, stored, attempt) {
                write = attempt
                return written
            }
            // With a version of the request's own the next look would find another one.
        }
        throw .modified(kind.place, key.name)
    }

    /// The successor of an object, complete and valid.
    private func prepareUpdate(_ new: JSONValue, _ old: JSONValue, _ write: inout Write) throws(APIFailure) -> JSONValue
    {
        let kind = write.kind
        var object = new
        carryOver(&object, from: old, write)
        if write.isStatus {
            var kept = old
            kept["status"] = object["status"]
            kept["metadata", "managedFields"] = object.at("metadata", "managedFields")
            object = kept
        } else if write.subresource == "finalize" {
            var kept = old
            kept["spec", "finalizers"] = object.at("spec", "finalizers")
            object = kept
        } else if kind.hasStatus {
            object["status"] = old["status"]
        }
        if write.isSpec {
            BuiltInDefaults.prepareForUpdate(&object, old, kind)
            object = try admit(object, old: old, &write)
        }
        countGeneration(&object, old, kind)
        if write.operation == .apply {
            ManagedFields.keepTimes(of: old, in: &object)
        } else {
            try recordFields(&object, live: old, applied: nil, write)
        }
        try validateChange(object, old, write)
        return object
    }

    /// Metadata that only the server writes, and that a client may leave out.
    private func carryOver(_ object: inout JSONValue, from old: JSONValue, _ write: Write) {
        var metadata = object["metadata"] ?? [:]
        let before = old["metadata"] ?? [:]
        for field in ["uid", "creationTimestamp"] where (metadata[field]?.string ?? "").isEmpty {
            metadata[field] = before[field]
        }
        if before["deletionTimestamp"] != nil {
            metadata["deletionTimestamp"] = before["deletionTimestamp"]
            metadata["deletionGracePeriodSeconds"] = before["deletionGracePeriodSeconds"]
        }
        metadata["generation"] = before["generation"]
        metadata["resourceVersion"] = before["resourceVersion"]
        metadata["selfLink"] = nil
        object["metadata"] = metadata
    }

    /// Counts a change of anything but metadata and status.
    private func countGeneration(_ object: inout JSONValue, _ old: JSONValue, _ kind: ServedKind) {
        guard kind.traits.isCustom || kind.traits.hasGeneration else { return }
        var (after, before) = (object, old)
        after["metadata"] = nil
        before["metadata"] = nil
        if kind.hasStatus {
            after["status"] = nil
            before["status"] = nil
        }
        guard after != before else { return }
        object["metadata", "generation"] = .integer((old.at("metadata", "generation")?.integer ?? 0) + 1)
    }

    private func validateChange(_ object: JSONValue, _ old: JSONValue, _ write: Write) throws(APIFailure) {
        let kind = write.kind
        let name = old.at("metadata", "name")?.string ?? ""
        let errors = ObjectMetaValidation.validateUpdate(object, old: old, isNamespaced: kind.resource.isNamespaced)
        var causes = errors.map(APIFailure.Cause.init)
        causes += write.schemaCauses(object, old, rules: options.rules[kind.place])
        if write.isSpec {
            causes += BuiltInRules.changeCauses(object, old, kind)
            if kind.place == BuiltInKinds.definitions { causes += definitionCauses(object, old: old) }
        }
        guard causes.isEmpty else { throw kind.invalid(name, causes) }
    }

    /// Stores the successor, or removes the object when its last finalizer has gone; nil when somebody was faster.
    private func commit(
        _ object: JSONValue,
        _ old: JSONValue,
        _ stored: StoredObject,
        _ write: Write
    ) throws(APIFailure)
        -> Written?
    {
        let kind = write.kind
        guard object != old else { return Written(object: old, warnings: write.warnings) }
        guard !write.options.isDryRun else { return Written(object: shown(object, kind), warnings: write.warnings) }
        let content = self.stored(object, kind)
        if isReleased(object, kind) {
            guard let removed = store.remove(kind.storage, stored, last: content) else { return nil }
            afterWrite(kind, removed)
            return Written(object: value(of: removed, kind), warnings: write.warnings)
        }
        guard let replaced = store.replace(kind.storage, stored, with: content) else { return nil }
        afterWrite(kind, replaced)
        return Written(object: value(of: replaced, kind), warnings: write.warnings)
    }

    /// Whether an object that is being deleted has nothing left to wait for.
    private func isReleased(_ object: JSONValue, _ kind: ServedKind) -> Bool {
        let metadata = object["metadata"] ?? [:]
        guard metadata["deletionTimestamp"] != nil, (metadata["finalizers"]?.array ?? []).isEmpty,
            (metadata["deletionGracePeriodSeconds"]?.integer ?? 0) == 0
        else { return false }
        return kind.storage != BuiltInKinds.namespace || (object.at("spec", "finalizers")?.array ?? []).isEmpty
    }
}

extension APIServer {
    /// A stored object in the version of a kind.
    func value(of stored: StoredObject, _ kind: ServedKind) -> JSONValue {
        shown(stored.value(as: kind.resource), kind)
    }

    /// An object in stored form as a kind shows it.
    func shown(_ object: JSONValue, _ kind: ServedKind) -> JSONValue {
        var object = kind.resource.group == "events.k8s.io" ? EventConversion.fromCore(object) : object
        object["apiVersion"] = .string(kind.resource.apiVersion)
        object["kind"] = .string(kind.resource.kind)
        return object
    }

    /// An object as a kind shows it in stored form.
    func stored(_ object: JSONValue, _ kind: ServedKind) -> JSONValue {
        kind.resource.group == "events.k8s.io" ? EventConversion.toCore(object) : object
    }
}

extension JSONValue {
    /// A field of a field; writing makes the outer one when it is not there.
    subscript(outer: String, inner: String) -> JSONValue? {
        get { self[outer]?[inner] }
        set {
            var value = self[outer] ?? [:]
            value[inner] = newValue
            self[outer] = value
        }
    }
}
