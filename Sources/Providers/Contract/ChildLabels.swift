import CRDs
package import KubernetesAPI

/// The labels that every child carries.
package enum ChildLabels {
    /// Its value is always ``operatorName``.
    package static let managedBy = "app.kubernetes.io/managed-by"
    /// The DatabaseCluster's name, in the common form.
    package static let instance = "app.kubernetes.io/instance"
    /// The OpsRequest that made the object, on objects that operations make.
    package static let operation = "dbaas.io/ops-request"

    package static let operatorName = "dbaas-operator"

    /// The labels of the children of the cluster of that name.
    package static func of(cluster name: String) -> [String: String] {
        [managedBy: operatorName, instance: name, APIGroup.clusterLabel: name]
    }

    /// Whether the operator itself made this object for the cluster of that name.
    package static func isOurs(_ metadata: ObjectMeta, cluster name: String) -> Bool {
        metadata.labels[managedBy] == operatorName && metadata.labels[APIGroup.clusterLabel] == name
    }
}
