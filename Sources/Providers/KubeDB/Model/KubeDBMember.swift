import CRDs
import KubernetesAPI

extension Observed {
    /// The pods of a database, in the order of their names; those of a database of another kind are not among them.
    func kubedbPods(of engine: KubeDBEngine, named name: String) -> [Pod] {
        bodies(.pod, as: Pod.self).filter { engine.owns($0.metadata, of: name) }
            .sorted { KubeDBMember.precedes($0.metadata.name, $1.metadata.name) }
    }

    /// The volume claims of a database, in the order of their names.
    func kubedbClaims(of engine: KubeDBEngine, named name: String) -> [PersistentVolumeClaim] {
        bodies(.persistentVolumeClaim, as: PersistentVolumeClaim.self).filter { engine.owns($0.metadata, of: name) }
            .sorted { KubeDBMember.precedes($0.metadata.name, $1.metadata.name) }
    }
}

extension KubeDBEngine {
    /// Whether KubeDB made an object for the database of that name and this engine.
    func owns(_ metadata: ObjectMeta, of name: String) -> Bool {
        metadata.labels[KubeDBLabel.instance] == name && metadata.labels[KubeDBLabel.name] == nameLabel
    }
}

/// How the names of members are read.
enum KubeDBMember {
    /// What stands between a database's name and a pod's number, such as `shard0` of `demo-shard0-2`; nil for a name
    /// that is not so made.
    static func infix(of pod: String, database: String) -> Substring? {
        guard pod.hasPrefix("\(database)-"), let dash = pod.lastIndex(of: "-") else { return nil }
        let number = pod[pod.index(after: dash)...]
        guard !number.isEmpty, number.allSatisfy(\.isNumber) else { return nil }
        let start = pod.index(pod.startIndex, offsetBy: database.count)
        return start < dash ? pod[pod.index(after: start)..<dash] : ""
    }

    /// Names in their natural order: the tenth member stands after the ninth.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.count == right.count ? left < right : left.count < right.count
    }
}

extension KubeDBLayout {
    /// Those of a database's pods that belong to a component.
    func pods(of component: KubeDBComponent, among pods: [Pod], database: String) -> [Pod] {
        pods.filter { pod in
            KubeDBMember.infix(of: pod.metadata.name, database: database).map(component.owns) ?? false
        }
    }

    /// Those of a database's claims that hold the data of a component's pods.
    func claims(
        of component: KubeDBComponent,
        among claims: [PersistentVolumeClaim],
        database: String
    ) -> [PersistentVolumeClaim] {
        let prefix = "\(engine.claimPrefix)-"
        return claims.filter { claim in
            guard claim.metadata.name.hasPrefix(prefix) else { return false }
            let pod = String(claim.metadata.name.dropFirst(prefix.count))
            return KubeDBMember.infix(of: pod, database: database).map(component.owns) ?? false
        }
    }
}

extension Pod {
    /// The container that the database runs in.
    func database(_ engine: KubeDBEngine) -> Container? { containers.first { $0.name == engine.container } }
}
