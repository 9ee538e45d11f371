import JSON

/// Events in their two versions: the core group's, which is stored, and that of events.k8s.io.
enum EventConversion {
    private static let names: [(core: String, grouped: String)] = [
        ("involvedObject", "regarding"), ("message", "note"), ("reportingComponent", "reportingController"),
        ("source", "deprecatedSource"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"),
    ]

    /// Fields of the core version that a selector may name; those of the other version are called the same.
    static let selectableFields: [[String]] =
        ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map {
            ["involvedObject", $0]
        }
        + [["reason"], ["reportingComponent"], ["source"], ["type"]]

    static func toCore(_ event: JSONValue) -> JSONValue { rename(event) { ($0.grouped, $0.core) } }

    static func fromCore(_ event: JSONValue) -> JSONValue { rename(event) { ($0.core, $0.grouped) } }

    private static func rename(
        _ event: JSONValue,
        _ direction: ((core: String, grouped: String)) -> (from: String, to: String)
    ) -> JSONValue {
        var event = event
        for pair in names {
            let (from, to) = direction(pair)
            guard let value = event[from] else { continue }
            event[from] = nil
            event[to] = value
        }
        return event
    }
}
