package import CRDs
import JSON
import KubernetesAPI

extension PXCProvider {
    /// Goes up by one with each change of what is rendered; a ladder of one's own is another rendering too.
    static func rendering(with sizes: SizeLadder) -> String {
        let version = "1"
        guard sizes != .standard else { return version }
        let classes = sizes.classes + [sizes.defaultClass]
        let content = JSONValue.array(classes.map { [.string($0.name), $0.resources.json] })
        return "\(version)-\(String(stableHash(of: content), radix: 16))"
    }

    package func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption {
        PXCDisruption(cluster, observed).disruption(of: change)
    }
}

/// What changes of Percona's objects do to a running cluster.
struct PXCDisruption {
    private let child: PXCCluster?
    private let keepsVolumes: Bool

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        child = PXCCluster(observed, of: cluster)
        keepsVolumes = cluster.spec.deletionPolicy != .delete
    }

    func disruption(of change: ChildChange) -> Disruption {
        // What nobody runs disturbs nobody.
        guard let child else { return .none }
        switch (change.resource, change.act) {
        // The members are stopped and their data is replaced.
        case (.pxcRestore, .creation): return .dataLoss
        case (_, .creation): return .none
        case (.pxcCluster, .deletion): return keepsVolumes ? .downtime : .dataLoss
        case (.pxcBackup, .deletion): return .dataLoss
        case (.pod, .deletion): return isStopped(child) ? .none : restart(child)
        case (.persistentVolumeClaim, .deletion): return restart(child) == .rolling ? .rolling : .dataLoss
        case (.pxcCluster, .field(let field)): return cluster(field, child)
        default: return .none
        }
    }

    private func isStopped(_ child: PXCCluster) -> Bool { child.isPaused && child.state == "paused" }

    /// Every member restarts, one after the other; where there is one alone, nobody serves meanwhile.
    private func restart(_ child: PXCCluster) -> Disruption { (child.size ?? 1) > 1 ? .rolling : .downtime }

    private func cluster(_ field: FieldChange, _ child: PXCCluster) -> Disruption {
        guard field.path.first == "spec" else { return .none }
        guard field.path.count > 1 else { return isStopped(child) ? .none : restart(child) }
        if field.path[1] == "pause" { return field.after?.bool == true ? .downtime : .none }
        // No member is there that could stop.
        guard !isStopped(child) else { return .none }
        switch field.path[1] {
        case "pxc": return members(field, child)
        case "haproxy", "proxysql": return proxy(field)
        case "tls", "sslSecretName", "sslInternalSecretName": return .downtime
        case _ where Self.harmless.contains(field.path[1]): return .none
        // The API level, the agents beside the server, and what is not known here are part of the pods.
        default: return restart(child)
        }
    }

    /// Fields that Percona's operator takes over without stopping anything.
    private static let harmless: Set = [
        "backup", "enableCRValidationWebhook", "enableVolumeExpansion", "unsafeFlags", "updateStrategy",
        "upgradeOptions", "users",
    ]

    private func members(_ field: FieldChange, _ child: PXCCluster) -> Disruption {
        guard field.path.count > 2 else { return parts(of: field) { members($0, child) } }
        switch field.path[2] {
        case "size": return fewer(field) ? .rolling : .none
        // Volumes grow under running members.
        case "volumeSpec": return .none
        case "expose", "podDisruptionBudget": return .none
        default: return restart(child)
        }
    }

    /// A proxy that comes or goes takes the name with it by which clients connect.
    private func proxy(_ field: FieldChange) -> Disruption {
        guard field.path.count > 2 else { return .downtime }
        switch field.path[2] {
        case "enabled": return .downtime
        case "size": return fewer(field) ? .rolling : .none
        case "exposePrimary", "exposeReplicas", "expose": return exposure(field)
        default: return .rolling
        }
    }

    /// Another type of service gives clients outside another address.
    private func exposure(_ field: FieldChange) -> Disruption {
        guard field.path.count > 3 else { return field.before == nil ? .none : .downtime }
        switch field.path[3] {
        case "type", "enabled": return field.before == nil ? .none : .downtime
        default: return .none
        }
    }

    /// A member that goes takes its clients' connections along.
    private func fewer(_ field: FieldChange) -> Bool {
        guard let before = field.before?.integer else { return false }
        return (field.after?.integer ?? 0) < before
    }

    private func parts(of field: FieldChange, _ judge: (FieldChange) -> Disruption) -> Disruption {
        let names = Set((field.before?.object?.names ?? []) + (field.after?.object?.names ?? []))
        let changes = names.map { FieldChange(field.path + [$0], from: field.before?[$0], to: field.after?[$0]) }
        return changes.filter { $0.before != $0.after }.map(judge).max() ?? .none
    }
}
