import JSON
import KubernetesAPI

/// Turns stored events into the lines of one watch: its selection, its version, its form.
struct WatchEncoder: Sendable {
    let kind: ServedKind
    let selection: Selection
    let form: Representation.Form
    let rowObject: Table.RowObject
    /// Columns are told in the first event alone.
    private var hasToldColumns = false

    init(kind: ServedKind, selection: Selection, form: Representation.Form, rowObject: Table.RowObject) {
        self.kind = kind
        self.selection = selection
        self.form = form
        self.rowObject = rowObject
    }

    /// The line of an object that was there when the watch began; empty when it is not selected.
    mutating func existing(_ object: StoredObject) -> [UInt8] {
        selection.matches(object) ? line("ADDED", object) : []
    }

    /// The line of an event; empty when neither state of the object is selected.
    mutating func event(_ event: StoredEvent) -> [UInt8] {
        let wasSelected = event.previous.map(selection.matches) ?? false
        if event.kind == .deleted { return wasSelected ? line("DELETED", event.object) : [] }
        switch (wasSelected, selection.matches(event.object)) {
        case (false, true): return line("ADDED", event.object)
        case (true, true): return line("MODIFIED", event.object)
        case (true, false):
            // Who watches a selection learns of an object's leaving by its last state inside.
            guard let previous = event.previous else { return [] }
            return line("DELETED", previous.restamped(event.revision))
        case (false, false): return []
        }
    }

    /// A line that only says up to where the watch has seen everything.
    func bookmark(_ revision: UInt64, endsInitialEvents: Bool) -> [UInt8] {
        var metadata: JSONValue = ["resourceVersion": .string(String(revision))]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        let object: JSONValue
        switch form {
        case .table:
            object = [
                "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": .null,
                "rows": [],
            ]
        case .metadata, .metadataList:
            object = ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata]
        default:
            object = [
                "kind": .string(kind.resource.kind), "apiVersion": .string(kind.resource.apiVersion),
                "metadata": metadata,
            ]
        }
        return Self.line("BOOKMARK", object.serialized())
    }

    /// The last line of a watch that cannot go on.
    static func failure(_ failure: APIFailure) -> [UInt8] { line("ERROR", failure.status.serialized()) }

    private mutating func line(_ type: String, _ object: StoredObject) -> [UInt8] {
        switch form {
        case .table:
            let value = object.value(as: kind.resource)
            let metadata: JSONValue = ["resourceVersion": .string(String(object.revision))]
            let table = Table(columns: kind.columns, rowObject: rowObject)
                .json([value], metadata: metadata, now: .now, withColumns: !hasToldColumns)
            hasToldColumns = true
            return Self.line(type, table.serialized())
        case .metadata, .metadataList:
            return Self.line(type, Table.partialMetadata(object.content).serialized())
        default: return Self.line(type, EncodedObject.bytes(object, kind))
        }
    }

    private static func line(_ type: String, _ object: [UInt8]) -> [UInt8] {
        var line = Array("{\"type\":\"\(type)\",\"object\":".utf8)
        line.reserveCapacity(line.count + object.count + 2)
        line += object
        line += "}\n".utf8
        return line
    }
}
