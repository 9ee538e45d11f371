import CRDs

/// What the operator that the fields are written for runs (e2e-tests/release_versions of
/// percona-server-mongodb-operator 1.22.0).
enum PSMDBRelease {
    /// The API level.
    static let operatorLevel = "1.22.0"
    static let repository = "percona/percona-server-mongodb"
    static let backupImage = "percona/percona-backup-mongodb:2.12.0"
    static let pmmImage = "percona/pmm-client:3.6.0"

    /// Newest first; the first is what a cluster gets that names no version.
    static let versions = ["8.0.19-7", "7.0.30-16", "6.0.27-21"].compactMap { PerconaVersion($0) }

    /// Which series follows on which, oldest first: data can go one step up, and never down.
    static let path = ["6.0", "7.0", "8.0"]

    static var known: String { versions.map(\.text).joined(separator: ", ") }

    /// Why data of one version cannot be run with the other; nil when they can.
    static func refusal(of wanted: PerconaVersion, from running: PerconaVersion) -> Refusal? {
        if wanted.isOlder(than: running) {
            return Refusal(
                "DowngradeRefused",
                "version \(wanted.text) is older than \(running.text), which runs, and MongoDB's data files do not go back; "
                    + "restore a backup into a new cluster instead"
            )
        }
        guard let from = path.firstIndex(of: running.series), let to = path.firstIndex(of: wanted.series) else {
            return nil
        }
        guard to > from + 1 else { return nil }
        return Refusal(
            "UpgradePathUnsupported",
            "MongoDB is upgraded one major version at a time; from \(running.text) upgrade to \(path[from + 1]) first"
        )
    }
}
