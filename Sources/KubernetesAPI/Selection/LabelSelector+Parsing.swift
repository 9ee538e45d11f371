/// Why the text of a selector cannot be read.
package struct SelectorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence.
    package let description: String
}

extension LabelSelector {
    /// Reads "a=b,c!=d,e in (x,y),f notin (z),g,!h"; the empty text takes every object.
    package init(parsing text: String) throws(SelectorError) {
        var parser = SelectorParser(text)
        self.init(requirements: try parser.requirements())
    }
}

private struct SelectorParser {
    private let text: String
    private var tokens: [String]

    private static let operators: [Unicode.Scalar] = ["=", "!", "(", ")", ","]

    init(_ text: String) {
        self.text = text
        tokens = []
        var word = ""
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            let isSpace = scalar == " " || scalar == "\t"
            if isSpace || Self.operators.contains(scalar) {
                if !word.isEmpty { tokens.append(word) }
                word = ""
                if scalar == "=", let last = tokens.last, previous == "=" || previous == "!", last == "=" || last == "!"
                {
                    tokens[tokens.count - 1] = last + "="
                } else if !isSpace {
                    tokens.append(String(scalar))
                }
            } else {
                word.unicodeScalars.append(scalar)
            }
            previous = scalar
        }
        if !word.isEmpty { tokens.append(word) }
        // Read from the end, so that taking the next one is cheap.
        tokens.reverse()
    }

    mutating func requirements() throws(SelectorError) -> [LabelSelector.Requirement] {
        guard !tokens.isEmpty else { return [] }
        var requirements = [try requirement()]
        while !tokens.isEmpty {
            try expect(",")
            requirements.append(try requirement())
        }
        return requirements
    }

    private mutating func requirement() throws(SelectorError) -> LabelSelector.Requirement {
        if tokens.last == "!" {
            tokens.removeLast()
            return .init(key: try word(), .doesNotExist)
        }
        let key = try word()
        switch tokens.last {
        case nil, ",": return .init(key: key, .exists)
        case "=", "==":
            tokens.removeLast()
            return .init(key: key, .isIn, [value()])
        case "!=":
            tokens.removeLast()
            return .init(key: key, .isNotIn, [value()])
        case "in":
            tokens.removeLast()
            return .init(key: key, .isIn, try values())
        case "notin":
            tokens.removeLast()
            return .init(key: key, .isNotIn, try values())
        case let other?: throw unexpected(other)
        }
    }

    private mutating func values() throws(SelectorError) -> [String] {
        try expect("(")
        var values = [value()]
        while tokens.last == "," {
            tokens.removeLast()
            values.append(value())
        }
        try expect(")")
        return Array(Set(values)).sorted()
    }

    /// A value, which may be empty.
    private mutating func value() -> String {
        guard let next = tokens.last, !Self.isOperator(next) else { return "" }
        tokens.removeLast()
        return next
    }

    private mutating func word() throws(SelectorError) -> String {
        guard let next = tokens.popLast() else { throw unexpected("the end") }
        guard !Self.isOperator(next) else { throw unexpected(next) }
        return next
    }

    private mutating func expect(_ token: String) throws(SelectorError) {
        guard let next = tokens.popLast() else { throw unexpected("the end") }
        guard next == token else { throw unexpected(next) }
    }

    private func unexpected(_ token: String) -> SelectorError {
        SelectorError(description: "The label selector \"\(text)\" cannot be read: \"\(token)\" is not expected there.")
    }

    private static func isOperator(_ token: String) -> Bool {
        token.unicodeScalars.first.map(operators.contains) ?? true
    }
}
