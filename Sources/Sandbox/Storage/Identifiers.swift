import Synchronization

/// Where uids and generated names come from; with a seed they are the same in every run.
final class Identifiers: Sendable {
    /// SplitMix64, which is small and good enough for names.
    fileprivate struct Generator: RandomNumberGenerator, Sendable {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let nameAlphabet = Array("bcdfghjklmnpqrstvwxz2456789")
    fileprivate let generator: Mutex<Generator>

    init(seed: UInt64?) {
        generator = Mutex(Generator(state: seed ?? UInt64.random(in: .min ... .max)))
    }

    /// A random UUID (version 4) in lower case.
    func uid() -> String {
        let (high, low) = generator.withLock { ($0.next(), $0.next()) }
        var bytes = [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let text = Array(hexadecimal(bytes))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(text[$0]) }.joined(separator: "-")
    }

    /// A name that begins with a prefix and ends in five random characters.
    func name(prefix: String) -> String {
        let suffix = generator.withLock { generator in
            (0..<5).map { _ in Self.nameAlphabet[Int.random(in: 0..<Self.nameAlphabet.count, using: &generator)] }
        }
        return String(prefix.prefix(58)) + String(suffix)
    }
}

extension Identifiers {
    /// An address inside the sandbox's imaginary service network.
    func serviceAddress() -> String {
        let number = generator.withLock { $0.next() }
        return "10.96.\(number >> 8 & 0xFF).\(max(1, number & 0xFF))"
    }
}
