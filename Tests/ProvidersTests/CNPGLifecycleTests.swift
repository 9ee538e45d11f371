import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGLifecycleTests {
    private let provider = CNPGProvider()

    private func ours(_ kind: String, _ name: String, group: String = "postgresql.cnpg.io/v1") throws -> ChildObject {
        try Manifests.child(
            """
            apiVersion: \(group)
            kind: \(kind)
            metadata:
              name: \(name)
              namespace: default
              uid: \(name)
              labels: {dbaas.io/cluster: demo, cnpg.io/cluster: demo, app.kubernetes.io/managed-by: dbaas-operator}
            """
        )
    }

    @Test("A pooler or schedule that is no longer wanted is deleted, and nothing of anybody else's")
    func deletions() throws {
        let cluster = try Manifests.cluster("clusterSize: 3")
        let foreign = try Manifests.child(
            """
            apiVersion: postgresql.cnpg.io/v1
            kind: Pooler
            metadata: {name: theirs, namespace: default, uid: theirs, labels: {dbaas.io/cluster: demo}}
            """
        )
        let observed = try Running().observed([
            try ours("Pooler", "demo-pooler"), try ours("ScheduledBackup", "demo-daily"), foreign,
            try ours("Backup", "nightly"),
        ])
        let desired = provider.desiredObjects(for: cluster, observed)
        let deleted = provider.deletions(of: cluster, desired: desired, observed).map { $0.target.key.name }
        #expect(deleted == ["demo-pooler", "demo-daily"])
        let wanted = try Manifests.cluster("clusterSize: 3, proxy: {}")
        let kept = provider.desiredObjects(for: wanted, observed)
        #expect(provider.deletions(of: wanted, desired: kept, observed).map { $0.target.key.name } == ["demo-daily"])
    }

    private func intents(_ answer: CleanupAnswer) -> [Intent] {
        if case .intents(let intents) = answer { intents } else { [] }
    }

    @Test("Delete takes companions, then the Cluster, waits for the data, then removes backups and stores")
    func delete() throws {
        let cluster = try Manifests.cluster("clusterSize: 3, deletionPolicy: Delete")
        let store = try ours("ObjectStore", "demo-backup", group: "barmancloud.cnpg.io/v1")
        let backup = try ours("Backup", "nightly")
        let pooler = try ours("Pooler", "demo-pooler")
        let all = try Running().observed([store, backup, pooler])
        #expect(intents(provider.cleanup(cluster, all)).map { $0.target.key.name } == ["demo-pooler"])
        let withoutPooler = try Running().observed([store, backup])
        guard
            case .delete(let resource, _, .background, "child", _)? = intents(provider.cleanup(cluster, withoutPooler))
                .first
        else {
            Issue.record("the Cluster comes next, by its uid")
            return
        }
        #expect(resource.kind == "Cluster")
        let members = withoutPooler.children(.pod) + withoutPooler.children(.persistentVolumeClaim)
        guard case .wait = provider.cleanup(cluster, withoutCluster(members + [store, backup])) else {
            Issue.record("the members' pods and volumes must be waited for")
            return
        }
        #expect(
            intents(provider.cleanup(cluster, withoutCluster([store, backup]))).map { $0.target.key.name } == [
                "nightly"
            ]
        )
        #expect(
            intents(provider.cleanup(cluster, withoutCluster([store]))).map { $0.target.key.name } == [
                "demo-backup"
            ]
        )
        #expect(provider.cleanup(cluster, withoutCluster([])) == .done)
    }

    @Test("Retain orphans the Cluster and removes its pods, and keeps volumes, backups and the way to them")
    func retain() throws {
        let cluster = try Manifests.cluster("clusterSize: 3, deletionPolicy: Retain")
        let kept = [
            try ours("ObjectStore", "demo-backup", group: "barmancloud.cnpg.io/v1"), try ours("Backup", "nightly"),
        ]
        let all = try Running().observed(kept)
        guard case .delete(_, _, .orphan, "child", _)? = intents(provider.cleanup(cluster, all)).first else {
            Issue.record("the Cluster must be deleted with its volumes orphaned")
            return
        }
        let members = all.children(.pod) + all.children(.persistentVolumeClaim)
        let next = intents(provider.cleanup(cluster, withoutCluster(members + kept)))
        #expect(Set(next.map { $0.target.resource }).isSubset(of: [.pod, .service, .podDisruptionBudget]))
        #expect(next.count { $0.target.resource == .pod } == 3)
        let volumes = all.children(.persistentVolumeClaim)
        #expect(provider.cleanup(cluster, withoutCluster(volumes + kept)) == .done)
    }

    @Test(
        "Members of a Cluster that was detached by hand are left to it, and nothing waits for them",
        arguments: ["Delete", "Retain"]
    )
    func detached(_ policy: String) throws {
        let cluster = try Manifests.cluster("clusterSize: 3, deletionPolicy: \(policy)")
        let members = try ["Pod", "PersistentVolumeClaim"].map { kind in
            try Manifests.child(
                """
                apiVersion: v1
                kind: \(kind)
                metadata:
                  name: demo-1
                  namespace: default
                  uid: \(kind)
                  labels: {dbaas.io/cluster: demo, cnpg.io/cluster: demo}
                  ownerReferences:
                  - {apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: demo, uid: detached, controller: true}
                """
            )
        }
        guard case .need(let needs) = provider.cleanup(cluster, Manifests.observed(members)), let need = needs.first
        else {
            Issue.record("where no Cluster is seen, it must be asked whether one lives on")
            return
        }
        let foreign: JSONValue = ["metadata": ["name": "demo", "uid": "detached"]]
        let left = Manifests.observed(members, answers: [need: .object(foreign)])
        #expect(provider.cleanup(cluster, left) == .done)
        let ours: JSONValue = [
            "metadata": ["name": "demo", "uid": "detached", "labels": ["dbaas.io/cluster": "demo"]]
        ]
        guard case .wait = provider.cleanup(cluster, Manifests.observed(members, answers: [need: .object(ours)])) else {
            Issue.record("a Cluster of ours that has not been seen yet is no foreign one")
            return
        }
    }

    /// A snapshot in which the Cluster is gone for good.
    private func withoutCluster(_ children: [ChildObject]) -> Observed {
        let key = ObjectKey(namespace: "default", name: "demo")
        let clusters = CNPGProvider().watches.map(\.resource).first { $0.kind == "Cluster" }
        let answers = clusters.map { [Need.object($0, key): NeedAnswer.absent] } ?? [:]
        return Manifests.observed(children, answers: answers)
    }

    @Test(
        "What a deletion may leave behind has no owner that a foreground deletion would take it with",
        arguments: [
            ("Delete", true), ("Retain", false), ("Protect", false),
        ]
    )
    func owner(_ policy: String, _ isOwned: Bool) throws {
        let cluster = try Manifests.cluster("clusterSize: 3, deletionPolicy: \(policy)")
        let child = try #require(provider.desiredObjects(for: cluster, Manifests.observed()).first)
        #expect((child.content.at("metadata", "ownerReferences") != nil) == isOwned)
    }

    @Test("A restore waits for its backup to be there and completed, and says so")
    func restoreWaits() throws {
        let cluster = try Manifests.cluster("clusterSize: 3, dataSource: {backup: {name: nightly}}")
        guard case .need(let needs) = provider.preReconcile(cluster, Manifests.observed()), let need = needs.first
        else {
            Issue.record("the backup must be asked for")
            return
        }
        let absent = provider.preReconcile(cluster, Manifests.observed(answers: [need: .absent]))
        guard case .wait("BackupNotFound", _, _) = absent else {
            Issue.record("\(absent)")
            return
        }
        let running: JSONValue = [
            "metadata": ["name": "nightly"], "spec": ["cluster": ["name": "x"]], "status": ["phase": "started"],
        ]
        let early = provider.preReconcile(cluster, Manifests.observed(answers: [need: .object(running)]))
        guard case .wait("BackupNotCompleted", _, _) = early else {
            Issue.record("\(early)")
            return
        }
    }

    @Test("An object finds its cluster by our label, CloudNativePG's, an owner or its name")
    func owners() throws {
        let watched = try #require(provider.watches.first { $0.resource.kind == "Backup" })
        let metadata = ObjectMeta(name: "b", namespace: "ns", labels: ["cnpg.io/cluster": "demo"])
        #expect(watched.owningCluster(of: metadata) == ObjectKey(namespace: "ns", name: "demo"))
        #expect(watched.owningCluster(of: ObjectMeta(name: "b", namespace: "ns")) == nil)
    }
}
