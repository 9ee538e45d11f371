import KubernetesAPI

/// Which backup a point in time is restored from: the newest that ended before it and has no gap in its logs.
struct PXCPointInTime {
    private let backups: [PXCBackup]
    private let cluster: String
    private let now: Timestamp

    /// Backups of that cluster, in any state.
    init(_ backups: [PXCBackup], of cluster: String, now: Timestamp) {
        self.backups = backups.filter { $0.isSucceeded && $0.completed != nil }
        self.cluster = cluster
        self.now = now
    }

    /// The end of the earliest backup.
    var first: Timestamp? { backups.compactMap(\.completed).min() }

    /// Refuses a time that no backup leads to.
    func base(for time: Timestamp) throws(Refusal) -> PXCBackup {
        guard time <= now else {
            throw Refusal("PointInTimeNotCovered", "the point in time \(time) is in the future")
        }
        guard let first else {
            throw Refusal(
                "BackupNotFound",
                "there is no succeeded backup of cluster \(cluster) to start from; request a Backup first"
            )
        }
        let earlier = backups.filter { ($0.completed ?? time) <= time }
        guard let newest = earlier.max(by: { ($0.completed ?? time) < ($1.completed ?? time) }) else {
            throw Refusal(
                "PointInTimeNotCovered",
                "the earliest backup of cluster \(cluster) ended \(first); name a later time than \(time)"
            )
        }
        try Self.check(newest)
        return newest
    }

    /// Percona's operator fails a restore over a gap in the binary logs.
    static func check(_ backup: PXCBackup) throws(Refusal) {
        guard let gap = backup.gap else { return }
        throw Refusal(
            "BinaryLogGap",
            "binary logs after backup \(backup.metadata.name) are missing (\(gap)), so no point in time after it can be "
                + "restored; restore that backup itself, or a time after a newer backup"
        )
    }
}
