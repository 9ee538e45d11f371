/// A version of Percona XtraDB Cluster as its images are tagged: `8.0.44-35.1`, of MySQL and of Percona's own build.
struct PXCVersion: Equatable {
    let text: String
    /// All numbers of it.
    let numbers: [Int]

    /// Two to five numbers: `8.0`, `8.0.44`, `8.0.44-35.1`, `8.0.44-35.1.1`; nil for anything else.
    init?(_ text: String) {
        let halves = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var numbers: [Int] = []
        for half in halves {
            for part in half.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
                guard (1...4).contains(part.count), part.allSatisfy(Self.isDigit) else { return nil }
                numbers.append(part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
            }
        }
        guard (2...6).contains(numbers.count), halves.count == 1 ? numbers.count <= 3 : numbers.count > 3 else {
            return nil
        }
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

    /// Such as `8.0`: within it a server can be upgraded.
    var series: String { numbers.prefix(2).map { String($0) }.joined(separator: ".") }

    /// Whether it names an image: with the number of Percona's build.
    var isComplete: Bool { numbers.count > 3 }

    /// Whether the other one is what this one leaves open.
    func covers(_ other: PXCVersion) -> Bool { other.numbers.starts(with: numbers) }

    /// Whether it is older than the other one, as far as both say.
    func isOlder(than other: PXCVersion) -> Bool {
        let count = min(numbers.count, other.numbers.count)
        return numbers.prefix(count).lexicographicallyPrecedes(other.numbers.prefix(count))
    }

    /// Whether a server that reports the other one runs this one; custom images report but MySQL's three numbers.
    func isReported(as other: PXCVersion) -> Bool {
        let isListed = PXCRelease.all.contains { $0.version == self }
        return isListed ? self == other : numbers.prefix(3) == other.numbers.prefix(3)
    }
}

/// A version with the image of XtraBackup that reads its data; the two must be of one series.
struct PXCRelease {
    let version: PXCVersion
    let backupImage: String

    /// Newest first (e2e-tests/release_versions of percona-xtradb-cluster-operator 1.19.0).
    static let all: [PXCRelease] = [
        ("8.4.7-7.1", "8.4.0-5.1"), ("8.0.44-35.1", "8.0.35-34.1"), ("5.7.44-31.65", "2.4.29"),
    ].compactMap { version, backup in
        PXCVersion(version).map { PXCRelease(version: $0, backupImage: "percona/percona-xtrabackup:\(backup)") }
    }

    /// The API level that the fields are written for.
    static let operatorLevel = "1.19.0"
    static let haproxyImage = "percona/haproxy:2.8.17"
    static let proxysqlImage = "percona/proxysql2:2.7.3-1.2"
    static let pmmImage = "percona/pmm-client:3.5.0"
    static let repository = "percona/percona-xtradb-cluster"
    /// What a cluster gets that names no version.
    static let standardSeries = "8.0"

    static func of(series: String) -> PXCRelease? { all.first { $0.version.series == series } }

    /// What can be asked for, for sentences that refuse.
    static var known: String { all.map(\.version.text).joined(separator: ", ") }

    /// The image's version that is meant; nil when it is not known.
    ///
    /// What runs is kept where it fits, so that a new release of the operator upgrades nothing unasked.
    static func resolve(_ wanted: PXCVersion, running: PXCVersion?) -> PXCVersion? {
        if let running, wanted.covers(running) { return running }
        if let release = all.first(where: { wanted.covers($0.version) }) { return release.version }
        return wanted.isComplete && of(series: wanted.series) != nil ? wanted : nil
    }
}
