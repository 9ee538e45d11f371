/// The rules of names, with the API server's sentences for a name that breaks one.
enum NameRules {
    private static let subdomainPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
    private static let subdomainSentence =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '\(subdomainPattern)')"
    private static let labelSentence =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        + "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    private static let label1035Sentence =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        + "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation "
        + "is '[a-z]([-a-z0-9]*[a-z0-9])?')"
    private static let qualifiedSentence =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
        + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    private static let labelValueSentence =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
        + "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

    /// Which names a kind takes.
    enum Style: Sendable {
        /// A DNS subdomain of at most 253 characters, as most kinds and all custom ones take.
        case subdomain
        /// An RFC 1123 label of at most 63 characters, as a Namespace takes.
        case label
        /// An RFC 1035 label of at most 63 characters, as a Service takes.
        case label1035
        /// Anything that can stand in an address, as RBAC kinds take and every kind is held to on an update.
        case pathSegment

        /// The sentences against a name; with `isPrefix` it is a generateName, whose end is still to come.
        func refusals(of name: String, isPrefix: Bool = false) -> [String] {
            let name = isPrefix && name.hasSuffix("-") ? String(name.dropLast()) + "a" : name
            switch self {
            case .subdomain: return NameRules.subdomainRefusals(name)
            case .label: return NameRules.labelRefusals(name)
            case .label1035: return NameRules.label1035Refusals(name)
            case .pathSegment: return NameRules.pathSegmentRefusals(name, isPrefix: isPrefix)
            }
        }
    }

    static func isSubdomain(_ text: String) -> Bool { text.utf8.count <= 253 && isDotted(text, isLabel) }

    static func subdomainRefusals(_ text: String) -> [String] {
        (text.utf8.count > 253 ? ["must be no more than 253 bytes"] : [])
            + (isDotted(text, isLabel) ? [] : [subdomainSentence])
    }

    static func labelRefusals(_ text: String) -> [String] {
        (text.utf8.count > 63 ? ["must be no more than 63 bytes"] : []) + (isLabel(text[...]) ? [] : [labelSentence])
    }

    static func label1035Refusals(_ text: String) -> [String] {
        let startsWithLetter = text.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
        return (text.utf8.count > 63 ? ["must be no more than 63 bytes"] : [])
            + (isLabel(text[...]) && startsWithLetter ? [] : [label1035Sentence])
    }

    private static func pathSegmentRefusals(_ name: String, isPrefix: Bool) -> [String] {
        if !isPrefix, name == "." || name == ".." { return ["may not be '\(name)'"] }
        return ["/", "%"].filter { name.contains($0) }.map { "may not contain '\($0)'" }
    }

    /// The sentences against a label's or annotation's name, such as `example.com/part`.
    static func qualifiedNameRefusals(_ text: String) -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last else {
            return [
                "a qualified name " + qualifiedSentence
                    + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ]
        }
        var refusals: [String] = []
        if parts.count == 2 {
            if parts[0].isEmpty {
                refusals.append("prefix part must be non-empty")
            } else {
                refusals += subdomainRefusals(String(parts[0])).map { "prefix part " + $0 }
            }
        }
        if name.isEmpty { refusals.append("name part must be non-empty") }
        if name.utf8.count > 63 { refusals.append("name part must be no more than 63 bytes") }
        if !isQualified(name) { refusals.append("name part " + qualifiedSentence) }
        return refusals
    }

    static func labelValueRefusals(_ text: String) -> [String] {
        (text.utf8.count > 63 ? ["must be no more than 63 bytes"] : [])
            + (text.isEmpty || isQualified(text[...]) ? [] : [labelValueSentence])
    }

    private static func isDotted(_ text: String, _ isPart: (Substring) -> Bool) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isPart)
    }

    private static func isLabel(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        return isLowercaseOrDigit(first) && isLowercaseOrDigit(last)
            && text.utf8.allSatisfy { isLowercaseOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isQualified(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        let inner = [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")]
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.utf8.allSatisfy { isAlphanumeric($0) || inner.contains($0) }
    }

    private static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercaseOrDigit(byte) || (0x41...0x5A).contains(byte)
    }
}
