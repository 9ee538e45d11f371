/// A version with the image of XtraBackup that reads its data; the two must be of one series.
struct PXCRelease {
    let version: PerconaVersion
    let backupImage: String

    /// Newest first (e2e-tests/release_versions of percona-xtradb-cluster-operator 1.19.0).
    static let all: [PXCRelease] = [
        ("8.4.7-7.1", "8.4.0-5.1"), ("8.0.44-35.1", "8.0.35-34.1"), ("5.7.44-31.65", "2.4.29"),
    ].compactMap { version, backup in
        PerconaVersion(version).map { PXCRelease(version: $0, backupImage: "percona/percona-xtrabackup:\(backup)") }
    }

    static let versions = all.map(\.version)

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
    static var known: String { versions.map(\.text).joined(separator: ", ") }

    /// Whether a server that reports the other one runs this one; custom images report but MySQL's three numbers.
    static func isReported(_ version: PerconaVersion, as other: PerconaVersion) -> Bool {
        all.contains { $0.version == version } ? version == other : version.isReported(as: other)
    }
}
