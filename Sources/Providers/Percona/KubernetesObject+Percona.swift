import KubernetesAPI

extension KubernetesObject {
    /// Whether it is of an earlier cluster of that name.
    func isOlder(than cluster: ObjectMeta) -> Bool {
        guard let own = metadata.creationTimestamp, let other = cluster.creationTimestamp else { return false }
        return own < other
    }
}

extension Observed {
    /// The children that it holds for, in the order of the ordinals at their names' ends.
    func ordered<Object: KubernetesObject>(
        _ resource: ResourceType,
        as type: Object.Type,
        where isWanted: (Object) -> Bool
    ) -> [Object] {
        bodies(resource, as: type)
            .filter(isWanted)
            .sorted { ($0.metadata.name.count, $0.metadata.name) < ($1.metadata.name.count, $1.metadata.name) }
    }
}
