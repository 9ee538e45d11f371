import JSON
import KubernetesAPI

/// A column of the tables that kubectl prints: what it is called and how an object's cell is found.
struct TableColumn: Sendable {
    let name: String
    let type: String
    var format = ""
    var description = ""
    /// 0 for always, more for wide output.
    var priority = 0
    /// The cell of an object; `now` is what ages are counted to.
    let cell: @Sendable (_ object: JSONValue, _ now: Timestamp) -> JSONValue

    var definition: JSONValue {
        [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(description), "priority": JSONValue(priority),
        ]
    }
}

extension TableColumn {
    /// The first column of every table.
    static let name = TableColumn(
        name: "Name",
        type: "string",
        format: "name",
        description: """
            Name must be unique within a namespace. Is required when creating resources, although some resources may \
            allow a client to request the generation of an appropriate name automatically. Name is primarily intended \
            for creation idempotence and configuration definition. Cannot be updated. More info: \
            https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names
            """
    ) { object, _ in object.at("metadata", "name") ?? "" }

    /// The last column of a table that defines none of its own.
    static let age = age(type: "date", format: "")

    /// The age column of built-in kinds, which is typed as text.
    static let ageAsText = age(type: "string", format: "")

    private static func age(type: String, format: String) -> TableColumn {
        TableColumn(
            name: "Age",
            type: type,
            format: format,
            description: """
                CreationTimestamp is a timestamp representing the server time when this object was created. It is not \
                guaranteed to be set in happens-before order across separate operations. Clients may not set this \
                value. It is represented in RFC3339 form and is in UTC.

                Populated by the system. Read-only. Null for lists. More info: \
                https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
                """
        ) { object, now in .string(age(of: object.at("metadata", "creationTimestamp"), now)) }
    }

    /// How long ago a timestamp is, in kubectl's words.
    static func age(of timestamp: JSONValue?, _ now: Timestamp) -> String {
        guard let text = timestamp?.string else { return "<unknown>" }
        guard let then = Timestamp(text) else { return "<invalid>" }
        return humanDuration(seconds: (now.microseconds - then.microseconds) / 1_000_000)
    }

    /// A column by fixed field names.
    static func field(_ name: String, _ type: String = "string", _ path: String..., priority: Int = 0) -> TableColumn {
        TableColumn(name: name, type: type, priority: priority) { object, _ in
            path.reduce(Optional(object)) { $0?[$1] } ?? ""
        }
    }

    /// A column that a definition declares in additionalPrinterColumns; nil when its path cannot be read.
    init?(declaration: JSONValue) {
        guard let name = declaration["name"]?.string, let type = declaration["type"]?.string,
            let text = declaration["jsonPath"]?.string, let path = JSONPathExpression(text)
        else { return nil }
        self.init(
            name: name,
            type: type,
            format: declaration["format"]?.string ?? "",
            description: declaration["description"]?.string
                ?? "Custom resource definition column (in JSONPath format): \(text)",
            priority: Int(declaration["priority"]?.integer ?? 0)
        ) { object, now in
            guard let value = path.values(in: object).first, !value.isNull else { return .null }
            return Self.cell(value, type: type, now)
        }
    }

    private static func cell(_ value: JSONValue, type: String, _ now: Timestamp) -> JSONValue {
        switch type {
        case "string":
            if let text = value.string { return .string(text) }
            return .string(String(decoding: value.serialized(), as: UTF8.self))
        case "integer":
            if value.integer != nil { return value }
            return value.double.flatMap { Int64(exactly: $0.rounded(.towardZero)) }.map(JSONValue.integer) ?? .null
        case "number": return value.double == nil ? .null : value
        case "boolean": return value.bool == nil ? .null : value
        case "date": return value.string == nil ? .null : .string(age(of: value, now))
        default: return .null
        }
    }
}
