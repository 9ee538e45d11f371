import Synchronization

/// A regular expression of a schema, compiled once.
///
/// Schemas are written for RE2; what is used of it in practice reads the same here.
final class SchemaPattern: Sendable {
    let text: String
    private let expression: Mutex<Regex<AnyRegexOutput>>

    /// Compiles a pattern, or takes the same pattern compiled before.
    static func compiled(_ text: String, path: String) throws(SchemaError) -> SchemaPattern {
        if let known = known.withLock({ $0[text] }) { return known }
        guard let pattern = SchemaPattern(text) else {
            throw SchemaError(path: path, message: "\(GoText.quoted(text)) is not a regular expression")
        }
        known.withLock { $0[text] = pattern }
        return pattern
    }

    /// The patterns that were compiled; a large definition repeats the same few hundreds of times.
    private static let known = Mutex<[String: SchemaPattern]>([:])

    private init?(_ text: String) {
        guard let expression = try? Regex(text) else { return nil }
        self.text = text
        self.expression = Mutex(expression.matchingSemantics(.unicodeScalar))
    }

    /// Whether the pattern occurs in the text.
    func occurs(in text: String) -> Bool {
        expression.withLock { (try? $0.firstMatch(in: text)) != nil }
    }
}
