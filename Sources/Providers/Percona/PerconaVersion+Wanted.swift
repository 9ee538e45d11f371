import CRDs

extension PerconaVersion {
    /// What shall run; nil when the spec asks for one that is not known.
    ///
    /// A version that nobody chose is kept: a new default of the operator must not upgrade a running database.
    ///
    /// - Parameters:
    ///   - known: what the operator of that level runs.
    ///   - running: what the child runs.
    ///   - origin: what the first data is of.
    ///   - standard: for a new cluster that names none.
    static func wanted(
        by cluster: DatabaseCluster,
        of known: [PerconaVersion],
        running: PerconaVersion?,
        origin: PerconaVersion?,
        standard: PerconaVersion?
    ) -> PerconaVersion? {
        if let text = cluster.spec.version {
            return PerconaVersion(text).flatMap { $0.resolved(in: known, running: running) }
        }
        if let kept = cluster.status.version.flatMap({ PerconaVersion($0) }) {
            return kept.resolved(in: known, running: running) ?? kept
        }
        return running ?? origin ?? standard
    }

    /// The image's version that is meant; nil when it is not known.
    ///
    /// What runs is kept where it fits, so that a new release of the operator upgrades nothing unasked. A complete one
    /// only has to be of a known series.
    func resolved(in known: [PerconaVersion], running: PerconaVersion?) -> PerconaVersion? {
        if let running, covers(running) { return running }
        if let known = known.first(where: covers) { return known }
        return isComplete && known.contains { $0.series == series } ? self : nil
    }
}
