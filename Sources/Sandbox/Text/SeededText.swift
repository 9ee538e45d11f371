import JSON

/// Letters and digits for passwords, keys and names: the same each time from a seed and what they are for.
struct SeededText {
    let seed: UInt64

    func letters(_ count: Int, for subject: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var state = stableHash(of: .string("\(seed) \(subject)"))
        let bytes = (0..<count).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return alphabet[Int((state >> 33) % UInt64(alphabet.count))]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A certificate or a key that nothing in the sandbox speaks TLS with.
    func pem(_ kind: String, for subject: String) -> String {
        "-----BEGIN \(kind)-----\n\(letters(64, for: subject + kind))\n-----END \(kind)-----\n"
    }
}
