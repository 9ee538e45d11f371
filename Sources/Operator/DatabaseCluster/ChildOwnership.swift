import CRDs
import KubernetesAPI
import Providers

/// Whose an object is that has the name of a child of ours.
enum ChildOwnership: Equatable {
    case ours
    /// It was made for another DatabaseCluster of that name, which is gone; the garbage collector is about to remove it.
    case predecessors
    /// Somebody else's, never to be taken over.
    case foreign

    /// The controlling owner decides; where there is none, as on what outlives its cluster, the labels do.
    ///
    /// So a child whose labels were taken off by hand is still known as ours, and gets them back.
    init(_ object: ObjectMeta, of cluster: ObjectMeta) {
        guard let owner = object.controllerReference else {
            self = ChildLabels.isOurs(object, cluster: cluster.name) ? .ours : .foreign
            return
        }
        if owner.uid == cluster.uid {
            self = .ours
        } else {
            let isNamesake = owner.kind == DatabaseCluster.resource.kind && owner.name == cluster.name
            self = isNamesake ? .predecessors : .foreign
        }
    }
}
