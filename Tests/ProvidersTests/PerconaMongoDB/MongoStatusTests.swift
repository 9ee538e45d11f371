import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// What is made of what Percona's operator says, which is at times not so.
@Suite struct MongoStatusTests {
    private let wasReady =
        "phase: Ready, conditions: [{type: Initialized, status: \"True\", reason: WasReady, "
        + "lastTransitionTime: \"2026-11-01T12:00:00Z\"}]"

    private func report(
        _ running: MongoRunning = MongoRunning(),
        spec: String = "clusterSize: 3",
        status: String? = nil,
        more: [String] = []
    ) throws -> ClusterReport {
        MongoRunning.provider.status(
            of: try MongoCase.cluster(spec, status: status ?? wasReady),
            try running.observed(more)
        )
    }

    @Test("A cluster that runs is told in unified words")
    func ready() throws {
        let report = try report(spec: "size: db.t3.medium, version: \"8.0\"")
        #expect(report.phase == .ready)
        #expect(report.message == "")
        #expect(report.primary == "demo-rs0-0")
        #expect(report.members.map(\.role) == [.primary, .replica, .replica])
        #expect(report.endpoints.primary == "demo-rs0.default.svc:27017")
        #expect(report.endpoints.replica == "demo-rs0.default.svc:27017")
        #expect(report.endpoints.external == nil)
        #expect(report.credentialsSecret == "demo-secrets")
        #expect(report.version == "8.0.19-7")
        #expect(report.current.size == "db.t3.medium")
        #expect(report.current.clusterSize == 3)
        #expect(report.current.storage == Quantity("10Gi"))
        #expect(report.current.shards == nil)
        #expect((report.instances, report.readyInstances) == (3, 3))
        #expect(report.conditions.first { $0.type == "Initialized" }?.status == .true)
    }

    @Test("Ready counts only when the operator has seen the spec and the members are what it says")
    func tooEarly() throws {
        #expect(try report(MongoRunning(seenGeneration: 3)).phase == .updating)
        #expect(try report(MongoRunning(images: [1: "percona/percona-server-mongodb:8.0.12-4"])).phase == .updating)
        #expect(try report(MongoRunning(podMemory: [1: "1Gi"])).message.contains("demo-rs0-1 to get its resources"))
        #expect(try report(MongoRunning(updated: 1)).phase == .updating)
        #expect(try report(MongoRunning(pods: 2)).phase != .ready)
        #expect(try report(MongoRunning(size: "20Gi"), spec: "clusterSize: 3").message.contains("to grow to 20Gi"))
        #expect(try report(MongoRunning(ready: 2)).phase == .degraded)
    }

    @Test("An error is work that may pass until it has lasted; then it is Degraded, or Failed where nothing ever ran")
    func errors() throws {
        let running = MongoRunning(state: "error", message: "Error: dial db", seenGeneration: 3)
        let first = try report(running)
        #expect(first.phase == .updating)
        #expect(first.message.contains("dial db"))
        #expect(first.conditions.first { $0.type == "ChildHealthy" }?.status == .false)
        func since(_ seconds: Int64) -> String {
            "{type: ChildHealthy, status: \"False\", reason: ReconcileError, lastTransitionTime: \"\(OperationCase.ago(seconds))\"}"
        }
        let known =
            "phase: Updating, conditions: [{type: Initialized, status: \"True\", reason: WasReady, "
            + "lastTransitionTime: \"2026-11-01T12:00:00Z\"}, "
        #expect(try report(running, status: "\(known)\(since(60))]").phase == .updating)
        #expect(try report(running, status: "\(known)\(since(95))]").phase == .degraded)
        #expect(try report(running, status: "phase: Initializing, conditions: [\(since(95))]").phase == .failed)
        #expect(try report(running, status: "phase: Initializing, conditions: [\(since(60))]").phase == .initializing)
    }

    @Test("A spec that is refused after it was accepted is told at once")
    func refusedSpec() throws {
        let running = MongoRunning(state: "error", message: "Error: wrong psmdb options: x", seenGeneration: 3)
        #expect(try report(running).phase == .degraded)
        #expect(try report(running, status: "phase: Initializing").phase == .failed)
    }

