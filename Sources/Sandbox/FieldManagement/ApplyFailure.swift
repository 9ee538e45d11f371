/// Why an applied configuration was refused.
enum ApplyFailure: Error, Sendable, Equatable {
    /// A place that another writer owns with another value.
    struct Conflict: Sendable, Equatable {
        /// The owner as messages show it: `"kubectl" using apps/v1`.
        let owner: String
        /// The place, such as `.spec.ports[port=80].protocol`.
        let path: String
    }

    /// Others own the places; `force` takes them.
    case conflicts([Conflict])
    /// The request names no field manager.
    case missingManager
    /// The configuration carries managed fields.
    case managedFieldsGiven
    /// The configuration does not fit the kind's types; the sentence says where.
    case untyped(String)

    /// The HTTP status code.
    var code: Int {
        switch self {
        case .conflicts: 409
        case .missingManager: 422
        case .managedFieldsGiven: 400
        case .untyped: 500
        }
    }

    /// The sentence of the answer.
    var message: String {
        switch self {
        case .conflicts(let conflicts): ApplyFailure.message(conflicts)
        case .missingManager:
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"
        case .managedFieldsGiven: "metadata.managedFields must be nil"
        case .untyped(let sentence): sentence
        }
    }

    private static func message(_ conflicts: [Conflict]) -> String {
        if let conflict = conflicts.first, conflicts.count == 1 {
            return "Apply failed with 1 conflict: conflict with \(conflict.owner): \(conflict.path)"
        }
        var lines: [String] = []
        for owner in Set(conflicts.map(\.owner)).sorted() {
            lines.append("conflicts with \(owner):")
            lines += conflicts.filter { $0.owner == owner }.map { "- " + $0.path }
        }
        return "Apply failed with \(conflicts.count) conflicts: " + lines.joined(separator: "\n")
    }
}
