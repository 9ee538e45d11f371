package import CRDs
import JSON
import KubernetesAPI

extension PSMDBProvider {
    /// Goes up by one with each change of what is rendered; a ladder of one's own is another rendering too.
    static func rendering(with sizes: SizeLadder) -> String {
        let version = "1"
        guard sizes != .standard else { return version }
        let classes = sizes.classes + [sizes.defaultClass]
        let content = JSONValue.array(classes.map { [.string($0.name), $0.resources.json] })
        return "\(version)-\(String(stableHash(of: content), radix: 16))"
    }

    package func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption {
        PSMDBDisruption(cluster, observed).disruption(of: change)
    }
}

/// What changes of Percona's objects do to a running MongoDB.
struct PSMDBDisruption {
    private let child: PSMDBCluster?
    private let keepsVolumes: Bool
    /// Of the smallest replica set.
    private let members: Int

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        child = PSMDBCluster(observed, of: cluster)
        keepsVolumes = cluster.spec.deletionPolicy != .delete
        members = child?.replsets.map(\.size).min() ?? cluster.spec.clusterSize
    }

    func disruption(of change: ChildChange) -> Disruption {
        // What nobody runs disturbs nobody.
        guard let child else { return .none }
        switch change.act {
        case .creation: return change.resource == .psmdbRestore ? .dataLoss : .none
        case .deletion: return deletion(of: change.resource, child)
        case .field(let field):
            guard change.resource == .psmdbCluster else { return .none }
            return cluster(field, child)
        }
    }

    /// Every member restarts, one after the other; where there is one alone, nobody serves meanwhile.
    private var restart: Disruption { members > 1 ? .rolling : .downtime }

    private func deletion(of resource: ResourceType, _ child: PSMDBCluster) -> Disruption {
        switch resource {
        case .psmdbCluster: keepsVolumes ? .downtime : .dataLoss
        case .psmdbBackup: .dataLoss
        case .pod: child.isPaused ? .none : restart
        case .persistentVolumeClaim: members > 1 ? .rolling : .dataLoss
        case .secret: .downtime
        default: .none
        }
    }

    private func cluster(_ field: FieldChange, _ child: PSMDBCluster) -> Disruption {
        switch (field.path.first, field.path.dropFirst().first) {
        case ("metadata", "annotations"): annotations(field, child)
        case ("metadata", _): .none
        case ("spec", let name?): spec(name, field, child)
        // The whole spec at once.
        case ("spec", nil): restart
        default: .none
        }
    }

    private func annotations(_ field: FieldChange, _ child: PSMDBCluster) -> Disruption {
        guard field.path.count > 2 else { return parts(of: field).map { annotations($0, child) }.max() ?? .none }
        guard !child.isPaused, field.after != nil else { return .none }
        switch field.path[2] {
        case PSMDBAnnotation.restart: return restart
        // Another primary is elected.
        case PSMDBAnnotation.successor: return field.after?.string.map(child.isPrimary) == true ? .none : .rolling
        default: return .none
        }
    }

    private func parts(of field: FieldChange) -> [FieldChange] {
        let names = Set((field.before?.object?.names ?? []) + (field.after?.object?.names ?? [])).sorted()
        return names.map { FieldChange(field.path + [$0], from: field.before?[$0], to: field.after?[$0]) }
            .filter { $0.before != $0.after }
    }
}

// MARK: - The spec

extension PSMDBDisruption {
    private func spec(_ name: String, _ field: FieldChange, _ child: PSMDBCluster) -> Disruption {
        let rest = Array(field.path.dropFirst(2))
        switch name {
        case "pause": return field.after?.bool == true ? .downtime : .none
        case "replsets": return replsets(field, child)
        case "sharding": return sharding(rest, field, child)
        case "backup": return backup(rest, field, child)
        case "unsafeFlags", "upgradeOptions", "storageScaling", "updateStrategy", "users", "roles": return .none
        case "secrets": return .downtime
        // A part of the members cannot talk to the others meanwhile.
        case "tls": return child.isPaused ? .none : .downtime
        // Images, pull policies, the operator's level, the monitoring agent, and what is not known here.
        default: return child.isPaused ? .none : restart
        }
    }

    /// The list is one field to the API server, so its items are compared here.
    private func replsets(_ field: FieldChange, _ child: PSMDBCluster) -> Disruption {
        let (before, after) = (Self.items(field.before), Self.items(field.after))
        let changes = after.map { name, item -> Disruption in
            guard let old = before[name] else { return .none }
            // What an item does not say is not known to have been said: Percona's operator fills its defaults in.
            let names = (item.object?.names ?? []) + Self.optional.filter { old[$0] != nil && item[$0] == nil }
            return names.filter { old[$0] != item[$0] }
                .map { replset($0, from: old[$0], to: item[$0], child) }.max() ?? .none
        }
        let isGone = before.keys.contains { after[$0] == nil }
        return max(changes.max() ?? .none, isGone ? .dataLoss : .none)
    }

    /// Fields that are rendered at times only, and whose absence therefore is a change.
    private static let optional = [
        "affinity", "annotations", "configuration", "expose", "labels", "nodeSelector", "priorityClassName",
        "replsetOverrides", "resources", "storage", "tolerations", "topologySpreadConstraints",
    ]

    private static func items(_ list: JSONValue?) -> [String: JSONValue] {
        Dictionary((list?.array ?? []).map { ($0["name"]?.string ?? "", $0) }) { first, _ in first }
    }

    private func replset(
        _ name: String,
        from before: JSONValue?,
        to after: JSONValue?,
        _ child: PSMDBCluster
    ) -> Disruption {
        if name == "volumeSpec" { return .none }
        guard !child.isPaused else { return .none }
        switch name {
        case "size": return (after?.integer ?? 0) < (before?.integer ?? 0) ? .rolling : .none
        case "expose": return .none
        // Another primary is elected, unless it is but let go.
        case "replsetOverrides": return after == nil ? .none : .rolling
        default: return restart
        }
    }

    private func sharding(_ path: [String], _ field: FieldChange, _ child: PSMDBCluster) -> Disruption {
        guard let part = path.first else { return child.isPaused ? .none : .downtime }
        guard !child.isPaused else { return .none }
        switch (part, path.dropFirst().first) {
        case ("enabled", _): return field.before == nil ? .none : .downtime
        case ("mongos", "expose"), ("configsvrReplSet", "volumeSpec"): return .none
        case (_, "size"):
            guard let before = field.before?.integer else { return .none }
            return (field.after?.integer ?? 0) < before ? .rolling : .none
        default: return .rolling
        }
    }

    private func backup(_ path: [String], _ field: FieldChange, _ child: PSMDBCluster) -> Disruption {
        switch path.first {
        case "storages", "pitr", "startingDeadlineSeconds": return .none
        case "tasks": return forgetsBackups(field) ? .dataLoss : .none
        default: return child.isPaused ? .none : restart
        }
    }

    /// Backups that a smaller number no longer holds are deleted.
    private func forgetsBackups(_ field: FieldChange) -> Bool {
        let (before, after) = (Self.items(field.before), Self.items(field.after))
        return after.contains { name, task in
            guard let old = before[name]?.at("retention", "count")?.integer,
                let new = task.at("retention", "count")?.integer
            else { return false }
            return new > 0 && new < old
        }
    }
}
