import KubernetesAPI

extension ResourceType {
    /// What tells the Prometheus operator which pods to scrape.
    static let podMonitor = ResourceType(
        group: "monitoring.coreos.com",
        version: "v1",
        plural: "podmonitors",
        kind: "PodMonitor"
    )
}
