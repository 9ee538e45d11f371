import JSON

/// The part of kubectl's JSONPath that columns of definitions may use.
///
/// Fields (`.a`, `['a']`, with `\.` for a dot inside a name), items (`[0]`, `[-1]`, `[*]`) and one comparison
/// (`[?(@.type=="Ready")]`).
struct JSONPathExpression: Sendable {
    private enum Step: Sendable {
        case field(String)
        case index(Int)
        case all
        case filter(path: [String], isEqual: Bool, literal: JSONValue)
    }

    private var steps: [Step] = []

    /// Reads the text of a column's jsonPath; nil when it uses something else.
    init?(_ text: String) {
        var rest = Array(text)[...]
        while let character = rest.first {
            if character == "." {
                rest = rest.dropFirst()
                let name = Self.takeName(&rest)
                if !name.isEmpty { steps.append(.field(name)) }
            } else if character == "[" {
                guard let step = Self.takeBracket(&rest) else { return nil }
                steps.append(step)
            } else {
                return nil
            }
        }
    }

    /// The values at this path, in document order.
    func values(in root: JSONValue) -> [JSONValue] {
        steps.reduce([root]) { values, step in values.flatMap { Self.follow(step, $0) } }
    }

    private static func follow(_ step: Step, _ value: JSONValue) -> [JSONValue] {
        switch step {
        case .field(let name): return value[name].map { [$0] } ?? []
        case .index(let index):
            guard let items = value.array else { return [] }
            return value[index < 0 ? items.count + index : index].map { [$0] } ?? []
        case .all: return value.array ?? value.object?.map(\.value) ?? []
        case .filter(let path, let isEqual, let literal):
            return (value.array ?? []).filter { item in
                let found = path.reduce(Optional(item)) { $0?[$1] }
                return found.map { ($0 == literal) == isEqual } ?? false
            }
        }
    }

    private static func takeName(_ rest: inout ArraySlice<Character>) -> String {
        var name = ""
        while let character = rest.first, character != ".", character != "[" {
            rest = rest.dropFirst()
            if character == "\\", let escaped = rest.popFirst() { name.append(escaped) } else { name.append(character) }
        }
        return name
    }

    private static func takeBracket(_ rest: inout ArraySlice<Character>) -> Step? {
        var inside = ""
        var quote: Character?
        rest = rest.dropFirst()
        while let character = rest.popFirst() {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "]" {
                return step(inside)
            }
            inside.append(character)
        }
        return nil
    }

    private static func step(_ inside: String) -> Step? {
        if inside == "*" { return .all }
        if let index = Int(inside) { return .index(index) }
        if let name = quoted(inside) { return .field(name.replacing("\\.", with: ".")) }
        guard inside.hasPrefix("?(@"), inside.hasSuffix(")") else { return nil }
        let comparison = inside.dropFirst(3).dropLast()
        for (sign, isEqual) in [("==", true), ("!=", false)] {
            guard let range = comparison.firstRange(of: sign) else { continue }
            let path = comparison[..<range.lowerBound].trimmed.split(separator: ".").map(String.init)
            let text = comparison[range.upperBound...].trimmed
            let literal = quoted(text).map(JSONValue.string) ?? (try? JSONValue(parsing: text)) ?? .string(text)
            return .filter(path: path, isEqual: isEqual, literal: literal)
        }
        return nil
    }

    private static func quoted(_ text: String) -> String? {
        guard text.count >= 2, let first = text.first, first == "'" || first == "\"", text.last == first else {
            return nil
        }
        return String(text.dropFirst().dropLast())
    }
}
