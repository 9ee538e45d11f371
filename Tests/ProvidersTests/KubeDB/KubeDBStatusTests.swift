import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct KubeDBStatusTests {
    @Test(
        "Each phase of KubeDB has its unified phase",
        arguments: [
            ("", DatabaseClusterPhase.pending, DatabaseClusterPhase.updating),
            ("Provisioning", .initializing, .initializing),
            ("DataRestoring", .restoring, .restoring),
            ("Ready", .ready, .ready),
            ("Critical", .initializing, .degraded),
            ("NotReady", .initializing, .degraded),
            ("Halted", .initializing, .initializing),
            ("A phase of next year", .initializing, .updating),
        ]
    )
    func phases(_ phase: String, _ first: DatabaseClusterPhase, _ later: DatabaseClusterPhase) throws {
        let snapshot = KubeDBSnapshot(phase: phase)
        #expect(try snapshot.report(status: "phase: Pending").phase == first)
        #expect(try snapshot.report(status: "phase: Ready").phase == later)
        #expect(try snapshot.report().message.isEmpty == (later == .ready))
    }

    @Test("Unknown is no failure: the phase before stays, as KubeDB only does not look for a while")
    func unknown() throws {
        let snapshot = KubeDBSnapshot(phase: "Unknown")
        #expect(try snapshot.report(status: "phase: Ready").phase == .ready)
        #expect(try snapshot.report(status: "phase: Degraded").phase == .degraded)
        let running = "phase: Updating, operation: {name: op, type: Restart, progress: 1}"
        #expect(try snapshot.report(status: running).phase == .restarting)
    }

    @Test("A database that takes no connections for minutes has failed, and says why in KubeDB's words")
    func notReady() throws {
        let condition = { (time: String) in
            "[{type: AcceptingConnection, status: \"False\", reason: DatabaseNotAcceptingConnectionRequest, "
                + "message: no primary was found, lastTransitionTime: \"\(time)\"}]"
        }
        let ago = { (seconds: Int64) in Timestamp(seconds: Manifests.now.seconds - seconds).description }
        let short = try KubeDBSnapshot(phase: "NotReady", conditions: condition(ago(20))).report()
        #expect(short.phase == .degraded)
        #expect(short.message == "NotReady: no primary was found")
        #expect(try KubeDBSnapshot(phase: "NotReady", conditions: condition(ago(400))).report().phase == .failed)
        let restored = "[{type: DataRestored, status: \"False\", reason: FailedToRestoreData, message: bad snapshot}]"
        let failed = try KubeDBSnapshot(phase: "NotReady", conditions: restored).report(status: "phase: Restoring")
        #expect(failed.phase == .failed)
        #expect(failed.message == "NotReady: bad snapshot")
    }

    @Test("Ready is not believed while members are missing, not ready, or not what the cluster asks for")
    func readyIsChecked() throws {
        var fewer = KubeDBSnapshot()
        fewer.pods.removeLast()
        #expect(try fewer.report().phase == .degraded)
        var unready = KubeDBSnapshot()
        unready.pods[1].isReady = false
        #expect(try unready.report().message == "2 of 3 members (postgres) are ready")
        #expect(try KubeDBSnapshot().report("clusterSize: 5").phase == .scaling)
        #expect(try KubeDBSnapshot().report("clusterSize: 3, size: db.t3.large").phase == .updating)
        #expect(
            try KubeDBSnapshot().report("clusterSize: 3, config: [{name: work_mem, value: 4MB}]").phase == .updating
        )
        var smaller = KubeDBSnapshot()
        smaller.pods[2].memory = "1Gi"
        #expect(try smaller.report().message == "demo-2 does not have its resources yet")
        var lagging = KubeDBSnapshot()
        lagging.claims["data-demo-1"] = "8Gi"
        lagging.requested["data-demo-1"] = "10Gi"
        #expect(try lagging.report().message == "volume data-demo-1 has 8Gi, not yet 10Gi")
    }

    @Test("An amount that reads back in another notation is the same amount")
    func notation() throws {
        var snapshot = KubeDBSnapshot()
        snapshot.spec = snapshot.spec.replacing("memory: 2Gi", with: "memory: \"2147483648000m\"")
        #expect(try snapshot.report().phase == .ready)
    }

    @Test("Members, roles, endpoints, credentials and what really runs are reported")
    func details() throws {
        let labels =
            "{app.kubernetes.io/instance: demo, app.kubernetes.io/managed-by: kubedb.com, "
            + "app.kubernetes.io/name: postgreses.kubedb.com}"
        var snapshot = KubeDBSnapshot()
        snapshot.more = [
            """
            apiVersion: appcatalog.appscode.com/v1alpha1
            kind: AppBinding
            metadata: {name: demo, namespace: default, uid: b, labels: \(labels)}
            spec: {clientConfig: {service: {name: demo, port: 5432, scheme: postgresql}}, secret: {kind: Secret, name: demo-auth}, version: "17.9"}
            """,
            """
            apiVersion: v1
            kind: Service
            metadata: {name: demo, namespace: default, uid: s, labels: \(labels)}
            spec: {type: LoadBalancer, ports: [{port: 5432}]}
            status: {loadBalancer: {ingress: [{ip: 203.0.113.7}]}}
            """,
            """
            apiVersion: v1
            kind: Service
            metadata: {name: demo-standby, namespace: default, uid: t, labels: \(labels)}
            spec: {ports: [{port: 5432}]}
            """,
        ]
        let report = try snapshot.report()
        #expect(report.phase == .ready)
        #expect(report.members.map(\.role) == [.primary, .replica, .replica])
        #expect(report.primary == "demo-0")
        #expect(report.endpoints.primary == "demo.default.svc:5432")
        #expect(report.endpoints.replica == "demo-standby.default.svc:5432")
        #expect(report.endpoints.external == "203.0.113.7:5432")
        #expect(report.credentialsSecret == "demo-auth")
        #expect(report.current.size == "db.t3.medium")
        #expect(report.current.clusterSize == 3)
        #expect(report.current.storage == Quantity("10Gi"))
        #expect(report.version == "17.9")
        #expect(report.instances == 3 && report.readyInstances == 3)
    }

    @Test("Of a sharded database the data's members count, and config servers and mongos are members by their roles")
    func sharded() throws {
        let report = try KubeDBSnapshot.sharded.report("clusterSize: 2, shards: 2, proxy: {replicas: 2}")
        #expect(report.phase == .ready)
        #expect(report.instances == 4)
        #expect(report.current.shards == 2)
        #expect(report.current.clusterSize == 2)
        #expect(report.primary == nil, "each shard has its own")
        #expect(report.proxy == ProxyStatus(replicas: 2, readyReplicas: 2))
        #expect(report.members.count { $0.role == .mongos } == 2)
        #expect(report.members.count { $0.role == .configServer } == 1)
        #expect(report.members.count { $0.role == .primary } == 2)
        var broken = KubeDBSnapshot.sharded
        broken.pods[5].isReady = false
        #expect(
            try broken.report("clusterSize: 2, shards: 2, proxy: {replicas: 2}").message
                == "1 of 2 members (mongos) are ready"
        )
    }

    @Test("Roles are read whatever their case, and other people's database of the same name is left alone")
    func roles() throws {
        var snapshot = KubeDBSnapshot()
        snapshot.pods[0].role = "Slave"
        snapshot.pods[1].role = "Master"
        let report = try snapshot.report()
        #expect(report.primary == "demo-1")
        #expect(report.members.map(\.role) == [.replica, .primary, .replica])
        var foreign = KubeDBSnapshot()
        foreign.plural = "mysqls"
        #expect(try foreign.report().members.isEmpty)
    }

    @Test("A stopped cluster is Stopped when KubeDB says so and no member is left")
    func stopping() throws {
        let stopped = "clusterSize: 3, stopped: true"
        var snapshot = KubeDBSnapshot()
        snapshot.spec = snapshot.spec.replacing("halted: false", with: "halted: true")
        #expect(try snapshot.report(stopped).phase == .stopping)
        snapshot.phase = "Halted"
        #expect(try snapshot.report(stopped).phase == .stopping, "members are still there")
        snapshot.pods = []
        #expect(try snapshot.report(stopped).phase == .stopped)
        #expect(try snapshot.report(status: "phase: Stopped").phase == .initializing, "it is to be started")
    }

    @Test("A pod that cannot start is told in the kubelet's words, and counts as a failure when that lasts")
    func trouble() throws {
        var snapshot = KubeDBSnapshot(phase: "Provisioning")
        snapshot.pods[0].status =
            "{name: postgres, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}"
        let report = try snapshot.report(status: "phase: Initializing")
        #expect(report.phase == .failed)
        #expect(report.message.contains("pod demo-0 is in ImagePullBackOff, no such image"))
        snapshot.created = Timestamp(seconds: Manifests.now.seconds - 30).description
        #expect(try snapshot.report(status: "phase: Initializing").phase == .initializing)
        let lonely = KubeDBSnapshot(phase: "Provisioning", pods: [])
        #expect(try lonely.report(status: "phase: Initializing").message.contains("PlacementPolicy default"))
    }

    @Test("Less memory than the engine can live with is told, as KubeDB says nothing")
    func memoryFloor() throws {
        let snapshot = KubeDBSnapshot()
        let small = try snapshot.report("clusterSize: 3, size: db.t3.micro").conditions
        #expect(small.first { $0.type == "MemorySufficient" }?.status == .false)
        #expect(try snapshot.report().conditions.allSatisfy { $0.type != "MemorySufficient" })
    }

    @Test(
        "The kind of drift is told by the field",
        arguments: [
            ("spec.podTemplate.spec.containers", DriftType.size), ("spec.storage.resources.requests.storage", .storage),
            ("spec.replicas", .replicas), ("spec.shardTopology.shard.shards", .replicas),
            ("spec.configuration.inline", .configuration), ("spec.version", .other),
        ]
    )
    func kindsOfDrift(path: String, expected: DriftType) {
        #expect(KubeDBProvider().driftType(of: path, in: .pod) == expected)
    }
}
