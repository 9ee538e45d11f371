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
