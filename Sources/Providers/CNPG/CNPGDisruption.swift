package import CRDs
import JSON
import KubernetesAPI

extension CNPGProvider {
    /// Goes up by one with each change of what is rendered; a ladder of one's own is another rendering too.
    static func rendering(with sizes: SizeLadder) -> String {
        let version = "1"
        guard sizes != .standard else { return version }
        let classes = sizes.classes + [sizes.defaultClass]
        let content = JSONValue.array(classes.map { [.string($0.name), $0.resources.json] })
        return "\(version)-\(String(stableHash(of: content), radix: 16))"
    }

    package func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption {
        CNPGDisruption(cluster, observed).disruption(of: change)
    }
}

/// What changes of CloudNativePG's objects do to a running PostgreSQL.
struct CNPGDisruption {
    private let child: CNPGCluster?
    private let keepsVolumes: Bool

    private static let unrecoverable = "alpha.cnpg.io/unrecoverable"

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        child = CNPGCluster(observed, of: cluster)
        keepsVolumes = cluster.spec.deletionPolicy != .delete
    }

    func disruption(of change: ChildChange) -> Disruption {
        // What nobody runs disturbs nobody.
        guard let child else { return .none }
        switch change.act {
        case .creation: return .none
        case .deletion(let propagation): return deletion(of: change, propagation, child)
        case .field(let field):
            // While it is hibernated CloudNativePG acts on nothing, and no member is there that could stop.
            guard !child.isHibernated || change.resource == .barmanObjectStore else { return .none }
            return disruption(of: field, on: change.resource, child)
        }
    }

    private func disruption(of field: FieldChange, on resource: ResourceType, _ child: CNPGCluster) -> Disruption {
        switch resource {
        case .cnpgCluster: cluster(field, child)
        case .cnpgPooler: pooler(field)
        case .barmanObjectStore: store(field)
        case .pod: pod(field, child)
        default: .none
        }
    }

    /// Every member restarts, one after the other; where there is one alone, nobody serves meanwhile.
    func restart(_ child: CNPGCluster) -> Disruption {
        (child.existingInstances ?? child.instances ?? 1) > 1 ? .rolling : .downtime
    }

    private func deletion(
        of change: ChildChange,
        _ propagation: DeletionPropagation,
        _ child: CNPGCluster
    ) -> Disruption {
        switch change.resource {
        case .cnpgCluster: propagation == .orphan || keepsVolumes ? .downtime : .dataLoss
        case .cnpgPooler, .service: .downtime
        case .pod: child.isHibernated ? .none : restart(child)
        case .persistentVolumeClaim: restart(child) == .rolling ? .rolling : .dataLoss
        default: .none
        }
    }
}

// MARK: - The Cluster

extension CNPGDisruption {
    private func cluster(_ field: FieldChange, _ child: CNPGCluster) -> Disruption {
        switch (field.path.first, field.path.dropFirst().first) {
        case ("metadata", "annotations"): annotations(field, child)
        case ("metadata", _): .none
        case ("spec", let name?): spec(name, field, child)
        case ("status", _): status(field, child)
        // The whole spec at once.
        case ("spec", nil): restart(child)
        default: .none
        }
    }

    private func annotations(_ field: FieldChange, _ child: CNPGCluster) -> Disruption {
        guard field.path.count > 2 else {
            let names = Set((field.before?.object?.names ?? []) + (field.after?.object?.names ?? []))
            let parts = names.map {
                FieldChange(field.path + [$0], from: field.before?[$0], to: field.after?[$0])
            }
            return parts.map { annotations($0, child) }.max() ?? .none
        }
        switch field.path[2] {
        case CNPGAnnotation.hibernation: return field.after?.string == "on" ? .downtime : .none
        case CNPGAnnotation.restartedAt: return field.after == nil ? .none : restart(child)
        case CNPGAnnotation.fencedInstances: return fencing(field.after, child)
        default: return .none
        }
    }

