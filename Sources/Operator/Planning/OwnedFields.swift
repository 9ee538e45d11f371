import JSON
import Providers

/// The fields of an object that one manager has applied, as `metadata.managedFields` tells (KEP-555).
struct OwnedFields {
    /// Nil when the manager owns none, or the object was read without its managed fields.
    private let fields: JSONValue?

    init(_ object: JSONValue, manager: String) {
        fields =
            object.at("metadata", "managedFields")?.array?.first { entry in
                entry["manager"]?.string == manager && entry["operation"]?.string == "Apply"
                    && entry["subresource"]?.string ?? "" == ""
            }?["fieldsV1"]
    }

    /// What applying `intended` would take away from `live`: owned fields that it does not have any more.
    func dropped(by intended: JSONValue, from live: JSONValue) -> [FieldChange] {
        var changes: [FieldChange] = []
        if let fields { collect(fields, intended, live, at: [], into: &changes) }
        return changes
    }

    private func collect(
        _ owned: JSONValue,
        _ intended: JSONValue?,
        _ live: JSONValue?,
        at path: [String],
        into changes: inout [FieldChange]
    ) {
        guard let live else { return }
        let names = (owned.object ?? [:]).filter { $0.name.hasPrefix("f:") }
        // Neither an item of a list nor a value of a set is a field of its own here.
        guard !names.isEmpty, live.object != nil else {
            if intended == nil { changes.append(FieldChange(path, from: live, to: nil)) }
            return
        }
        // What is intended as a whole is compared as a whole.
        if let intended, intended.object == nil { return }
        for field in names {
            let name = String(field.name.dropFirst(2))
            collect(field.value, intended?[name], live[name], at: path + [name], into: &changes)
        }
    }
}
