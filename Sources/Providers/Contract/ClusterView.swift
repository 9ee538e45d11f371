/// What a provider makes of one cluster in one snapshot.
///
/// Each answer follows from the cluster and the snapshot alone, in whatever order and however often they are asked for.
package protocol ClusterView: Sendable {
    /// Everything that is wrong with the wish, in the order of the spec's fields; empty when it can be carried out.
    ///
    /// Asked before any write. While it says something, the running children are left as they are.
    func validate() -> [Refusal]

    /// Whether children may be rendered now. Not asked of a cluster that is being deleted.
    func preReconcile() -> HookAnswer

    /// Only asked when `validate` has nothing against the cluster and the hook said to proceed.
    func applier() -> any Applier

    /// The state in unified words; also asked of invalid, waiting and deleted clusters.
    func status() -> ClusterReport

    /// What only an operation can change where reality differs from the spec; in the order in which it shall be done.
    ///
    /// Asked when the children are applied and their operator has seen that. None where all changes go by being applied.
    func wishes() -> [OperationWish]

    /// Takes back what operations have left among the children and nobody needs any more.
    ///
    /// Asked in every look, also at a cluster that is invalid, waiting, paused or being deleted, and of a snapshot without
    /// answers: a mark that tells a child operator to act must not outlive its request. Empty once it is carried out.
    ///
    /// - Parameter underWay: reads the uids of the OpsRequests that are not finished, whose marks and objects are still
    ///   needed. Called, once, only where there is something that could be taken back: nearly no look finds such.
    func retirements(underWay: () -> Set<String>) -> [Intent]

    /// What must happen before a deleted cluster may go. `Protect` is the controller's: this is not asked then.
    func cleanup() -> CleanupAnswer
}

extension ClusterView {
    package func wishes() -> [OperationWish] { [] }
    package func retirements(underWay: () -> Set<String>) -> [Intent] { [] }

    /// The children as they shall be, in the order in which they must be applied.
    package func desiredObjects() -> [DesiredObject] {
        var applier = applier()
        return applier.run()
    }
}
