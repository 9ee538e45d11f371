import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// What is done by other fields of the spec, and by the restart's stamp.
@Suite struct MongoOperationsTests {
    private let executed = OperationCase.executed(secondsAgo: 60)
    private let now = OperationCase.ago(20)

    @Test("A stop waits for a backup that is not finished, which Percona's operator would do without a word")
    func stopWaits() throws {
        var stop = MongoCase("type: Stop", more: [MongoRunning.backup("b", state: "waiting")])
        #expect(try stop.obstacle()?.reason == "BackupRunning")
        stop.more = [MongoRunning.backup("b"), MongoRunning.backup("c", state: "error")]
        #expect(try stop.change()?.patch == ["stopped": true])
    }

    @Test("A stop has succeeded when no pod is left and Percona's operator says paused, not when it was told")
    func stopped() throws {
        var stop = MongoCase("type: Stop", spec: "stopped: true", status: executed)
        #expect(try stop.missing() == "Percona's operator to be told to stop")
        stop.running.paused = true
        #expect(try stop.missing()?.contains("3 pods to stop") == true)
        stop.more = [MongoRunning.backup("late", state: "requested")]
        #expect(try stop.missing()?.contains("backup late") == true)
        stop.more = []
        stop.running.pods = 0
        stop.running.ready = 0
        stop.running.state = "stopping"
        #expect(try stop.evidence() == nil)
        stop.running.state = "paused"
        #expect(try stop.evidence()?.contains("3 volumes are kept") == true)
        #expect(try stop.isAlreadySo())
    }

    @Test("A start has succeeded when Percona's operator has seen it and all members are ready")
    func started() throws {
        var start = MongoCase("type: Start", MongoRunning(paused: true), status: executed)
        #expect(try start.missing() == "Percona's operator to be told to start")
        start.running.paused = false
        start.running.seenGeneration = 3
        #expect(try start.missing() == "Percona's operator to act on its new spec")
        start.running.seenGeneration = 4
        #expect(try start.evidence() != nil)
    }

    @Test("A restart notes its stamp on the cluster, and has succeeded when every pod carries it")
    func restart() throws {
        var restart = MongoCase("type: Restart", status: executed)
        let notes = try #require(try restart.intents().first?.body?.at("metadata", "annotations"))
        #expect(notes == ["dbaas.io/restart": "2026-11-01T12:00:00Z"])
        #expect(try restart.missing()?.hasPrefix("pod demo-rs0-0") == true)
        restart.running.stamps = [0: "2026-11-01T12:00:00Z", 1: "2026-11-01T12:00:00Z"]
        #expect(try restart.percent() == 66)
        restart.running.stamps[2] = "2026-11-02T00:00:00Z"
        #expect(try restart.evidence()?.count == 3)
        restart.running.updated = 2
        #expect(try restart.missing() == "StatefulSet demo-rs0 to be rolled out")
    }

