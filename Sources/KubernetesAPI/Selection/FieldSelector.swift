/// Which fields an object must have, as kubectl's `--field-selector` says it: "metadata.name=a,status.phase!=Running".
package struct FieldSelector: Hashable, Sendable, CustomStringConvertible {
    /// One demand on one field.
    package struct Requirement: Hashable, Sendable {
        /// The field's path, as "metadata.name".
        package let field: String
        /// The value, which may be empty.
        package let value: String
        /// Whether the field must have the value, or must not.
        package let isEqual: Bool

        /// A demand on one field.
        package init(field: String, value: String, isEqual: Bool = true) {
            self.field = field
            self.value = value
            self.isEqual = isEqual
        }
    }

    /// All of them must hold; an empty list takes every object.
    package var requirements: [Requirement]

    /// A selector of such demands.
    package init(requirements: [Requirement] = []) { self.requirements = requirements }

    /// The selector of the one object of that name.
    package static func name(_ name: String) -> FieldSelector {
        FieldSelector(requirements: [Requirement(field: "metadata.name", value: name)])
    }

    /// Reads the text of the query parameter `fieldSelector`.
    package init(parsing text: String) throws(SelectorError) {
        requirements = []
        for term in Self.terms(text) {
            guard let requirement = Self.requirement(term) else {
                throw SelectorError(description: "The field selector \"\(term)\" cannot be read; write field=value.")
            }
            requirements.append(requirement)
        }
    }

    /// Whether an object is taken whose fields the body tells; an absent field counts as empty.
    package func matches(_ field: (String) -> String?) -> Bool {
        requirements.allSatisfy { ((field($0.field) ?? "") == $0.value) == $0.isEqual }
    }

    /// The text of the query parameter; commas, equal signs and backslashes in values get a backslash before them.
    package var description: String {
        requirements.map { requirement in
            var value = ""
            for scalar in requirement.value.unicodeScalars {
                if scalar == "\\" || scalar == "," || scalar == "=" { value += "\\" }
                value.unicodeScalars.append(scalar)
            }
            return requirement.field + (requirement.isEqual ? "=" : "!=") + value
        }.joined(separator: ",")
    }

    /// The parts between commas that no backslash stands before; empty ones are dropped.
    private static func terms(_ text: String) -> [String] {
        var terms = [""]
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if scalar == ",", !isEscaped {
                terms.append("")
            } else {
                terms[terms.count - 1].unicodeScalars.append(scalar)
            }
            isEscaped = scalar == "\\" && !isEscaped
        }
        return terms.filter { !$0.isEmpty }
    }

    private static func requirement(_ term: String) -> Requirement? {
        let scalars = term.unicodeScalars
        guard let sign = scalars.firstIndex(of: "=") else { return nil }
        var field = String(scalars[..<sign])
        let isEqual = !field.hasSuffix("!")
        if !isEqual { field.removeLast() }
        guard !field.isEmpty else { return nil }
        var rest = scalars[scalars.index(after: sign)...]
        if isEqual, rest.first == "=" { rest.removeFirst() }
        var value = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in rest {
            isEscaped = scalar == "\\" && !isEscaped
            if !isEscaped { value.append(scalar) }
        }
        return Requirement(field: field, value: String(value), isEqual: isEqual)
    }
}
