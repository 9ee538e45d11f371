import JSON
import YAML

/// What is read as YAML is written so that it is read again as the same.
enum YAMLPromises {
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        let documents: [JSONValue]
        do throws(YAMLError) {
            documents = try YAML.parse(bytes)
        } catch {
            try promise(error.line > 0 && error.column > 0, "an error without a place: \(error)")
            return
        }
        for document in documents { try checkReading(YAML.write(document), gives: [withWholeNumbers(document)]) }
        try checkReading(YAML.write(documents: documents), gives: documents.map(withWholeNumbers))
    }

    static func checkReading(_ text: String, gives expected: [JSONValue]) throws(BrokenPromise) {
        let read: [JSONValue]
        do throws(YAMLError) {
            read = try YAML.parse(Array(text.utf8))
        } catch {
            throw BrokenPromise("the written YAML cannot be read: \(error)\n\(text)")
        }
        try promise(read == expected, "the written YAML is read as \(read), not as \(expected):\n\(text)")
    }

    /// The value with whole doubles as integers, which is how YAML gives them back.
    static func withWholeNumbers(_ value: JSONValue) -> JSONValue {
        switch value {
        case .double(let number): Int64(exactly: number).map(JSONValue.integer) ?? value
        case .array(let items): .array(items.map(withWholeNumbers))
        case .object(let fields): .object(JSONObject(fields.map { ($0.name, withWholeNumbers($0.value)) }))
        default: value
        }
    }
}