    @Test("A member that cannot start is recreated with the restart, and one that copies its data is left to it")
    func restartOfBroken() throws {
        let crash = "{name: mongod, state: {waiting: {reason: CrashLoopBackOff}}}"
        var restart = MongoCase("type: Restart", MongoRunning(ready: 2, memberStates: [2: "STARTUP2"]))
        #expect(try restart.intents().map(\.target.resource) == [.psmdb])
        restart.running = MongoRunning(ready: 2, containers: [2: crash])
        #expect(
            try restart.intents().last
                == .delete(.pod, ObjectKey(namespace: "default", name: "demo-rs0-2"), uid: "pod-2")
        )
        #expect(
            try MongoCase("type: Restart", MongoRunning(ready: 2, primary: 2, containers: [2: crash])).intents().count
                == 1
        )
    }

    @Test("Members are counted in MongoDB's own configuration too")
    func horizontal() throws {
        var scaling = MongoCase("type: HorizontalScaling, horizontalScaling: {replicas: 5}")
        #expect(try scaling.change()?.patch == ["clusterSize": 5])
        #expect(try scaling.change()?.previous == ["clusterSize": 3])
        scaling.spec = "clusterSize: 5"
        scaling.status = OperationCase.executed(secondsAgo: 60, and: "previous: {clusterSize: 3}")
        #expect(try scaling.missing() == "Percona's operator to be told of 5 members")
        scaling.running = MongoRunning(members: 5, ready: 4)
        #expect(try scaling.percent() == 50)
        scaling.running = MongoRunning(members: 5, ready: 5)
        #expect(try scaling.evidence()?.first == "5 of 5 members are ready")
        scaling.running.statusOfSet = (3, 3)
        #expect(try scaling.missing()?.contains("replica set rs0 to have 5 members") == true)
    }

    @Test(
        "Sizes that cannot elect a primary are refused before anything is written",
        arguments: [
            (2, "InvalidSize"), (4, "InvalidSize"), (6, "InvalidSize"), (51, "InvalidSize"), (0, "InvalidSize"),
            (1, "InvalidSize"),
        ]
    )
    func sizes(_ replicas: Int, _ reason: String) throws {
        let scaling = MongoCase("type: HorizontalScaling, horizontalScaling: {replicas: \(replicas)}")
        #expect(try scaling.refusal()?.reason == reason)
    }

    @Test("After members were taken away their volumes are named, which would be used again")
    func keptVolumes() throws {
        let running = MongoRunning(members: 3)
        let old = """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: mongod-data-demo-rs0-3
              namespace: default
              uid: old
              labels: {app.kubernetes.io/instance: demo, app.kubernetes.io/component: mongod}
            spec: {resources: {requests: {storage: 10Gi}}}
            status: {phase: Bound, capacity: {storage: 10Gi}}
            """
        let scaling = MongoCase(
            "type: HorizontalScaling, horizontalScaling: {replicas: 3}",
            running,
            status: OperationCase.executed(secondsAgo: 60, and: "previous: {clusterSize: 5}"),
            more: [old]
        )
        guard case .succeeded(_, let message) = try scaling.report() else {
            Issue.record("the members are there")
            return
        }
        #expect(message.contains("mongod-data-demo-rs0-3"))
    }

    @Test("Shards are not for a bare replica set")
    func shards() throws {
        let scaling = MongoCase("type: HorizontalScaling, horizontalScaling: {shards: 2}")
        #expect(try scaling.refusal()?.reason == "ShardingImmutable")
    }

    @Test("Resources are read from the database container of every pod")
    func vertical() throws {
        var scaling = MongoCase("type: VerticalScaling, verticalScaling: {size: db.t3.large}")
        #expect(try scaling.change()?.patch == ["size": "db.t3.large"])
        scaling.request =
            "type: VerticalScaling, verticalScaling: {resources: {requests: {memory: 4Gi}, limits: {memory: 4Gi}}}"
        scaling.spec = "resources: {requests: {memory: 4Gi}, limits: {memory: 4Gi}}"
        scaling.status = executed
        scaling.running.memory = "4Gi"
        scaling.running.podMemory = [0: "2Gi"]
        #expect(try scaling.missing()?.contains("demo-rs0-0 to get its resources") == true)
        #expect(try scaling.percent() == 66)
        scaling.running.podMemory = [:]
        #expect(try scaling.evidence()?.count == 3)
        scaling.request = "type: VerticalScaling, verticalScaling: {component: mongos, size: db.t3.large}"
        #expect(try scaling.refusal()?.reason == "UnknownComponent")
    }

    @Test("Other parameters are proved by members that were made anew with them")
    func reconfiguring() throws {
        let request = "type: Reconfiguring, reconfiguring: {config: [{name: systemLog.verbosity, value: \"2\"}]}"
        var change = MongoCase(request)
        #expect(try change.change()?.log == "systemLog.verbosity default → 2")
        change.spec = "config: [{name: systemLog.verbosity, value: \"2\"}]"
        change.status = executed
        #expect(try change.missing() == "Percona's operator to be told of the configuration of rs0")
        change.running.configuration = "systemLog:\n  verbosity: 2\n"
        #expect(try change.missing() == "3 members to restart with it")
        change.running.created = [0: now, 1: now]
        #expect(try change.percent() == 75)
        change.running.created[2] = now
        #expect(try change.evidence()?.count == 4)
    }

    @Test(
        "Parameters with which no member starts are refused",
        arguments: [
            ("net.tls.mode", "ForbiddenParameter"), ("storage.dbPath", "ForbiddenParameter"),
            ("storage.wiredTiger.engineConfig.cacheSizeGB", "ForbiddenParameter"), ("verbosity", "InvalidParameter"),
            ("sytemLog.verbosity", "InvalidParameter"), ("systemLog.verbosity x", "InvalidParameter"),
        ]
    )
    func parameters(_ name: String, _ reason: String) throws {
        let change = MongoCase("type: Reconfiguring, reconfiguring: {config: [{name: \(name), value: x}]}")
        #expect(try change.refusal()?.reason == reason)
    }

    @Test("A parameter that lets no member start ends the operation with the pod's words, and the pod is made again")
    func badParameter() throws {
        let crash = """
            {name: mongod, restartCount: 3, state: {waiting: {reason: CrashLoopBackOff, message: back-off}},
             lastState: {terminated: {exitCode: 2, reason: Error, message: "Unrecognized option: systemLog.x"}}}
            """
        var change = MongoCase(
            "type: Reconfiguring, reconfiguring: {config: [{name: systemLog.x, value: \"2\"}]}",
            MongoRunning(ready: 2, configuration: "systemLog:\n  x: 2\n", created: [2: now], containers: [2: crash]),
            spec: "config: [{name: systemLog.x, value: \"2\"}]",
            status: executed
        )
        #expect(try change.failure()?.reason == "MemberCannotStart")
        #expect(try change.failure()?.message.contains("Unrecognized option: systemLog.x") == true)
        let handler = MongoRunning.provider.operations
        let restoredAt = Timestamp(seconds: Manifests.now.seconds - 15)
        change.spec = "clusterSize: 3"
        #expect(try handler.recovery(of: change.context(), restoredAt: restoredAt) == [], "the child has it still")
        change.running.configuration = nil
        let key = ObjectKey(namespace: "default", name: "demo-rs0-2")
        #expect(
            try handler.recovery(of: change.context(), restoredAt: restoredAt) == [.delete(.pod, key, uid: "pod-2")]
        )
    }

    @Test("Both scalings are one change, and both must be proved")
    func scaling() throws {
        var scaling = MongoCase("type: Scaling, horizontalScaling: {replicas: 5}, verticalScaling: {size: db.t3.large}")
        #expect(try scaling.change()?.patch == ["clusterSize": 5, "size": "db.t3.large"])
        scaling.spec = "clusterSize: 5, size: db.t3.large"
        scaling.status = executed
        scaling.running = MongoRunning(members: 5, ready: 5)
        #expect(try scaling.evidence() == nil)
        scaling.request = "type: Scaling, horizontalScaling: {replicas: 5}, verticalScaling: {size: db.t3.medium}"
        scaling.spec = "clusterSize: 5, size: db.t3.medium"
        #expect(try scaling.evidence()?.count == 7)
    }
}
