/// A PostgreSQL version as people write it, `16` or `16.4`, and the images it means.
struct CNPGVersion: Equatable {
    let text: String
    let major: Int

    /// Nil when only the major version is said.
    var minor: Int? {
        let parts = text.split(separator: ".")
        return parts.count == 2 ? Int(parts[1]) : nil
    }

    /// What CloudNativePG 1.30 itself installs when it is not told a version.
    static let standard = CNPGVersion(text: "18.4", major: 18)
    /// What CloudNativePG 1.30 runs.
    static let knownMajors = 14...18
    /// Where CloudNativePG can upgrade to in place.
    static let oldestUpgradeTarget = 16

    private init(text: String, major: Int) {
        self.text = text
        self.major = major
    }

    /// Nil when it is not a major version with an optional minor one.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let major = parts.first, parts.count <= 2,
            parts.allSatisfy({ (1...3).contains($0.count) && $0.allSatisfy(Self.isDigit) })
        else { return nil }
        self.init(text: text, major: major.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }

    /// The version at the start of an image's tag; CloudNativePG reads it the same way.
    init?(image: String) {
        let reference = image.utf8.prefix { $0 != UInt8(ascii: "@") }
        let name = reference.split(separator: UInt8(ascii: "/")).last ?? reference
        guard let colon = name.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let tag = name[name.index(after: colon)...]
        let number = tag.prefix { Self.isDigit($0) || $0 == UInt8(ascii: ".") }
        let parts = number.split(separator: UInt8(ascii: ".")).prefix(2)
        self.init(parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "."))
    }

    /// Bare `16.4` tags are old images of another distribution, so type and distribution are always named.
    func image(_ options: CNPGOptions) -> String {
        "\(options.imageRepository):\(text)-\(options.imageFlavor)-\(options.imageDistribution)"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
