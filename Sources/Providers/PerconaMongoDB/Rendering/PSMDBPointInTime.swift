import KubernetesAPI

/// Which backup a point in time is restored with.
struct PSMDBPointInTime {
    private let completed: [PSMDBBackup]
    private let cluster: String
    private let now: Timestamp

    init(_ backups: [PSMDBBackup], of cluster: String, now: Timestamp) {
        completed = backups.filter { $0.isCompleted && $0.usableFrom != nil }
        self.cluster = cluster
        self.now = now
    }

    /// The newest backup that ended before.
    func base(for time: Timestamp) throws(Refusal) -> PSMDBBackup {
        guard time <= now else { throw Refusal("PointInTimeNotCovered", "the point in time \(time) is in the future") }
        let usable = completed.filter { ($0.usableFrom ?? now) <= time }
        if let base = usable.max(by: { ($0.usableFrom ?? now) < ($1.usableFrom ?? now) }) { return base }
        guard let first = completed.compactMap(\.usableFrom).min() else {
            throw Refusal(
                "BackupNotFound",
                "cluster \(cluster) has no completed backup to start from; request a Backup first"
            )
        }
        throw Refusal(
            "PointInTimeNotCovered",
            "the backups of cluster \(cluster) go back to \(first) only; name a later time than \(time)"
        )
    }
}
