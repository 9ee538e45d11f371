/// A version as Percona tags its images: `8.0.19-7`, the server's three numbers and those of Percona's own build.
struct PerconaVersion: Equatable {
    let text: String
    /// All numbers of it.
    let numbers: [Int]

    /// Two or three numbers, and after a dash up to three more: `8.0`, `8.0.19`, `8.0.19-7`; nil for anything else.
    init?(_ text: String) {
        let halves = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard let server = halves.first, halves.count <= 2 else { return nil }
        var numbers: [Int] = []
        for half in halves {
            for part in half.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
                guard (1...4).contains(part.count), part.allSatisfy(Self.isDigit) else { return nil }
                numbers.append(part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
            }
        }
        let own = server.count { $0 == UInt8(ascii: ".") } + 1
        guard own == 3 || own == 2 && halves.count == 1, numbers.count - own <= 3 else { return nil }
        self.text = text
        self.numbers = numbers
    }

    /// The version that an image's tag is; nil for a tag that is none.
    init?(image: String) {
        let name = image.prefix { $0 != "@" }.split(separator: "/").last ?? ""
        let parts = name.split(separator: ":")
        guard parts.count == 2 else { return nil }
        self.init(String(parts[1]))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Such as `8.0`.
    var series: String { numbers.prefix(2).map { String($0) }.joined(separator: ".") }

    /// Whether it names an image: with the number of Percona's build.
    var isComplete: Bool { numbers.count > 3 }

    /// Whether the other one is what this one leaves open.
    func covers(_ other: PerconaVersion) -> Bool { other.numbers.starts(with: numbers) }

    /// Whether it is older than the other one, as far as both say.
    func isOlder(than other: PerconaVersion) -> Bool {
        let count = min(numbers.count, other.numbers.count)
        return numbers.prefix(count).lexicographicallyPrecedes(other.numbers.prefix(count))
    }

    /// Whether a server that reports the other one runs this one; custom images report but the server's three numbers.
    func isReported(as other: PerconaVersion) -> Bool { numbers.prefix(3) == other.numbers.prefix(3) }
}
