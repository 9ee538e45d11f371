/// What a writing request asks for beside its body.
struct WriteOptions: Sendable {
    /// What happens to fields that the kind does not have, and to fields that stand there twice.
    enum FieldValidation: String, Sendable {
        case ignore = "Ignore"
        case warn = "Warn"
        case strict = "Strict"
    }

    var fieldManager: String
    var fieldValidation = FieldValidation.warn
    var isDryRun = false
    var force = false

    init(fieldManager: String) { self.fieldManager = fieldManager }

    /// Reads a request's query.
    ///
    /// - Parameter kind: what the options are called in errors: CreateOptions, UpdateOptions or PatchOptions.
    init(_ request: APIRequest, kind: String, isApply: Bool = false) throws(APIFailure) {
        var causes: [APIFailure.Cause] = []
        let manager = request.query["fieldManager"] ?? ""
        fieldManager = manager.isEmpty ? request.defaultFieldManager : manager
        if isApply, manager.isEmpty { causes.append(.required("fieldManager", "is required for apply patch")) }
        if manager.utf8.count > 128 {
            causes.append(
                APIFailure.Cause(
                    reason: "FieldValueTooLong",
                    message: "Too long: may not be more than 128 bytes",
                    field: "fieldManager"
                )
            )
        }
        let dryRun = request.query.values("dryRun")
        isDryRun = !dryRun.isEmpty
        if isDryRun, dryRun != ["All"] {
            let list = dryRun.map(GoText.quoted).joined(separator: ",")
            causes.append(.notSupported("dryRun", "[\(list)]", ["All"]))
        }
        let validation = request.query["fieldValidation"] ?? ""
        if !validation.isEmpty {
            if let known = FieldValidation(rawValue: validation) {
                fieldValidation = known
            } else {
                let supported = ["Ignore", "Strict", "Warn"]
                causes.append(.notSupported("fieldValidation", GoText.quoted(validation), supported))
            }
        }
        if let text = request.query["force"] {
            force = text == "true" || text == "1"
            if kind == "PatchOptions", !isApply {
                causes.append(.forbidden("force", "may not be specified for non-apply patch"))
            }
        }
        guard causes.isEmpty else { throw .invalid(kind: kind, group: "meta.k8s.io", name: "", causes) }
    }
}
