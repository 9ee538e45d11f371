import JSON
import KubernetesAPI

/// One write on its way into the store: what it is to, who makes it, and what its author is to be told.
struct Write {
    enum Operation {
        case create
        case update
        case apply
    }

    let kind: ServedKind
    let subresource: String?
    let operation: Operation
    let options: WriteOptions
    let now: Timestamp
    var warnings: [String] = []

    init(_ kind: ServedKind, subresource: String? = nil, _ operation: Operation, _ options: WriteOptions) {
        self.kind = kind
        self.subresource = subresource
        self.operation = operation
        self.options = options
        now = .now
    }

    var isStatus: Bool { subresource == "status" }

    /// Whether the spec is written: at the object's own address, or through its scale.
    var isSpec: Bool { subresource == nil || subresource == "scale" }
}

/// What a write has stored, or would have.
struct Written {
    /// The object in the version of the request, with apiVersion and kind.
    let object: JSONValue
    var isCreated = false
    var warnings: [String] = []
}

extension Write {
    /// Takes out what the kind does not know, complains about it as asked, and fills in defaults.
    mutating func admitFields(_ object: inout JSONValue, duplicates: [String] = []) throws(APIFailure) {
        if !kind.traits.isCustom { try BuiltInDecoding.check(object, kind) }
        let unknown = kind.schema.prune(&object)
        let complaints = StrictDecoding.complaints(duplicates: duplicates, unknown: unknown)
        switch options.fieldValidation {
        case .ignore: break
        case .warn: warnings += complaints
        case .strict where !complaints.isEmpty:
            throw .badRequest(
                StrictDecoding.message(
                    kind: kind.resource.kind,
                    version: kind.resource.version,
                    complaints: complaints
                )
            )
        case .strict: break
        }
        fillDefaults(&object)
        if let warning = kind.warning { warnings.append(warning) }
    }

    private func fillDefaults(_ object: inout JSONValue) {
        // Of a status write nothing else is kept, and pods' statuses are most of what is written.
        guard isStatus, var status = object["status"], status.object != nil,
            let schema = kind.schema.properties["status"]
        else { return kind.schema.applyDefaults(to: &object) }
        schema.applyDefaults(to: &status)
        object["status"] = status
    }

    /// The breaches of the kind's schema and rules by an object or, with an older one, by its change.
    func schemaCauses(_ new: JSONValue, _ old: JSONValue?, rules: ObjectRules?) -> [APIFailure.Cause] {
        let errors: [FieldError]
        if isStatus {
            guard let schema = kind.schema.properties["status"], let status = new["status"] else { return [] }
            errors = schema.validate(status, old: old?["status"], parent: "status")
        } else {
            errors = kind.schema.validate(new, old: old) + newDuplicates(new, old)
        }
        if !errors.isEmpty { return errors.map(APIFailure.Cause.init) }
        return isStatus ? [] : rules?.validate(new, old) ?? []
    }

    /// Items that occur twice, unless they did before.
    private func newDuplicates(_ new: JSONValue, _ old: JSONValue?) -> [FieldError] {
        let errors = kind.schema.duplicateItems(in: new)
        guard !errors.isEmpty, let old else { return errors }
        let known = kind.schema.duplicateItems(in: old)
        return errors.filter { !known.contains($0) }
    }
}

extension APIFailure.Cause {
    init(_ error: FieldError) {
        self.init(reason: error.kind.rawValue, message: error.body, field: error.field)
    }
}
