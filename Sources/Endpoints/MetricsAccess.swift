/// Who may read the metrics.
package enum MetricsAccess: Sendable {
    case everybody
    /// Those who send the token as a bearer; it is asked for at each request, so that it can rotate. Nil lets nobody in.
    case bearer(@Sendable () -> String?)

    /// Whether a request with that `Authorization` field may read.
    func allows(_ field: String?) -> Bool {
        guard case .bearer(let token) = self else { return true }
        guard let field, field.lowercased().hasPrefix("bearer "), let token = token(), !token.isEmpty else {
            return false
        }
        return Self.isSame(field.dropFirst("bearer ".count).utf8, token.utf8)
    }

    /// In a time that tells nothing about where the two differ.
    private static func isSame(_ one: Substring.UTF8View, _ other: String.UTF8View) -> Bool {
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
