/// A value that never shows itself in text: not printed, not interpolated, not dumped.
///
/// What comes from a Secret is kept in one, so that to leak it somebody has to write `.revealed`.
package struct Redacted<Value: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The value itself; never to be put into a log, an event, a status or an error.
    package let revealed: Value

    /// Hides a value.
    package init(_ value: Value) { revealed = value }

    package var description: String { "[redacted]" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// Metadata keys whose values are withheld from logs, whatever they hold.
enum SensitiveKeys {
    private static let marks = [
        "password", "passwd", "token", "secretvalue", "credential", "authorization", "privatekey",
    ]

    static func contains(_ key: String) -> Bool {
        let plain = key.lowercased().filter { $0 != "_" && $0 != "-" && $0 != "." }
        return marks.contains { plain.contains($0) }
    }
}