    /// A fenced primary is not failed over: nobody takes writes then.
    private func fencing(_ value: JSONValue?, _ child: CNPGCluster) -> Disruption {
        guard let text = value?.string, let names = (try? JSONValue(parsing: text))?.array?.compactMap(\.string),
            !names.isEmpty
        else { return .none }
        return names.contains("*") || names.contains { $0 == child.currentPrimary } ? .downtime : .rolling
    }

    /// A switchover, or a restart of the primary in place.
    private func status(_ field: FieldChange, _ child: CNPGCluster) -> Disruption {
        switch field.path.dropFirst().first {
        case "targetPrimary", "phase": restart(child)
        default: .none
        }
    }

    /// Fields that CloudNativePG takes over without stopping anything.
    private static let harmless: Set = [
        "backup", "bootstrap", "certificates", "description", "enablePDB", "enableSuperuserAccess", "failoverDelay",
        "inheritedMetadata", "logLevel", "managed", "nodeMaintenanceWindow", "primaryUpdateMethod",
        "primaryUpdateStrategy", "smartShutdownTimeout", "startDelay", "stopDelay", "superuserSecret",
        "switchoverDelay",
    ]

    private func spec(_ name: String, _ field: FieldChange, _ child: CNPGCluster) -> Disruption {
        switch name {
        case "instances": fewer(field) ? .rolling : .none
        case "imageName": image(field, child)
        case "storage", "walStorage": volume(field, child)
        case "postgresql": postgresql(field, child)
        case _ where Self.harmless.contains(name): .none
        // Pods are compared with what they would be now, and recreated where they differ: resources, placement,
        // plugins, pull policies, and what is not known here.
        default: restart(child)
        }
    }

    /// A member that goes takes its clients' connections along; the primary never goes.
    private func fewer(_ field: FieldChange) -> Bool {
        guard let before = field.before?.integer else { return false }
        return (field.after?.integer ?? 0) < before
    }

    /// Of a higher major version no member runs until the data is converted.
    private func image(_ field: FieldChange, _ child: CNPGCluster) -> Disruption {
        let before = child.dataMajor ?? field.before?.string.flatMap { CNPGVersion(image: $0)?.major }
        let after = field.after?.string.flatMap { CNPGVersion(image: $0)?.major }
        return before == after ? restart(child) : .downtime
    }

    /// Volumes grow under running members; a first WAL volume is attached by recreating the pods.
    private func volume(_ field: FieldChange, _ child: CNPGCluster) -> Disruption {
        guard field.path.count > 2 else { return field.path.last == "walStorage" ? restart(child) : .none }
        return .none
    }
}

// MARK: - The objects around it

extension CNPGDisruption {
    private func pooler(_ field: FieldChange) -> Disruption {
        guard field.path.first == "spec" else { return .none }
        if field.path == ["spec", "instances"] { return fewer(field) ? .rolling : .none }
        return .rolling
    }

    /// Backups that a shorter window no longer holds are deleted; the sidecar's settings are part of the pods.
    private func store(_ field: FieldChange) -> Disruption {
        guard field.path.first == "spec" else { return .none }
        switch field.path.dropFirst().first {
        case "retentionPolicy": return Self.isShorter(field.after, than: field.before) ? .dataLoss : .none
        case "configuration": return .none
        default: return child.map { $0.isHibernated ? .none : restart($0) } ?? .none
        }
    }

    private static func isShorter(_ after: JSONValue?, than before: JSONValue?) -> Bool {
        // Without a window all backups are kept.
        guard let after = days(after) else { return false }
        return days(before).map { after < $0 } ?? true
    }

    private static func days(_ window: JSONValue?) -> Int? {
        guard let text = window?.string, let count = Int(text.dropLast()) else { return nil }
        switch text.last {
        case "w": return count * 7
        case "m": return count * 30
        default: return count
        }
    }

    /// Marked as unrecoverable, a member is made anew with empty volumes.
    private func pod(_ field: FieldChange, _ child: CNPGCluster) -> Disruption {
        guard field.path == ["metadata", "annotations", Self.unrecoverable], field.after != nil else {
            return .none
        }
        return restart(child) == .rolling ? .rolling : .dataLoss
    }
}
