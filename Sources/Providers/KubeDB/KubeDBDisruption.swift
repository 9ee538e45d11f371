package import CRDs
import JSON
import KubernetesAPI

extension KubeDBProvider {
    /// Goes up by one with each change of what is rendered; a ladder of one's own is another rendering too.
    static func rendering(with sizes: SizeLadder) -> String {
        let version = "2"
        guard sizes != .standard else { return version }
        let classes = sizes.classes + [sizes.defaultClass]
        let content = JSONValue.array(classes.map { [.string($0.name), $0.resources.json] })
        return "\(version)-\(String(stableHash(of: content), radix: 16))"
    }

    package func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption {
        KubeDBDisruption(cluster, observed).disruption(of: change)
    }
}

/// What changes of KubeDB's objects do to a running database.
struct KubeDBDisruption {
    private let child: KubeDBDatabase?
    private let engine: KubeDBEngine
    private let keepsVolumes: Bool
    private let clusterSize: Int

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        child = KubeDBDatabase(observed, of: cluster)
        engine = KubeDBEngine.of(cluster.spec.engine)
        keepsVolumes = cluster.spec.deletionPolicy != .delete
        clusterSize = cluster.spec.clusterSize
    }

    func disruption(of change: ChildChange) -> Disruption {
        // What nobody runs disturbs nobody.
        guard let child, child.phase != "Halted" || isDeletion(change) else { return .none }
        switch change.act {
        case .creation: return creation(of: change, child)
        case .deletion: return deletion(of: change, child)
        case .field(let field):
            guard change.resource == engine.database else {
                return change.resource == .kubedbRedisSentinel ? sentinel(field) : .none
            }
            return database(field, child)
        }
    }

    private func isDeletion(_ change: ChildChange) -> Bool {
        if case .deletion = change.act { true } else { false }
    }

    /// Members restart one after the other; where there is one alone, nobody serves meanwhile.
    private func restart(_ child: KubeDBDatabase) -> Disruption {
        (child.data.replicas ?? 1) > 1 ? .rolling : .downtime
    }

    /// What a request of KubeDB does is told by its name; most restart members.
    private func creation(of change: ChildChange, _ child: KubeDBDatabase) -> Disruption {
        guard change.resource == engine.operation else { return .none }
        if change.key.name.contains("-volexp-") { return .none }
        // A member that goes takes its clients' connections along.
        guard change.key.name.contains("-hscale-") else { return restart(child) }
        return clusterSize < (child.data.replicas ?? 0) ? .rolling : .none
    }

    private func deletion(of change: ChildChange, _ child: KubeDBDatabase) -> Disruption {
        switch change.resource {
        case engine.database: keepsVolumes ? .downtime : .dataLoss
        // Without sentinels nobody makes another member the primary.
        case .kubedbRedisSentinel: .rolling
        case .persistentVolumeClaim: restart(child) == .rolling ? .rolling : .dataLoss
        default: .none
        }
    }

    /// Fields that KubeDB takes over without stopping anything.
    private static let harmless: Set = ["autoOps", "deletionPolicy", "healthChecker", "init"]

    private func database(_ field: FieldChange, _ child: KubeDBDatabase) -> Disruption {
        guard field.path.first == "spec" else { return .none }
        switch field.path.dropFirst().first {
        case "halted": return field.after?.bool == true ? .downtime : .none
        case "serviceTemplates": return service(field)
        case "storage": return .none
        case let name? where Self.harmless.contains(name): return .none
        default: return restart(child)
        }
    }

    /// Whoever comes from outside loses the way when the service is no longer open to him.
    private func service(_ field: FieldChange) -> Disruption {
        if field.before == nil { return .none }
        return field.after == nil ? .downtime : .rolling
    }

    private func sentinel(_ field: FieldChange) -> Disruption {
        guard field.path.first == "spec", let name = field.path.dropFirst().first else { return .none }
        return Self.harmless.contains(name) ? .none : .rolling
    }
}
