import JSON
import KubernetesAPI

extension APIServer {
    /// Answers a PATCH of an object or one of its subresources.
    func patch(
        _ request: APIRequest,
        _ kind: ServedKind,
        _ target: RequestTarget,
        name: String,
        subresource: String?
    ) throws(APIFailure) -> APIResponse {
        guard let type = PatchType(rawValue: request.contentType), type != .strategic || !kind.traits.isCustom else {
            throw .unsupportedMediaType(PatchType.accepted(isCustom: kind.traits.isCustom))
        }
        let options = try WriteOptions(request, kind: "PatchOptions", isApply: type == .apply)
        let key = ObjectKey(namespace: target.namespace ?? "", name: name)
        if type == .apply {
            let applied = try RequestBody.yaml(request.body) { "error decoding YAML: \($0)" }
            var write = Write(kind, subresource: subresource, .apply, options)
            let written = try apply(applied, key, &write)
            return try answer(written, to: request, kind, status: written.isCreated ? 201 : 200)
        }
        let patch: JSONValue
        do throws(JSONError) {
            patch = try JSONValue(parsing: request.body)
        } catch {
            throw .badRequest("error decoding patch: \(GoSyntax.complaint(request.body) ?? error.message)")
        }
        var write = Write(kind, subresource: subresource, .update, options)
        let written = try self.patch(key, type, patch, &write)
        return try answer(written, to: request, kind, status: 200)
    }

    /// Changes an object by a patch.
    func patch(
        _ key: ObjectKey,
        _ type: PatchType,
        _ patch: JSONValue,
        _ write: inout Write
    ) throws(APIFailure) -> Written {
        let kind = write.kind
        var warnings: [String] = []
        let attempt = write
        var written = try modify(key, &write) { (old: JSONValue) throws(APIFailure) in
            var new = try type.apply(patch, to: old, kind)
            try RequestBody.check(kind: new["kind"]?.string ?? "", of: new, kind)
            try checkName(&new, key, kind)
            var admitting = attempt
            let whole = new
            do throws(APIFailure) {
                try admitting.admitFields(&new)
            } catch {
                throw Self.strictPatchFailure(error, whole)
            }
            warnings = admitting.warnings
            return new
        }
        written.warnings = warnings + written.warnings
        return written
    }

    /// A strict refusal of a patch, which the API server words as one about the patched object.
    private static func strictPatchFailure(_ failure: APIFailure, _ object: JSONValue) -> APIFailure {
        guard let range = failure.message.firstRange(of: "strict decoding error") else { return failure }
        let text = GoText.quoted(object.description)
        return .invalid(
            kind: "",
            group: "",
            name: "",
            [.invalid("patch", text, String(failure.message[range.lowerBound...]))]
        )
    }

    /// Carries out a server-side apply: merges what its author intends and lets go of what they gave up.
    func apply(_ sent: JSONValue, _ key: ObjectKey, _ write: inout Write) throws(APIFailure) -> Written {
        let kind = write.kind
        var applied = sent
        guard applied.object != nil, let name = applied["kind"]?.string, !name.isEmpty else {
            throw .badRequest("error decoding YAML: Object 'Kind' is missing in '\(applied)'")
        }
        guard applied["apiVersion"]?.string == kind.resource.apiVersion else {
            throw .badRequest(
                "the API version in the data (\(applied["apiVersion"]?.string ?? "")) does not match the expected API "
                    + "version (\(kind.resource.apiVersion))"
            )
        }
        try RequestBody.check(kind: name, of: applied, kind)
        guard (applied.at("metadata", "managedFields")?.array ?? []).isEmpty else {
            throw .badRequest("metadata.managedFields must be nil")
        }
        try checkName(&applied, key, kind)
        for _ in 0..<100 {
            guard store.object(kind.storage, key) != nil else {
                guard write.subresource == nil else { throw .notFound(kind.place, key.name) }
                if let created = try createByApply(applied, &write) { return created }
                continue
            }
            return try applyToStored(applied, key, &write)
        }
        throw .modified(kind.place, key.name)
    }

    /// Creates what an apply names; nil when somebody was faster.
    private func createByApply(_ applied: JSONValue, _ write: inout Write) throws(APIFailure) -> Written? {
        let kind = write.kind
        let name = applied.at("metadata", "name")?.string ?? ""
        guard (applied.at("metadata", "uid")?.string ?? "").isEmpty,
            (applied.at("metadata", "resourceVersion")?.string ?? "").isEmpty
        else {
            throw .conflict(
                kind.place,
                name,
                "uid mismatch: the provided object specified a uid, and no existing object was found"
            )
        }
        var attempt = write
        do throws(APIFailure) {
            let written = try create(applied, &attempt)
            write = attempt
            return written
        } catch {
            if error.isAlreadyExists { return nil }
            throw error
        }
    }

    private func applyToStored(
        _ applied: JSONValue,
        _ key: ObjectKey,
        _ write: inout Write
    ) throws(APIFailure) -> Written {
        let attempt = write
        var warnings: [String] = []
        var intended = applied
        // Fields the kind does not have are complained about once, and never owned.
        let unknown = write.kind.schema.prune(&intended)
        if !unknown.isEmpty {
            let complaints = StrictDecoding.complaints(duplicates: [], unknown: unknown)
            switch write.options.fieldValidation {
            case .ignore: break
            case .warn: warnings = complaints
            case .strict:
                throw .badRequest(
                    StrictDecoding.message(
                        kind: write.kind.resource.kind,
                        version: write.kind.resource.version,
                        complaints: complaints
                    )
                )
            }
        }
        let sent = intended
        var written = try modify(key, &write) { (old: JSONValue) throws(APIFailure) in
            var new = try mergeApplied(sent, into: old, attempt)
            if let revision = sent.at("metadata", "resourceVersion")?.string, !revision.isEmpty {
                new["metadata", "resourceVersion"] = .string(revision)
            }
            var admitting = attempt
            try admitting.admitFields(&new)
            return new
        }
        written.warnings = warnings + written.warnings
        return written
    }
}

/// The ways to say a change, as media types.
enum PatchType: String, Sendable {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategic = "application/strategic-merge-patch+json"
    case apply = "application/apply-patch+yaml"

    static func accepted(isCustom: Bool) -> [String] {
        let types: [PatchType] = isCustom ? [.json, .merge, .apply] : [.json, .merge, .strategic, .apply]
        return types.map(\.rawValue)
    }

    /// The object after the patch.
    func apply(_ patch: JSONValue, to object: JSONValue, _ kind: ServedKind) throws(APIFailure) -> JSONValue {
        switch self {
        case .merge, .apply:
            guard patch.object != nil else {
                throw .badRequest("error decoding patch: json: cannot unmarshal into an object")
            }
            return JSONMergePatch.apply(patch, to: object)
        case .strategic:
            guard patch.object != nil else {
                throw .badRequest("error decoding patch: json: cannot unmarshal into an object")
            }
            return StrategicMergePatch.apply(patch, to: object, kind.schema)
        case .json:
            guard let operations = patch.array else {
                throw .badRequest(
                    "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
                )
            }
            guard operations.count <= 10_000 else {
                throw APIFailure(
                    code: 413,
                    reason: "RequestEntityTooLarge",
                    message: "The allowed maximum operations in a JSON patch is 10000, got \(operations.count)"
                )
            }
            do throws(JSONPatchError) {
                return try JSONPatch.apply(operations: patch, to: object)
            } catch {
                throw .unprocessable
            }
        }
    }
}
