import JSON

/// The rules of object metadata, with the API server's sentences (`k8s.io/apimachinery/pkg/api/validation`).
enum ObjectMetaValidation {
    /// What is wrong with the metadata of an object to be created; its name must have been generated already.
    static func validate(
        _ object: JSONValue,
        isNamespaced: Bool,
        names: NameRules.Style = .subdomain
    ) -> [FieldError] {
        let metadata = object["metadata"] ?? [:]
        var errors: [FieldError] = []
        if let prefix = metadata["generateName"]?.string, !prefix.isEmpty {
            let refusals = names.refusals(of: prefix, isPrefix: true)
            errors += refusals.map { .invalid("metadata.generateName", .string(prefix), $0) }
        }
        let name = metadata["name"]?.string ?? ""
        if name.isEmpty {
            errors.append(.required("metadata.name", "name or generateName is required"))
        } else {
            errors += names.refusals(of: name).map { .invalid("metadata.name", .string(name), $0) }
        }
        errors += namespaceErrors(metadata["namespace"]?.string ?? "", isNamespaced: isNamespaced)
        if let generation = metadata["generation"]?.integer, generation < 0 {
            errors.append(
                .invalid("metadata.generation", .integer(generation), "must be greater than or equal to 0")
            )
        }
        errors += contentErrors(metadata)
        errors += finalizerErrors(metadata)
        return errors
    }

    /// What is wrong with an update's metadata, each error as often as the API server tells it.
    ///
    /// The server checks an update with the rules of a create (whose names only have to fit an address) and twice with
    /// those of an update. Fields that only the server writes must have been put back already.
    static func validateUpdate(_ new: JSONValue, old: JSONValue, isNamespaced: Bool) -> [FieldError] {
        let changes = changeErrors(new["metadata"] ?? [:], old["metadata"] ?? [:])
        return validate(new, isNamespaced: isNamespaced, names: .pathSegment) + changes + changes
    }

    private static func changeErrors(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        if old["deletionTimestamp"]?.string != nil {
            let extra = Set(strings(new["finalizers"])).subtracting(strings(old["finalizers"])).sorted()
            if !extra.isEmpty {
                let listed = extra.map(GoText.quoted).joined(separator: ", ")
                let detail =
                    "no new finalizers can be added if the object is being deleted, found new finalizers "
                    + "[]string{\(listed)}"
                errors.append(.forbidden("metadata.finalizers", detail))
            }
        }
        if new["resourceVersion"]?.string?.isEmpty ?? true {
            errors.append(.invalid("metadata.resourceVersion", "", "must be specified for an update"))
        }
        let generation = (new["generation"]?.integer ?? 0, old["generation"]?.integer ?? 0)
        if generation.0 < generation.1 {
            errors.append(.invalid("metadata.generation", .integer(generation.0), "must not be decremented"))
        }
        for field in ["name", "namespace", "uid"] {
            let value = new[field]?.string ?? ""
            if value != old[field]?.string ?? "" {
                errors.append(.invalid("metadata." + field, .string(value), "field is immutable"))
            }
        }
        for field in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            let value = new[field] ?? .null
            if value != old[field] ?? .null {
                errors.append(.invalid("metadata." + field, value, "field is immutable"))
            }
        }
        return errors + contentErrors(new)
    }

    private static func namespaceErrors(_ namespace: String, isNamespaced: Bool) -> [FieldError] {
        let field = "metadata.namespace"
        guard isNamespaced else { return namespace.isEmpty ? [] : [.forbidden(field, "not allowed on this type")] }
        guard !namespace.isEmpty else { return [.required(field)] }
        return NameRules.labelRefusals(namespace).map { .invalid(field, .string(namespace), $0) }
    }

    private static func contentErrors(_ metadata: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        for label in metadata["labels"]?.object ?? JSONObject() {
            let field = "metadata.labels"
            let name = NameRules.qualifiedNameRefusals(label.name)
            errors += name.map { .invalid(field, .string(label.name), $0) }
            let value = label.value.string ?? ""
            errors += NameRules.labelValueRefusals(value).map { .invalid(field, .string(value), $0) }
        }
        var size = 0
        for annotation in metadata["annotations"]?.object ?? JSONObject() {
            size += annotation.name.utf8.count + (annotation.value.string?.utf8.count ?? 0)
            let refusals = NameRules.qualifiedNameRefusals(annotation.name.lowercased())
            errors += refusals.map { .invalid("metadata.annotations", .string(annotation.name), $0) }
        }
        if size > 262_144 { errors.append(.tooLong("metadata.annotations", maximum: 262_144)) }
        return errors + ownerErrors(metadata["ownerReferences"]?.array ?? [])
    }

    private static func finalizerErrors(_ metadata: JSONValue) -> [FieldError] {
        let field = "metadata.finalizers"
        let finalizers = strings(metadata["finalizers"])
        var errors = finalizers.flatMap { finalizer in
            NameRules.qualifiedNameRefusals(finalizer).map { FieldError.invalid(field, .string(finalizer), $0) }
        }
        if finalizers.contains("orphan"), finalizers.contains("foregroundDeletion") {
            let detail = "finalizer orphan and foregroundDeletion cannot be both set"
            errors.append(.invalid(field, JSONValue(finalizers), detail))
        }
        return errors
    }

    private static func ownerErrors(_ owners: [JSONValue]) -> [FieldError] {
        let field = "metadata.ownerReferences"
        var errors: [FieldError] = []
        var firstController: String?
        for owner in owners {
            func text(_ name: String) -> String { owner[name]?.string ?? "" }
            if text("apiVersion").isEmpty || text("apiVersion").hasSuffix("/") {
                errors.append(
                    .invalid(field + ".apiVersion", .string(text("apiVersion")), "version must not be empty")
                )
            }
            for name in ["kind", "name", "uid"] where text(name).isEmpty {
                errors.append(.invalid(field + "." + name, "", "must not be empty"))
            }
            if text("apiVersion") == "v1", text("kind") == "Event" {
                let detail = "/v1, Kind=Event is disallowed from being an owner"
                errors.append(FieldError(.invalid, field, value: .text(shown(owner)), detail))
            }
            guard owner["controller"]?.bool == true else { continue }
            let controller = text("kind") + "/" + text("name")
            if let firstController {
                let shownOwners = "[" + owners.map(shown).joined(separator: ",") + "]"
                let detail =
                    "Only one reference can have Controller set to true. Found \"true\" in references for "
                    + "\(firstController) and \(controller)"
                errors.append(FieldError(.invalid, field, value: .text(shownOwners), detail))
            } else {
                firstController = controller
            }
        }
        return errors
    }

    /// An owner reference with its fields in the order of the Go structure.
    private static func shown(_ owner: JSONValue) -> String {
        var parts: [String] = []
        for name in ["apiVersion", "kind", "name", "uid"] {
            parts.append("\"\(name)\":" + GoText.json(owner[name] ?? ""))
        }
        for name in ["controller", "blockOwnerDeletion"] {
            if let flag = owner[name], !flag.isNull { parts.append("\"\(name)\":" + GoText.json(flag)) }
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    private static func strings(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }
}
