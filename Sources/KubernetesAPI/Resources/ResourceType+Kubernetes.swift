/// The kinds of Kubernetes itself that this program reads or writes.
extension ResourceType {
    /// Namespaces.
    package static let namespace = core("namespaces", "Namespace", isNamespaced: false)
    /// Pods.
    package static let pod = core("pods", "Pod")
    /// Claims of volumes.
    package static let persistentVolumeClaim = core("persistentvolumeclaims", "PersistentVolumeClaim")
    /// Services.
    package static let service = core("services", "Service")
    /// Secrets.
    package static let secret = core("secrets", "Secret")
    /// Config maps.
    package static let configMap = core("configmaps", "ConfigMap")
    /// Service accounts.
    package static let serviceAccount = core("serviceaccounts", "ServiceAccount")
    /// Events of the core group, as older writers make them.
    package static let coreEvent = core("events", "Event")
    /// Events as this program writes them.
    package static let event = ResourceType(
        group: "events.k8s.io",
        version: "v1",
        plural: "events",
        kind: "Event"
    )
    /// Leases, by which one replica is elected.
    package static let lease = ResourceType(
        group: "coordination.k8s.io",
        version: "v1",
        plural: "leases",
        kind: "Lease"
    )
    /// Deployments.
    package static let deployment = ResourceType(
        group: "apps",
        version: "v1",
        plural: "deployments",
        kind: "Deployment"
    )
    /// Stateful sets.
    package static let statefulSet = ResourceType(
        group: "apps",
        version: "v1",
        plural: "statefulsets",
        kind: "StatefulSet"
    )
    /// Jobs.
    package static let job = ResourceType(group: "batch", version: "v1", plural: "jobs", kind: "Job")
    /// Pod disruption budgets.
    package static let podDisruptionBudget = ResourceType(
        group: "policy",
        version: "v1",
        plural: "poddisruptionbudgets",
        kind: "PodDisruptionBudget"
    )
    /// Storage classes.
    package static let storageClass = ResourceType(
        group: "storage.k8s.io",
        version: "v1",
        plural: "storageclasses",
        kind: "StorageClass",
        isNamespaced: false
    )
    /// Definitions of custom resources.
    package static let customResourceDefinition = ResourceType(
        group: "apiextensions.k8s.io",
        version: "v1",
        plural: "customresourcedefinitions",
        kind: "CustomResourceDefinition",
        isNamespaced: false
    )

    private static func core(_ plural: String, _ kind: String, isNamespaced: Bool = true) -> ResourceType {
        ResourceType(group: "", version: "v1", plural: plural, kind: kind, isNamespaced: isNamespaced)
    }
}
