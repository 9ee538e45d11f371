package import CRDs
package import KubernetesAPI

/// A cluster's state in unified words, as its provider reads it from the children.
package struct ClusterReport: Sendable, Equatable {
    package var phase: DatabaseClusterPhase
    /// One sentence when the phase is not Ready, else empty; contains the child operator's own words.
    package var message: String
    /// Members that exist; nil while not known.
    package var instances: Int?
    package var readyInstances: Int?
    package var primary: String?
    /// In the order of their names.
    package var members: [MemberStatus] = []
    package var current = CurrentState()
    package var endpoints = EndpointsStatus()
    package var credentialsSecret: String?
    package var backup: BackupStatus?
    package var monitoring: MonitoringStatus?
    package var proxy: ProxyStatus?
    package var child: ObjectReference?
    /// The version that runs, or shall run while none does.
    package var version: String?
    /// A label selector of the members' pods.
    package var selector: String?
    /// What the provider knows beyond the phase, such as BackupConfigured.
    package var conditions: [ReportedCondition] = []

    package init(phase: DatabaseClusterPhase, message: String = "") {
        self.phase = phase
        self.message = message
    }

    /// Writes everything but the conditions into a status; what belongs to the controller stays as it is there.
    package func write(to status: inout DatabaseClusterStatus) {
        status.phase = phase
        status.message = message
        status.instances = instances
        status.readyInstances = readyInstances
        status.primary = primary
        status.members = members
        status.current = current
        status.endpoints = endpoints
        status.credentialsSecret = credentialsSecret
        status.backup = backup
        status.monitoring = monitoring
        status.proxy = proxy
        status.child = child
        status.version = version
        status.selector = selector
    }
}

/// A condition as a provider sees it; times and generations are the controller's.
package struct ReportedCondition: Sendable, Hashable {
    package let type: String
    package let status: ConditionStatus
    /// CamelCase, never empty.
    package let reason: String
    package let message: String

    package init(_ type: String, _ status: ConditionStatus, _ reason: String, _ message: String = "") {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
    }
}
