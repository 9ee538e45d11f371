import CRDs
import KubernetesAPI

/// What is worth telling the owner of a cluster when its status changes.
struct ClusterEvents: Equatable {
    let isWarning: Bool
    let reason: String
    let note: String

    /// The events of a change from one status to the next.
    static func between(_ old: DatabaseClusterStatus, _ new: DatabaseClusterStatus) -> [ClusterEvents] {
        var events: [ClusterEvents] = []
        func changed(_ type: String, to status: ConditionStatus) -> Condition? {
            guard let condition = new.conditions[type], condition.status == status else { return nil }
            let before = old.conditions[type]
            return before?.status != status || before?.reason != condition.reason ? condition : nil
        }
        if let accepted = changed("Accepted", to: .false) {
            events.append(ClusterEvents(isWarning: true, reason: accepted.reason, note: accepted.message))
        } else if changed("Accepted", to: .true) != nil {
            events.append(ClusterEvents(isWarning: false, reason: "Accepted", note: "the specification was accepted"))
        }
        if let available = changed("ProviderAvailable", to: .false), new.conditions["Accepted"]?.status == .true {
            events.append(ClusterEvents(isWarning: true, reason: "ProviderMissing", note: available.message))
        }
        if let synced = changed("ChildSynced", to: .false) {
            events.append(ClusterEvents(isWarning: true, reason: synced.reason, note: synced.message))
        }
        if let pending = changed("UpdatePending", to: .true) {
            events.append(ClusterEvents(isWarning: false, reason: "UpdatePending", note: pending.message))
        }
        if old.phase != new.phase, let event = phase(new) { events.append(event) }
        return events
    }

    private static func phase(_ status: DatabaseClusterStatus) -> ClusterEvents? {
        switch status.phase {
        case .ready:
            let members = status.ready.map { " with \($0) members" } ?? ""
            return ClusterEvents(isWarning: false, reason: "Ready", note: "the database is ready\(members)")
        case .failed, .degraded:
            let reason = status.phase == .failed ? "Failed" : "Degraded"
            return ClusterEvents(isWarning: true, reason: reason, note: status.message)
        case .stopped: return ClusterEvents(isWarning: false, reason: "Stopped", note: "the database is stopped")
        default: return nil
        }
    }
}
