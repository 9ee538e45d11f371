/// A version of Kafka as Strimzi names it, `4.3.1`.
struct StrimziVersion: Hashable, Comparable, CustomStringConvertible {
    let major: Int
    let minor: Int
    let patch: Int

    /// What Strimzi 1.2 runs (kafka-versions.yaml), the oldest first.
    static let known = [(4, 2, 0), (4, 2, 1), (4, 3, 0), (4, 3, 1)].map {
        StrimziVersion(major: $0.0, minor: $0.1, patch: $0.2)
    }
    static let standard = StrimziVersion(major: 4, minor: 3, patch: 1)

    /// The known versions, for sentences.
    static var knownNames: String { known.map(\.description).joined(separator: ", ") }

    private init(major: Int, minor: Int, patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Nil when it is not three numbers.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let major = Self.number(parts[0]), let minor = Self.number(parts[1]),
            let patch = Self.number(parts[2])
        else { return nil }
        self.init(major: major, minor: minor, patch: patch)
    }

    static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }

    var description: String { "\(major).\(minor).\(patch)" }

    static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}

/// A version of the metadata that the controllers keep, `4.3` or `4.3-IV0`; brokers of an older Kafka cannot read it.
struct StrimziMetadataVersion: Hashable {
    let major: Int
    let minor: Int
    /// The step within the release; nil means the release's last.
    let step: Int?

    /// Nil when it is not written like that.
    init?(_ text: String) {
        let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = StrimziVersion.number(parts[0]), let minor = StrimziVersion.number(parts[1])
        else { return nil }
        if halves.count == 2 {
            guard halves[1].hasPrefix("IV"), let step = StrimziVersion.number(halves[1].dropFirst(2)) else {
                return nil
            }
            self.step = step
        } else {
            step = nil
        }
        self.major = major
        self.minor = minor
    }

    /// Whether brokers of that version can read it.
    func isReadable(by version: StrimziVersion) -> Bool { (major, minor) <= (version.major, version.minor) }

    /// Whether it is the asked-for one; where no step is asked for, any of the release is.
    func satisfies(_ asked: StrimziMetadataVersion) -> Bool {
        (major, minor) == (asked.major, asked.minor) && (asked.step == nil || asked.step == step)
    }

    /// Whether it is of the release of that version.
    func isOfRelease(_ version: StrimziVersion) -> Bool { (major, minor) == (version.major, version.minor) }

    /// The oldest one that Strimzi takes is 3.3-IV3.
    var isTooOld: Bool { (major, minor) < (3, 3) || (major, minor) == (3, 3) && (step ?? 3) < 3 }
}
