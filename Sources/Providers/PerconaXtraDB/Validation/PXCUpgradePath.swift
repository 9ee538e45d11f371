import CRDs

/// Which version a cluster can have, by what it runs.
///
/// Percona's operator checks nothing: it would start any image on the data that is there.
struct PXCUpgradePath {
    private let plan: PXCPlan

    init(_ plan: PXCPlan) { self.plan = plan }

    /// Why it cannot be; nil when it can.
    ///
    /// - Parameter reported: the version that the members run; nil while none does.
    func refusal(of text: String, reported: PerconaVersion?) -> Refusal? {
        guard let wanted = PerconaVersion(text) else {
            return Refusal(
                "InvalidVersion",
                "version \(text) is none of Percona XtraDB Cluster; write it like 8.0 or 8.0.44-35.1; known are "
                    + PXCRelease.known
            )
        }
        let running = plan.child?.imageVersion ?? reported
        guard wanted.resolved(in: PXCRelease.versions, running: running) != nil else {
            return Refusal(
                "UnknownVersion",
                "version \(text) is not known to provider percona-pxc, which knows \(PXCRelease.known); another one of "
                    + "these series must be given with Percona's own number, such as 8.0.42-33.1"
            )
        }
        guard let data = reported ?? running else { return nil }
        guard wanted.series == data.series else {
            return Refusal(
                wanted.isOlder(than: data) ? "DowngradeRefused" : "UpgradePathUnsupported",
                "version \(text) is of another series than the data, which is of \(data.text): this provider upgrades within "
                    + "\(data.series) only; create a new cluster and load a dump into it"
            )
        }
        guard let reported, wanted.isOlder(than: reported) else { return nil }
        return Refusal(
            "DowngradeRefused",
            "version \(text) is older than \(reported.text), which runs, and MySQL does not start on newer data; restore a "
                + "backup into a new cluster instead"
        )
    }
}
