import JSON

/// The written forms of one step of a path.
enum PathElement {
    static func field(_ name: String) -> String { "f:" + name }

    /// An item of a set.
    static func value(_ value: JSONValue) -> String { "v:" + value.description }

    /// An item of a list by its keys; nil when a key without a default is missing.
    static func item(_ item: JSONValue, keys: [FieldType.Key]) -> String? {
        var fields = JSONObject()
        for key in keys {
            guard let value = item[key.name] ?? key.standard else { return nil }
            fields[key.name] = value
        }
        return "k:" + JSONValue.object(fields).description
    }

    /// The element in a message: `.name`, `[port=80]`, `[="a"]` or `[0]`.
    static func shown(_ element: String) -> String {
        let content = String(element.dropFirst(2))
        switch element.utf8.first {
        case UInt8(ascii: "f"): return "." + content
        case UInt8(ascii: "v"): return "[=" + content + "]"
        case UInt8(ascii: "k"):
            let keys = (try? JSONValue(parsing: content))?.object ?? JSONObject()
            return "[" + keys.map { $0.name + "=" + GoText.shown($0.value) }.joined(separator: ",") + "]"
        default: return "[" + content + "]"
        }
    }
}
