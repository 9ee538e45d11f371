package import CRDs
package import KubernetesAPI

/// One database operator, seen through our API: functions from a cluster and a snapshot to decisions.
///
/// No I/O, no clock. Everything that a provider needs to know is in ``Observed``; what is missing there it asks for.
package protocol Provider: DisruptionJudge {
    var name: ProviderName { get }
    var engines: Set<Engine> { get }
    /// The kinds it wants to see; reflectors run only for those that are installed.
    var watches: [WatchedKind] { get }
    /// What the operator must be allowed to do for this provider.
    var permissions: [PolicyRule] { get }
    var operations: any OperationsHandler { get }

    /// Everything that is wrong with the wish, in the order of the spec's fields; empty when it can be carried out.
    ///
    /// Asked before any write. While it says something, the running children are left as they are.
    func validate(_ cluster: DatabaseCluster, _ observed: Observed) -> [Refusal]

    /// Whether children may be rendered now. Not asked of a cluster that is being deleted.
    func preReconcile(_ cluster: DatabaseCluster, _ observed: Observed) -> HookAnswer

    func applier(for cluster: DatabaseCluster, _ observed: Observed) -> any Applier

    /// The state in unified words; also asked of invalid, waiting and deleted clusters.
    func status(of cluster: DatabaseCluster, _ observed: Observed) -> ClusterReport

    /// What must happen before a deleted cluster may go. `Protect` is the controller's: this is not asked then.
    func cleanup(_ cluster: DatabaseCluster, _ observed: Observed) -> CleanupAnswer
}

extension Provider {
    /// The required kinds that the API server does not serve; empty when the provider can work.
    package func missingKinds(_ observed: Observed) -> [ResourceType] {
        watches.filter { $0.isRequired && !observed.installed.contains($0.resource) }.map(\.resource)
    }

    /// The children as they shall be, in the order in which they must be applied.
    package func desiredObjects(for cluster: DatabaseCluster, _ observed: Observed) -> [DesiredObject] {
        var applier = applier(for: cluster, observed)
        return applier.run()
    }

    /// Deletes for those observed children that the operator made and no longer wants.
    ///
    /// Only kinds that are marked as pruned are looked at, and in them only objects with both of our labels; so what
    /// the child operator or a person made is never touched.
    package func deletions(
        of cluster: DatabaseCluster,
        desired: [DesiredObject],
        _ observed: Observed
    ) -> [Intent] {
        let wanted = Set(desired.map { ChildName(resource: $0.resource, name: $0.key.name) })
        return watches.filter(\.isPruned).flatMap { watched in
            observed.children(watched.resource).compactMap { child in
                guard ChildLabels.isOurs(child.metadata, cluster: cluster.metadata.name),
                    !child.metadata.isBeingDeleted,
                    !wanted.contains(ChildName(resource: child.resource, name: child.metadata.name))
                else { return nil }
                return .delete(child.resource, child.metadata.key, uid: child.metadata.uid)
            }
        }
    }
}

private struct ChildName: Hashable {
    let resource: ResourceType
    let name: String
}
