import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("A Percona XtraDB Cluster from its first rendering to what its deletion leaves") struct PXCLifecycleTests {
    private let provider = PXCRunning.provider
    private static let deleting = "deletionTimestamp: \"2026-11-02T00:00:00Z\""

    private func cleanup(
        _ observed: Observed,
        policy: String = "Delete",
        engineSpec: String = ""
    ) throws -> CleanupAnswer {
        let spec = "deletionPolicy: \(policy)\(engineSpec.isEmpty ? "" : ", \(engineSpec)")"
        return provider.cleanup(try Manifests.cluster(spec, engine: "mysql"), observed)
    }

    private func names(_ answer: CleanupAnswer) -> [String] {
        if case .intents(let intents) = answer { intents.map { $0.target.key.name } } else { [] }
    }

    private let gone: [Need: NeedAnswer] = {
        let kind = PXCRunning.provider.watches.map(\.resource).first { $0.kind == "PerconaXtraDBCluster" }
        return kind.map { [.object($0, ObjectKey(namespace: "default", name: "demo")): .absent] } ?? [:]
    }()

    /// Without the PerconaXtraDBCluster.
    private func orphaned(_ running: PXCRunning, _ more: [String] = []) throws -> Observed {
        let all = try running.observed(more)
        let kinds = provider.watches.map(\.resource).filter { $0.kind != "PerconaXtraDBCluster" }
        return Manifests.observed(kinds.flatMap(all.children), answers: gone, by: provider)
    }

    private static let removing = """
        [percona.com/delete-pxc-pods-in-order, percona.com/delete-pxc-pvc, percona.com/delete-ssl]
        """

    @Test("Delete takes restores, backups with their data, the cluster, and volumes that Percona leaves")
    func delete() throws {
        let running = PXCRunning(finalizers: Self.removing)
        let backup = PXCRunning.backup("nightly", PXCRunning.succeeded)
        let restore = PXCRunning.restore("r", "state: Succeeded")
        #expect(names(try cleanup(try running.observed([backup, restore]))) == ["r"])
        #expect(names(try cleanup(try running.observed([backup]))) == ["nightly"])
        #expect(names(try cleanup(try running.observed())) == ["demo"])
        guard case .wait = try cleanup(try orphaned(PXCRunning(members: 1))) else {
            Issue.record("pods that still run must be waited for")
            return
        }
        let left = PXCRunning(members: 1, pods: 0, proxies: 0, leftVolumes: 1)
        #expect(names(try cleanup(try orphaned(left))) == ["datadir-demo-pxc-0", "datadir-demo-pxc-1"])
        #expect(try cleanup(Manifests.observed(answers: gone, by: provider)) == .done)
    }

    @Test("Retain makes sure that no finalizer takes volumes or Secrets, and leaves backups alone")
    func retain() throws {
        let backup = PXCRunning.backup("nightly", PXCRunning.succeeded)
        let observed = try PXCRunning(finalizers: Self.removing).observed([backup])
        guard case .intents(let intents) = try cleanup(observed, policy: "Retain") else {
            Issue.record("the cluster must go")
            return
        }
        let kept: JSONValue = ["percona.com/delete-pxc-pods-in-order"]
        #expect(intents.first?.body?.at("metadata", "finalizers") == kept)
        guard case .delete(_, _, _, "child", _)? = intents.last else {
            Issue.record("after that the cluster goes")
            return
        }
        #expect(try cleanup(try orphaned(PXCRunning(pods: 0, proxies: 0), [backup]), policy: "Retain") == .done)
    }

    @Test("A finalizer that was taken off is put back before Delete relies on it")
    func finalizers() throws {
        guard case .intents(let intents) = try cleanup(try PXCRunning(finalizers: "[theirs]").observed()) else {
            Issue.record("the cluster must go")
            return
        }
        let all: JSONValue = [
            "percona.com/delete-pxc-pods-in-order", "percona.com/delete-pxc-pvc", "percona.com/delete-ssl", "theirs",
        ]
        #expect(intents.first?.body?.at("metadata", "finalizers") == all)
        #expect(intents.count == 2)
    }

    @Test("A cluster whose spec Percona's operator refuses is repaired, as it would never go")
    func repair() throws {
        var running = PXCRunning(
            state: "error",
            messages: "[\"wrong PXC options: pxc.image can't be empty\"]",
            image: "\"\"",
            finalizers: Self.removing,
            deletion: Self.deleting
        )
        guard case .intents(let intents) = try cleanup(try running.observed()) else {
            Issue.record("the spec must be repaired")
            return
        }
        #expect(intents.first?.body?.at("spec", "pxc", "image")?.string?.hasPrefix("percona/") == true)
        running.messages = "[\"waiting for pods\"]"
        guard case .wait(let message) = try cleanup(try running.observed()) else {
            Issue.record("anything else passes")
            return
        }
        #expect(message.contains("waiting for pods"))
    }

    @Test("A cluster that was taken out of our hands is left to its owner, and one not seen yet is waited for")
    func detached() throws {
        let unknown = try orphaned(PXCRunning())
        var asked = unknown
        asked.answers = [:]
        guard case .need(let needs) = try cleanup(asked), let need = needs.first else {
            Issue.record("it must be asked whether one lives on")
            return
        }
        asked.answers = [need: .object(["metadata": ["name": "demo", "uid": "detached"]])]
        #expect(try cleanup(asked) == .done)
        let ours: JSONValue = ["metadata": ["name": "demo", "labels": ["dbaas.io/cluster": "demo"]]]
        asked.answers = [need: .object(ours)]
        guard case .wait = try cleanup(asked) else {
            Issue.record("one of ours that has not been seen yet is no foreign one")
            return
        }
    }

    @Test("During a restore nothing is written, since the spec is Percona's operator's then")
    func freeze() throws {
        let cluster = try Manifests.cluster("", engine: "mysql")
        let working = try PXCRunning().observed([PXCRunning.restore("r", "state: Restoring")])
        guard case .wait("RestoreRunning", _, _) = provider.preReconcile(cluster, working) else {
            Issue.record("the cluster must be left alone")
            return
        }
        for end in ["Succeeded", "Failed"] {
            let ended = try PXCRunning().observed([PXCRunning.restore("r", "state: \(end)")])
            #expect(provider.preReconcile(cluster, ended) == .proceed)
        }
    }

    @Test("A cluster that shall stop waits for a backup that copies, and not for one that only waits")
    func stopWaits() throws {
        let cluster = try Manifests.cluster("stopped: true", engine: "mysql")
        let copying = try PXCRunning().observed([PXCRunning.backup("nightly", "state: Running")])
        guard case .wait("BackupRunning", _, _) = provider.preReconcile(cluster, copying) else {
            Issue.record("the backup would lose its donor")
            return
        }
        let waiting = try PXCRunning().observed([PXCRunning.backup("nightly", "state: \"\"")])
        #expect(provider.preReconcile(cluster, waiting) == .proceed)
    }

    @Test("A missing storage holds up neither a new cluster nor a running one, whose entries stay as they are")
    func storage() throws {
        let cluster = try Manifests.cluster("backup: {storage: s3-main}", engine: "mysql")
        let need = Need.object(BackupStorage.resource, ObjectKey(namespace: "default", name: "s3-main"))
        #expect(provider.preReconcile(cluster, Manifests.observed(by: provider)) == .need([need]))
        let without = Manifests.observed(answers: [need: .absent], by: provider)
        #expect(provider.preReconcile(cluster, without) == .proceed)
        #expect(
            provider.desiredObjects(for: cluster, without).first?.content.at("spec", "backup", "storages") == nil
        )
        let running = try PXCRunning().observed(answers: [need: .absent])
        let storages: JSONValue = ["s3-main": ["type": "s3"]]
        #expect(
            provider.desiredObjects(for: cluster, running).first?.content.at("spec", "backup", "storages") == storages
        )
    }

    @Test("Backups and restores find their cluster by the name in their spec, pods and volumes by Percona's label")
    func owners() throws {
        for text in [PXCRunning.backup("cron-demo-1", ""), PXCRunning.restore("r", "")] {
            let child = try Manifests.child(text, of: provider)
            let watched = try #require(provider.watches.first { $0.resource == child.resource })
            #expect(watched.owningCluster(of: child.metadata) == ObjectKey(namespace: "default", name: "demo"))
        }
        let pods = try #require(provider.watches.first { $0.resource == .pod })
        let pod = ObjectMeta(name: "p", namespace: "ns", labels: ["app.kubernetes.io/instance": "demo"])
        #expect(pods.owningCluster(of: pod) == ObjectKey(namespace: "ns", name: "demo"))
    }
}
