import JSON
import KubernetesAPI

/// Objects as the rows of a table (meta.k8s.io/v1), which is how kubectl asks for what it prints.
struct Table: Sendable {
    /// What each row carries beside its cells.
    enum RowObject: String, Sendable {
        case metadata = "Metadata"
        case whole = "Object"
        case none = "None"
    }

    let columns: [TableColumn]
    let rowObject: RowObject

    /// The table of some objects.
    ///
    /// - Parameter withColumns: false in all events of a watch but the first.
    func json(_ objects: [JSONValue], metadata: JSONValue, now: Timestamp, withColumns: Bool = true) -> JSONValue {
        [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": withColumns ? .array(columns.map(\.definition)) : .null,
            "rows": .array(objects.map { row($0, now) }),
        ]
    }

    private func row(_ object: JSONValue, _ now: Timestamp) -> JSONValue {
        var row: JSONValue = ["cells": .array(columns.map { $0.cell(object, now) })]
        switch rowObject {
        case .metadata: row["object"] = Self.partialMetadata(object)
        case .whole: row["object"] = object
        case .none: row["object"] = .null
        }
        return row
    }

    /// An object's metadata alone (PartialObjectMetadata).
    static func partialMetadata(_ object: JSONValue) -> JSONValue {
        ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"] ?? [:]]
    }
}
