import JSON
import KubernetesAPI

extension APIServer {
    /// Notes in `metadata.managedFields` who wrote what.
    ///
    /// - Parameter applied: what an apply names, when the object comes to be by one.
    func recordFields(
        _ object: inout JSONValue,
        live: JSONValue?,
        applied: JSONValue?,
        _ write: Write
    ) throws(APIFailure) {
        let fields = fieldManagement(write)
        if let applied {
            let merged = try Self.refusing { () throws(ApplyFailure) in
                try fields.apply(
                    live: nil,
                    applied: applied,
                    manager: write.options.fieldManager,
                    force: true,
                    now: write.now
                )
            }
            object["metadata", "managedFields"] = merged.at("metadata", "managedFields")
        } else {
            object = fields.update(
                before: live,
                after: object,
                manager: write.options.fieldManager,
                now: write.now
            )
        }
    }

    /// The stored object with an applied configuration laid over it.
    func mergeApplied(_ applied: JSONValue, into live: JSONValue, _ write: Write) throws(APIFailure) -> JSONValue {
        let fields = fieldManagement(write)
        return try Self.refusing { () throws(ApplyFailure) in
            try fields.apply(
                live: live,
                applied: applied,
                manager: write.options.fieldManager,
                force: write.options.force,
                now: write.now
            )
        }
    }

    private func fieldManagement(_ write: Write) -> FieldManagement {
        FieldManagement(
            schema: write.kind.traits.isCustom ? write.kind.schema : nil,
            apiVersion: write.kind.resource.apiVersion,
            kind: write.kind.resource.kind,
            hasStatus: write.kind.hasStatus,
            subresource: write.subresource
        )
    }

    private static func refusing(_ body: () throws(ApplyFailure) -> JSONValue) throws(APIFailure) -> JSONValue {
        do throws(ApplyFailure) {
            return try body()
        } catch {
            throw APIFailure(error)
        }
    }
}

extension APIFailure {
    /// The refusal of an applied configuration.
    init(_ failure: ApplyFailure) {
        switch failure {
        case .conflicts(let conflicts):
            let causes = conflicts.map {
                Cause(reason: "FieldManagerConflict", message: "conflict with \($0.owner)", field: $0.path)
            }
            self.init(
                code: failure.code,
                reason: "Conflict",
                message: failure.message,
                details: Details(causes: causes)
            )
        case .missingManager:
            self = .invalid(
                kind: "PatchOptions",
                group: "meta.k8s.io",
                name: "",
                [.required("fieldManager", "is required for apply patch")]
            )
        case .managedFieldsGiven:
            self = .badRequest(failure.message)
        case .untyped:
            self.init(code: failure.code, reason: "", message: failure.message)
        }
    }
}
