import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct KubeDBLifecycleTests {
    private let provider = KubeDBProvider()

    @Test("After creation applying changes nothing that only KubeDB's requests may change, nor lets it go")
    func opsOwned() throws {
        // A request of KubeDB has changed all of these, and its webhook has added a container.
        var snapshot = KubeDBSnapshot()
        snapshot.spec =
            "version: \"18.3\", replicas: 5, storageType: Durable, deletionPolicy: Delete, halted: false, "
            + "configuration: {inline: {user.conf: \"work_mem = '8MB'\"}}, standbyMode: Hot, "
            + "storage: {accessModes: [ReadWriteOnce], storageClassName: standard, "
            + "resources: {requests: {storage: 50Gi}}}, "
            + "podTemplate: {spec: {serviceAccountName: demo, containers: [{name: postgres, resources: {limits: {cpu: \"4\"}}}, "
            + "{name: pg-coordinator, resources: {limits: {cpu: 300m}}}]}}"
        let live = try Manifests.value("{\(snapshot.spec)}")
        let wanted =
            "clusterSize: 3, version: \"17.9\", storageClassName: standard, config: [{name: work_mem, value: 4MB}]"
        let rendered = try snapshot.rendered(wanted)
        for field in ["version", "replicas", "storage", "configuration", "storageType"] {
            #expect(rendered[field] == live[field], "\(field)")
        }
        let containers = ["podTemplate", "spec", "containers"]
        #expect(rendered.value(at: containers) == live.value(at: containers), "a list of containers is one value")
        #expect(rendered["standbyMode"] == nil, "what was never asked for is KubeDB's")
        #expect(rendered.at("podTemplate", "spec", "serviceAccountName") == nil)
    }

    @Test("What may be applied at any time follows the cluster, and an edit holds only over the version that was seen")
    func kept() throws {
        let snapshot = KubeDBSnapshot()
        let spec =
            "clusterSize: 3, deletionPolicy: Retain, podSchedulingPolicy: {nodeSelector: {disk: ssd}}, "
            + "expose: {type: NodePort}, monitoring: {}"
        let rendered = try snapshot.rendered(spec)
        #expect(rendered["deletionPolicy"] == "Halt")
        #expect(rendered.at("podTemplate", "spec", "nodeSelector", "disk") == "ssd")
        #expect(rendered["serviceTemplates"]?[0]?.at("spec", "type") == "NodePort")
        #expect(rendered.at("monitor", "agent") == "prometheus.io/operator")
        let objects = provider.desiredObjects(for: try snapshot.cluster(spec), try snapshot.observed())
        #expect(objects.allSatisfy { $0.isBoundToVersion })
        let plain = try snapshot.rendered()
        #expect(plain["deletionPolicy"] == "Delete")
        #expect(plain["monitor"] == nil)
    }

    @Test("Without the Prometheus operator metrics are found by annotations, and people are told")
    func builtinMonitoring() throws {
        let snapshot = KubeDBSnapshot()
        let cluster = try snapshot.cluster("clusterSize: 3, monitoring: {}")
        var observed = try snapshot.observed()
        observed.installed = observed.installed.filter { $0.kind != "ServiceMonitor" }
        let rendered = provider.desiredObjects(for: cluster, observed).last?.content
        #expect(rendered?.at("spec", "monitor", "agent") == "prometheus.io/builtin")
        let condition = provider.status(of: cluster, observed).conditions.first { $0.type == "MonitoringConfigured" }
        #expect(condition?.reason == "ServiceMonitorNotInstalled")
    }

    @Test("A stopped database is halted with the policy that halting gives it, and gets its own back with the start")
    func halting() throws {
        var snapshot = KubeDBSnapshot()
        let stopped = try snapshot.rendered("clusterSize: 3, stopped: true")
        #expect(stopped["halted"] == true)
        #expect(stopped["deletionPolicy"] == "Halt", "KubeDB would write that itself, and we would fight over it")
        snapshot.spec = snapshot.spec.replacing("halted: false", with: "halted: true")
            .replacing("deletionPolicy: Delete", with: "deletionPolicy: Halt")
        let started = try snapshot.rendered()
        #expect(started["halted"] == false)
        #expect(started["deletionPolicy"] == "Delete")
    }

    @Test("A protected database is let go of before it is halted, as KubeDB refuses both at once")
    func haltingProtected() throws {
        var snapshot = KubeDBSnapshot()
        let spec = "clusterSize: 3, stopped: true, deletionPolicy: Protect"
        snapshot.spec = snapshot.spec.replacing("deletionPolicy: Delete", with: "deletionPolicy: DoNotTerminate")
        let first = try snapshot.rendered(spec)
        #expect(first["halted"] == nil)
        #expect(first["deletionPolicy"] == "Halt")
        snapshot.spec = snapshot.spec.replacing("DoNotTerminate", with: "Halt")
        #expect(try snapshot.rendered(spec)["halted"] == true)
    }

    @Test("A version that nobody named stays, whatever the catalogue has by now")
    func keptVersion() throws {
        #expect(try KubeDBSnapshot().rendered()["version"] == "17.9")
        let answers = try KubeDBVersions.answer("Postgres", [("17.9", "17.9", ""), ("18.3", "18.3", "")])
        func version(_ status: String) throws -> JSONValue? {
            let cluster = try Manifests.cluster("provider: kubedb, clusterSize: 3", status: status)
            let observed = Manifests.observed(answers: answers, by: provider)
            return provider.desiredObjects(for: cluster, observed).first?.content.at("spec", "version")
        }
        #expect(try version("") == "18.3")
        #expect(try version("version: \"17.9\"") == "17.9", "a cluster whose database has to be made anew")
    }

    private func intents(_ policy: String, _ snapshot: KubeDBSnapshot, options: String = "") throws -> [Intent] {
        let cluster = try snapshot.cluster("clusterSize: 3, deletionPolicy: \(policy)\(options)")
        guard case .intents(let intents) = provider.cleanup(cluster, try snapshot.observed()) else { return [] }
        return intents
    }

    @Test(
        "A deletion first sets the policy by which KubeDB decides what goes, then deletes the database by its uid",
        arguments: [("Delete", "Delete"), ("Retain", "Halt")]
    )
    func deletion(_ policy: String, _ native: String) throws {
        var snapshot = KubeDBSnapshot()
        snapshot.spec = snapshot.spec.replacing("deletionPolicy: Delete", with: "deletionPolicy: DoNotTerminate")
        guard case .patch(_, _, .merge, let body, nil, _)? = try intents(policy, snapshot).first else {
            Issue.record("the policy must be set first")
            return
        }
        #expect(body == ["spec": ["deletionPolicy": .string(native)]])
        snapshot.spec = snapshot.spec.replacing("DoNotTerminate", with: native)
        guard case .delete(let resource, _, _, "child", _)? = try intents(policy, snapshot).first else {
            Issue.record("then the database goes")
            return
        }
        #expect(resource.kind == "Postgres")
    }

    @Test("A request that KubeDB has not begun is deleted as it was seen alone: begun since, it goes with the database")
    func deletionOfRequests() throws {
        var snapshot = KubeDBSnapshot()
        func request(_ name: String, _ phase: String) -> String {
            KubeDBOperationCase.native(name, "Restart", phase, kind: "PostgresOpsRequest")
        }
        snapshot.more = [request("waits", "Pending"), request("begun", "Progressing")]
        let key = ObjectKey(namespace: "default", name: "waits")
        let kind = try #require(provider.watches.first { $0.resource.kind == "PostgresOpsRequest" }).resource
        #expect(
            try intents("Delete", snapshot) == [.delete(kind, key, uid: "uid-of-waits", resourceVersion: "41")]
        )
        snapshot.more = [request("begun", "Progressing")]
        #expect(try intents("Delete", snapshot).map(\.target.resource.kind) == ["Postgres"])
    }

    @Test("A halted database is started in the same write, since KubeDB would give it the policy Halt again")
    func deletionOfHalted() throws {
        var snapshot = KubeDBSnapshot()
        snapshot.spec = snapshot.spec.replacing("halted: false", with: "halted: true")
            .replacing("deletionPolicy: Delete", with: "deletionPolicy: Halt")
        guard case .patch(_, _, _, let body, _, _)? = try intents("Delete", snapshot).first else {
            Issue.record("the policy must be set first")
            return
        }
        #expect(body == ["spec": ["deletionPolicy": "Delete", "halted": false]])
        guard case .delete? = try intents("Retain", snapshot).first else {
            Issue.record("with Retain it has the right policy")
            return
        }
        guard
            case .patch(_, _, _, let wipe, _, _)? = try intents(
                "Delete",
                KubeDBSnapshot(),
                options: ", providerOptions: {wipeOut: true}"
            ).first
        else {
            Issue.record("backups and secrets go by a policy of their own")
            return
        }
        #expect(wipe == ["spec": ["deletionPolicy": "WipeOut"]])
    }

    @Test("Once the database is gone, Delete waits for its volumes and removes what nobody owns, Retain keeps them")
    func volumes() throws {
        let snapshot = KubeDBSnapshot()
        let key = ObjectKey(namespace: "default", name: "demo")
        let children = try snapshot.children().filter { $0.resource == .persistentVolumeClaim }
        let database = try #require(provider.watches.first { $0.resource.kind == "Postgres" }).resource
        let gone: [Need: NeedAnswer] = [.object(database, key): .absent]
        let observed = Manifests.observed(children, answers: gone, by: provider)
        guard case .intents(let intents) = provider.cleanup(try snapshot.cluster("deletionPolicy: Delete"), observed)
        else {
            Issue.record("volumes that nobody owns must be deleted")
            return
        }
        #expect(intents.count == 3)
        #expect(provider.cleanup(try snapshot.cluster("deletionPolicy: Retain"), observed) == .done)
        let unasked = Manifests.observed(children, by: provider)
        #expect(
            provider.cleanup(try snapshot.cluster("deletionPolicy: Delete"), unasked) == .need([.object(database, key)])
        )
        let foreign: [Need: NeedAnswer] = [.object(database, key): .object(["metadata": ["name": "demo"]])]
        let taken = Manifests.observed(children, answers: foreign, by: provider)
        #expect(
            provider.cleanup(try snapshot.cluster("deletionPolicy: Delete"), taken) == .done,
            "a database that was taken out of our hands keeps its volumes"
        )
    }

    @Test("The sentinels that the operator made go after the database that they watch over")
    func sentinels() throws {
        let sentinel = """
            apiVersion: kubedb.com/v1
            kind: RedisSentinel
            metadata:
              name: demo-sentinel
              namespace: default
              uid: sentinel
              labels: {dbaas.io/cluster: demo, app.kubernetes.io/managed-by: dbaas-operator}
            spec: {version: 8.2.2, replicas: 3, deletionPolicy: Delete}
            """
        var snapshot = KubeDBSnapshot(
            engine: "redis",
            apiKind: "Redis",
            plural: "redises",
            container: "redis",
            spec: "version: 8.2.2, mode: Sentinel, replicas: 3, deletionPolicy: Delete, "
                + "sentinelRef: {name: demo-sentinel, namespace: default}, \(KubeDBSnapshot.storage)",
            more: [sentinel]
        )
        #expect(try intents("Delete", snapshot).map(\.target.resource.kind) == ["Redis"])
        let objects = provider.desiredObjects(for: try snapshot.cluster(), try snapshot.observed())
        #expect(objects.map(\.resource.kind) == ["RedisSentinel", "Redis"], "they must be there before it")
        let key = ObjectKey(namespace: "default", name: "demo")
        let redis = try #require(objects.last).resource
        let left = Manifests.observed(
            [try Manifests.child(sentinel, of: provider)],
            answers: [.object(redis, key): .absent],
            by: provider
        )
        guard case .intents(let last) = provider.cleanup(try snapshot.cluster("deletionPolicy: Delete"), left) else {
            Issue.record("the sentinels go last")
            return
        }
        #expect(last.map(\.target.key.name) == ["demo-sentinel"])
        snapshot.spec = snapshot.spec.replacing("demo-sentinel", with: "shared")
        let own = "clusterSize: 3, providerOptions: {sentinel: {name: shared}}"
        let shared = provider.desiredObjects(for: try snapshot.cluster(own), try snapshot.observed())
        #expect(shared.map(\.resource.kind) == ["Redis"], "sentinels that somebody else has made stay theirs")
    }
}

