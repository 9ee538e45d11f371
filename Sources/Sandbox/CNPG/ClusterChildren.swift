import JSON
import KubernetesAPI

/// Which objects belong to which cluster, so that a look at one cluster reads only its own.
struct ClusterChildren: Sendable {
    private var names: [ObjectKey: [ResourceType: Set<String>]] = [:]
    private var clusters: [ObjectReference: ObjectKey] = [:]

    func names(_ resource: ResourceType, of cluster: ObjectKey) -> Set<String> { names[cluster]?[resource] ?? [] }

    func cluster(of object: ObjectReference) -> ObjectKey? { clusters[object] }

    /// Notes whose an object is now; nil when it is gone or nobody's.
    mutating func set(_ object: ObjectReference, cluster: ObjectKey?) {
        if let former = clusters[object], former != cluster {
            names[former]?[object.resource]?.remove(object.key.name)
            if names[former]?[object.resource]?.isEmpty == true { names[former]?[object.resource] = nil }
            if names[former]?.isEmpty == true { names[former] = nil }
        }
        clusters[object] = cluster
        if let cluster { names[cluster, default: [:]][object.resource, default: []].insert(object.key.name) }
    }

    /// Notes an object that was just created, before its change is told.
    mutating func note(_ action: APIAction, cluster: ObjectKey) {
        guard case .create(let resource, let object) = action else { return }
        set(ObjectReference(resource, object.objectKey), cluster: cluster)
    }
}
