import JSON
import Logging
import Providers

/// A field that we intend and that stands differently in the live object.
struct FieldDifference: Equatable {
    /// Such as `spec.postgresql.parameters.work_mem`; list items by their index.
    let path: String
    let intended: JSONValue
    /// Nil when the field is not there.
    let found: JSONValue?

    /// Whether it is one of the notes that the operator keeps on its children for itself.
    var isBookkeeping: Bool {
        let notes = [AppliedChildren.annotation, RenderingMarks.rendering, RenderingMarks.held]
        return path.hasPrefix("metadata.annotations.") && notes.contains { path.hasSuffix($0) }
    }

    /// Such as `spec.instances: 5, intended 3`, cut where a value is long.
    var description: String {
        "\(path): \(found.map(Self.short) ?? "absent"), intended \(Self.short(intended))"
    }

    private static func short(_ value: JSONValue) -> String {
        let text = value.description
        return text.count <= 60 ? text : "\(text.prefix(57))..."
    }
}

extension FieldDifference {
    /// Writes `size_drift_detected`, or as the type of the drift is called.
    func log(child: String, _ type: DriftType, to logger: Logger) {
        logger.notice(
            "\(type.rawValue)_drift_detected",
            metadata: [
                "child": "\(child)", "field": "\(path)", "desired": "\(Self.short(intended))",
                "current": "\(found.map(Self.short) ?? "absent")",
            ]
        )
    }

    /// The fields of the intent that the live object does not have as intended.
    ///
    /// What the intent does not mention is not looked at: it belongs to the child operator, to defaults, or to people.
    /// Lists are compared item by item and as a whole, since those of the child operators' definitions declare no list
    /// type and are therefore atomic to server-side apply; only owner references and finalizers are sets that others
    /// may add to.
    static func all(intended: JSONValue, live: JSONValue) -> [FieldDifference] {
        var found: [FieldDifference] = []
        compare(intended, live, at: "", into: &found)
        return found
    }

    private static func compare(
        _ intended: JSONValue,
        _ live: JSONValue?,
        at path: String,
        into differences: inout [FieldDifference]
    ) {
        switch (intended, live) {
        case (.object(let fields), .object(let liveFields)?):
            for field in fields {
                compare(field.value, liveFields[field.name], at: join(path, field.name), into: &differences)
            }
        case (.array(let items), .array(let liveItems)?) where isOpenSet(path):
            for item in items where !liveItems.contains(where: { all(intended: item, live: $0).isEmpty }) {
                differences.append(FieldDifference(path: path, intended: item, found: nil))
            }
        case (.array(let items), .array(let liveItems)?) where items.count == liveItems.count:
            for (index, pair) in zip(items, liveItems).enumerated() {
                compare(pair.0, pair.1, at: "\(path)[\(index)]", into: &differences)
            }
        default:
            if intended != live {
                differences.append(FieldDifference(path: path, intended: intended, found: live))
            }
        }
    }

    /// The live object's values of exactly the fields that the intent mentions.
    ///
    /// Two live objects with the same projection are the same as far as we are concerned.
    static func projection(of live: JSONValue, onto intended: JSONValue) -> JSONValue {
        projection(of: live, onto: intended, at: .root)
    }

    /// Where a value stands, as far as that makes a difference; no paths are made for it.
    private enum Place {
        case root
        case metadata
        case openSet
        case other

        func field(_ name: String) -> Place {
            switch self {
            case .root: name == "metadata" ? .metadata : .other
            case .metadata: name == "ownerReferences" || name == "finalizers" ? .openSet : .other
            case .openSet, .other: .other
            }
        }
    }

    private static func projection(of live: JSONValue, onto intended: JSONValue, at place: Place) -> JSONValue {
        switch (intended, live) {
        case (.object(let fields), .object(let liveFields)):
            var projected = JSONObject()
            projected.reserveCapacity(fields.count)
            for field in fields {
                guard let value = liveFields[field.name] else { continue }
                projected[field.name] = projection(of: value, onto: field.value, at: place.field(field.name))
            }
            return .object(projected)
        case (.array(let items), .array(let liveItems)) where place == .openSet:
            return .array(
                liveItems.filter { item in items.contains { all(intended: $0, live: item).isEmpty } }
            )
        default:
            return live
        }
    }

    private static func isOpenSet(_ path: String) -> Bool {
        path == "metadata.ownerReferences" || path == "metadata.finalizers"
    }

    private static func join(_ path: String, _ field: String) -> String { path.isEmpty ? field : "\(path).\(field)" }
}