@Suite struct KubeDBTopologyTests {
    private let provider = KubeDBProvider()

    @Test("A sharded database of one shard, and sentinels over one member, stay what they are")
    func keptModes() throws {
        let sharded = KubeDBSnapshot.sharded
        let cluster = try sharded.cluster("clusterSize: 2, shards: 1")
        #expect(provider.validate(cluster, try sharded.observed()).isEmpty)
        #expect(provider.status(of: cluster, try sharded.observed()).message.hasPrefix("shards 2 → 1 is to be done"))
        let running = KubeDBSnapshot(
            engine: "mysql",
            apiKind: "MySQL",
            plural: "mysqls",
            container: "mysql",
            spec: "version: 8.4.8, replicas: 3, topology: {mode: GroupReplication}, \(KubeDBSnapshot.storage)"
        )
        let refusals = provider.validate(try running.cluster("clusterSize: 1"), try running.observed())
        #expect(refusals.map(\.reason) == ["MembersOutOfRange"], "it has no way back to a single member")
    }

    @Test("Sentinels of ours go when an operation has given the database others, and none are changed by an option")
    func replacedSentinels() throws {
        let snapshot = KubeDBSnapshot(
            engine: "redis",
            apiKind: "Redis",
            plural: "redises",
            container: "redis",
            spec: "version: 8.2.2, mode: Sentinel, replicas: 3, sentinelRef: {name: shared, namespace: default}, "
                + KubeDBSnapshot.storage
        )
        let objects = provider.desiredObjects(for: try snapshot.cluster(), try snapshot.observed())
        #expect(objects.map(\.resource.kind) == ["Redis"])
        #expect(objects.first?.content.at("spec", "sentinelRef", "name") == "shared")
        let other = try snapshot.cluster("clusterSize: 3, providerOptions: {sentinel: {name: third}}")
        #expect(provider.validate(other, try snapshot.observed()).map(\.reason) == ["ImmutableOption"])
    }

    @Test("Resources of mongos that were edited later are told of, since only an operation changes them")
    func proxyResources() throws {
        var snapshot = KubeDBSnapshot.sharded
        snapshot.spec = snapshot.spec.replacing(
            "mongos: {replicas: 2}",
            with: "mongos: {replicas: 2, \(KubeDBSnapshot.resources("mongodb", memory: "1Gi"))}"
        )
        let spec = "clusterSize: 2, shards: 2, proxy: {replicas: 2, resources: {limits: {memory: 4Gi}}}"
        let condition = try snapshot.report(spec).conditions.first { $0.type == "ProxyApplied" }
        #expect(condition?.status == .false)
        #expect(condition?.message.contains("component mongos") == true)
    }
}
