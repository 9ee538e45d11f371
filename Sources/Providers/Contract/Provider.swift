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

    /// What it makes of the cluster in that snapshot.
    ///
    /// Whoever asks several things about one snapshot keeps the view: what all of its answers need is worked out once.
    func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView

    /// What a manual edit of that field of a child touches, such as `spec.resources.limits.cpu`; list items by index.
    func driftType(of path: String, in resource: ResourceType) -> DriftType
}

extension Provider {
    /// The kinds required for that cluster which the API server does not serve; empty when the provider can work.
    package func missingKinds(for cluster: DatabaseCluster, _ observed: Observed) -> [ResourceType] {
        watches.filter { watched in
            watched.isRequired && watched.engines?.contains(cluster.spec.engine) ?? true
                && !observed.installed.contains(watched.resource)
        }.map(\.resource)
    }

    /// ``ClusterView/validate()`` of a view of its own.
    package func validate(_ cluster: DatabaseCluster, _ observed: Observed) -> [Refusal] {
        view(of: cluster, observed).validate()
    }

    /// ``ClusterView/preReconcile()`` of a view of its own.
    package func preReconcile(_ cluster: DatabaseCluster, _ observed: Observed) -> HookAnswer {
        view(of: cluster, observed).preReconcile()
    }

    /// ``ClusterView/desiredObjects()`` of a view of its own.
    package func desiredObjects(for cluster: DatabaseCluster, _ observed: Observed) -> [DesiredObject] {
        view(of: cluster, observed).desiredObjects()
    }

    /// ``ClusterView/status()`` of a view of its own.
    package func status(of cluster: DatabaseCluster, _ observed: Observed) -> ClusterReport {
        view(of: cluster, observed).status()
    }

    /// ``ClusterView/cleanup()`` of a view of its own.
    package func cleanup(_ cluster: DatabaseCluster, _ observed: Observed) -> CleanupAnswer {
        view(of: cluster, observed).cleanup()
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
        watches.filter(\.isPruned).flatMap { watched in
            observed.children(watched.resource).compactMap { child in
                guard ChildLabels.isOurs(child.metadata, cluster: cluster.metadata.name),
                    !child.metadata.isBeingDeleted,
                    !desired.contains(where: { $0.resource == child.resource && $0.key.name == child.metadata.name })
                else { return nil }
                return .delete(child.resource, child.metadata.key, uid: child.metadata.uid)
            }
        }
    }
}