    @Test("A restore and growing volumes are told before the state")
    func overlays() throws {
        #expect(try report(more: [MongoRunning.restore("r", state: "running")]).phase == .restoring)
        #expect(try report(more: [MongoRunning.restore("r", state: "ready")]).phase == .ready)
        #expect(try report(MongoRunning(resizing: true)).message.contains("being made larger"))
    }

    @Test("A stop that waits for a backup says so, and it is stopped when no pod is left")
    func stopping() throws {
        let waiting = try report(
            MongoRunning(paused: true),
            spec: "stopped: true",
            more: [MongoRunning.backup("b", state: "waiting")]
        )
        #expect(waiting.phase == .stopping)
        #expect(waiting.message.contains("backup b, which is waiting"))
        #expect(
            try report(MongoRunning(pods: 0, ready: 0, state: "paused", paused: true), spec: "stopped: true").phase
                == .stopped
        )
        #expect(
            try report(MongoRunning(pods: 1, ready: 0, state: "paused", paused: true), spec: "stopped: true").phase
                == .stopping
        )
        let starting = try report(
            MongoRunning(pods: 0, ready: 0, state: "paused", paused: true),
            status: "phase: Stopped"
        )
        #expect(starting.phase == .initializing)
    }

    @Test("A size that was taken back is told with the cause, and that it can be asked for again")
    func reverted() throws {
        let running = MongoRunning(
            requestedStorage: "20Gi",
            claimConditions:
                "[{type: ControllerResizeError, status: \"True\", message: quota, lastTransitionTime: \"2026-11-01T12:00:00Z\"}]"
        )
        let cluster = try MongoCase.cluster("clusterSize: 3", status: wasReady, storage: "20Gi")
        let report = MongoRunning.provider.status(of: cluster, try running.observed())
        #expect(report.phase == .degraded)
        #expect(report.message.contains("gone back to 10Gi"))
        #expect(report.message.contains("quota"))
        #expect(report.current.storage == Quantity("10Gi"))
    }

    @Test("A pod that nobody can schedule is told in the kubelet's words")
    func unschedulable() throws {
        let pull = "{name: mongod, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}"
        let report = try report(
            MongoRunning(ready: 2, state: "initializing", containers: [2: pull]),
            status: "phase: Initializing"
        )
        #expect(report.phase == .failed, "it has been so for longer than five minutes")
        #expect(report.message.contains("no such image"))
        let fresh = MongoRunning(
            ready: 2,
            state: "initializing",
            created: [2: OperationCase.ago(60)],
            containers: [2: pull]
        )
        #expect(try self.report(fresh, status: "phase: Initializing").phase == .initializing)
    }

    @Test("What a rollout is for is told by the operation")
    func rollouts() throws {
        let running = MongoRunning(state: "initializing", seenGeneration: 3)
        let upgrade = "operation: {name: o, type: Upgrade, progress: 10}"
        #expect(try report(running, status: "\(wasReady), \(upgrade)").phase == .upgrading)
        #expect(try report(running).phase == .updating)
        #expect(try report(running, status: "phase: Initializing").phase == .initializing)
    }

    @Test("Backups and from when on a point in time can be restored are read from the backups themselves")
    func backups() throws {
        let spec = "backup: {enabled: true, storage: main, pointInTimeRecovery: true}"
        let report = try report(
            spec: spec,
            more: [
                MongoRunning.backup("one"), MongoRunning.backup("two", ended: "2026-11-02T02:03:00Z"),
                MongoRunning.backup("bad", state: "error", ended: "2026-11-03T02:03:00Z"),
            ]
        )
        #expect(report.backup?.lastBackupName == "two")
        #expect(report.backup?.firstRecoverabilityPoint == Timestamp("2026-11-01T02:03:00Z"))
        #expect(report.backup?.schedules == 1)
    }

    @Test("The address that a load balancer has given is told with its port")
    func external() throws {
        let spec = "expose: {type: LoadBalancer}"
        let running = MongoRunning(statusMore: "host: \"1.2.3.4:27017,5.6.7.8\",")
        #expect(try report(running, spec: spec).endpoints.external == "1.2.3.4:27017,5.6.7.8:27017")
        let inside = MongoRunning(statusMore: "host: demo-rs0.default.svc.cluster.local,")
        #expect(try report(inside, spec: spec).endpoints.external == nil)
    }
}
