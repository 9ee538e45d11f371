import JSON
import KubernetesAPI

/// Which objects of a kind a list or a watch is about.
struct Selection: Sendable {
    let namespace: String?
    private let labels: LabelSelector
    private let fields: FieldSelector
    /// Fields beside name and namespace, for which an object's content has to be read.
    private let contentFields: [String: [String]]

    init(_ options: ListOptions, _ kind: ServedKind, namespace: String?, name: String? = nil) throws(APIFailure) {
        self.namespace = namespace
        do throws(SelectorError) {
            labels = try LabelSelector(parsing: options.labelSelector ?? "")
        } catch {
            throw .badRequest("unable to parse requirement: \(error.description)")
        }
        var fields: FieldSelector
        do throws(SelectorError) {
            fields = try FieldSelector(parsing: options.fieldSelector ?? "")
        } catch {
            throw .badRequest(error.description)
        }
        if let name { fields.requirements.append(FieldSelector.Requirement(field: "metadata.name", value: name)) }
        self.fields = fields
        var paths: [String: [String]] = [:]
        for field in fields.requirements.map(\.field) where field != "metadata.name" && field != "metadata.namespace" {
            guard let path = kind.selectableFields.first(where: { $0.joined(separator: ".") == field }) else {
                throw .badRequest("field label not supported: \(field)")
            }
            paths[field] = path
        }
        contentFields = paths
    }

    /// Whether all objects of the namespace are selected, so that what remains of a list can be counted.
    var isEverything: Bool { labels.requirements.isEmpty && fields.requirements.isEmpty }

    func matches(_ object: StoredObject) -> Bool {
        guard namespace == nil || object.key.namespace == namespace, labels.matches(object.labels) else { return false }
        guard !fields.requirements.isEmpty else { return true }
        let content = contentFields.isEmpty ? Optional.none : object.content
        return fields.matches { field in
            switch field {
            case "metadata.name": object.key.name
            case "metadata.namespace": object.key.namespace
            default: Self.text(contentFields[field]?.reduce(content) { $0?[$1] })
            }
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): text
        case .integer, .bool, .double: value?.description
        default: nil
        }
    }
}
