import Logging

/// A log event with everything that belongs to it, ready to be written.
struct LogRecord {
    let level: Logger.Level
    let message: String
    let label: String
    /// Sorted by key; sensitive values are withheld.
    let fields: [(key: String, value: Logger.MetadataValue)]

    init(_ event: LogEvent, label: String, metadata: Logger.Metadata, provided: Logger.Metadata?) {
        level = event.level
        message = event.message.description
        self.label = label
        var all = metadata
        if let provided { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        fields = all.sorted { $0.key < $1.key }.map { ($0.key, Self.withheld($0.value, key: $0.key)) }
    }

    private static func withheld(_ value: Logger.MetadataValue, key: String) -> Logger.MetadataValue {
        if SensitiveKeys.contains(key) { return "[redacted]" }
        guard case .dictionary(let fields) = value else { return value }
        return .dictionary(Dictionary(uniqueKeysWithValues: fields.map { ($0.key, withheld($0.value, key: $0.key)) }))
    }
}
