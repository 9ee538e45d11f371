import JSON

/// The tags of YAML 1.1 that mean something here.
enum Tag {
    static let prefix = "tag:yaml.org,2002:"
    static let merge = prefix + "merge"
}

/// Why a scalar does not fit its tag or JSON.
struct ScalarError: Error {
    let message: String
}

/// What an unquoted scalar is: the rules of go-yaml v2's `resolve`, on which `sigs.k8s.io/yaml` stands.
enum PlainScalar {
    /// The value of a scalar with its tag and quotes taken into account.
    static func value(of scalar: Event.Scalar) throws(ScalarError) -> JSONValue {
        guard let tag = scalar.tag, tag != "!" else {
            return scalar.isPlain && scalar.tag == nil ? try value(of: scalar.text) : .string(scalar.text)
        }
        guard tag.hasPrefix(Tag.prefix) else { return .string(scalar.text) }
        let name = tag.dropFirst(Tag.prefix.count)
        if name == "binary" {
            throw ScalarError(message: "The tag !!binary is not supported; write the base64 text as a string.")
        }
        guard ["int", "float", "bool", "null"].contains(name) else { return .string(scalar.text) }
        let value = try value(of: scalar.text)
        let fits =
            switch value {
            case .integer: name == "int" || name == "float"
            case .double: name == "float"
            case .bool: name == "bool"
            case .null: name == "null"
            default: false
            }
        guard fits else { throw ScalarError(message: "This value does not fit its tag !!\(name).") }
        return value
    }

    /// The value of a text without quotes and tag.
    static func value(of text: String) throws(ScalarError) -> JSONValue {
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            if infinitiesAndNaN.contains(text) {
                throw ScalarError(message: "\(text) has no place in JSON; put it in quotes if it is meant as text.")
            }
            return number(text) ?? .string(text)
        default:
            return words[text] ?? .string(text)
        }
    }

    private static let words: [String: JSONValue] = {
        var words: [String: JSONValue] = ["~": .null, "null": .null, "Null": .null, "NULL": .null]
        for word in ["y", "yes", "true", "on"] { for form in forms(word) { words[form] = true } }
        for word in ["n", "no", "false", "off"] { for form in forms(word) { words[form] = false } }
        return words
    }()

    private static func forms(_ word: String) -> [String] {
        [word, word.prefix(1).uppercased() + word.dropFirst(), word.uppercased()]
    }

    private static let infinitiesAndNaN: Set<String> = {
        let infinities = [".inf", ".Inf", ".INF"].flatMap { [$0, "+" + $0, "-" + $0] }
        return Set(infinities + [".nan", ".NaN", ".NAN"])
    }()
}
