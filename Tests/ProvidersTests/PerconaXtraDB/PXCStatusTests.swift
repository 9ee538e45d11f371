import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("The status of a Percona XtraDB Cluster") struct PXCStatusTests {
    private func report(
        _ running: PXCRunning,
        spec: String = "version: 8.0.42-33.1",
        storage: String = "10Gi",
        status: String = "phase: Ready",
        more: [String] = [],
        answers: [Need: NeedAnswer] = [:]
    ) throws -> ClusterReport {
        let cluster = try Manifests.cluster(spec, engine: "mysql", storage: storage, status: status)
        return PXCRunning.provider.status(of: cluster, try running.observed(more, answers: answers))
    }

    @Test(
        "Each state of Percona's operator has its unified phase",
        arguments: [
            ("", DatabaseClusterPhase.pending, DatabaseClusterPhase.updating),
            ("initializing", .initializing, .updating), ("ready", .ready, .ready),
            ("stopping", .initializing, .initializing),
            ("a state of next year", .initializing, .updating),
        ]
    )
    func states(_ state: String, _ first: DatabaseClusterPhase, _ later: DatabaseClusterPhase) throws {
        let running = PXCRunning(state: state)
        #expect(try report(running, status: "phase: Pending").phase == first)
        #expect(try report(running).phase == later)
        #expect(try report(running).message.isEmpty == (later == .ready))
    }

    @Test(
        "Ready is not believed while the members are not what the spec says",
        arguments: [
            (PXCRunning(observedGeneration: 6), DatabaseClusterPhase.updating), (PXCRunning(members: 2), .scaling),
            (PXCRunning(ready: 2), .degraded), (PXCRunning(podMemory: "1Gi"), .updating),
            (PXCRunning(podImage: "percona/percona-xtradb-cluster:8.0.41-32.1"), .updating),
            (PXCRunning(podAnnotations: "{dbaas.io/configuration: old}"), .updating),
            (PXCRunning(storage: "20Gi", capacity: "10Gi"), .updating), (PXCRunning(readyProxies: 0), .degraded),
            (PXCRunning(image: "percona/percona-xtradb-cluster:8.0.44-35.1", podImage: "x:8.0.42-33.1"), .upgrading),
        ]
    )
    func readyIsChecked(_ running: PXCRunning, _ phase: DatabaseClusterPhase) throws {
        let report = try report(running, spec: "clusterSize: 3")
        #expect(report.phase == phase)
        #expect(!report.message.isEmpty)
    }

    private func failing(since seconds: Int64, _ message: String = "TLS secret not found") -> PXCRunning {
        let time = Timestamp(seconds: Manifests.now.seconds - seconds)
        return PXCRunning(
            state: "error",
            messages: "[\"Error: \(message)\"]",
            conditions: "[{type: ready, status: \"True\"}, {type: tls, status: enabled}, "
                + "{type: error, status: \"True\", lastTransitionTime: \"\(time)\"}]"
        )
    }

    @Test("A passing error leaves the phase, a lasting one is told in Percona's words")
    func errors() throws {
        #expect(try report(failing(since: 20)).phase == .ready)
        #expect(try report(failing(since: 20), status: "phase: Initializing").phase == .initializing)
        let lasting = try report(failing(since: 100))
        #expect(lasting.phase == .degraded)
        #expect(lasting.message.contains("TLS secret not found"))
        #expect(try report(failing(since: 100), status: "phase: Initializing").phase == .failed)
        #expect(lasting.conditions.contains { $0.type == "ChildHealthy" && $0.status == .false })
    }

    @Test("A cluster that never served stays Failed at every look, and one that did is Degraded, also after a stop")
    func everServed() throws {
        let never = try report(failing(since: 100), status: "phase: Failed")
        #expect(never.phase == .failed)
        #expect(!never.conditions.contains { $0.type == "Initialized" })
        #expect(try report(PXCRunning(state: "initializing"), status: "phase: Failed").phase == .initializing)
        #expect(try report(failing(since: 100), status: "phase: Restoring").phase == .failed)
        #expect(try report(PXCRunning()).conditions.contains { $0.type == "Initialized" && $0.status == .true })
        for phase in ["Failed", "Initializing", "Degraded", "Restoring"] {
            let served = "phase: \(phase), conditions: [{type: Initialized, status: \"True\", reason: WasReady}]"
            let report = try report(failing(since: 100), status: served)
            #expect(report.phase == .degraded)
            #expect(report.conditions.contains { $0.type == "Initialized" && $0.status == .true })
        }
    }

    @Test("A spec that Percona's operator refuses is no passing error")
    func refusedSpec() throws {
        let report = try report(failing(since: 1, "wrong PXC options: pxc.size"), status: "phase: Initializing")
        #expect(report.phase == .failed)
        #expect(report.message.contains("wrong PXC options"))
    }

    @Test("Stopped is a paused cluster without pods, whose volumes still count")
    func stopped() throws {
        let spec = "stopped: true"
        #expect(try report(PXCRunning(), spec: spec).phase == .stopping)
        #expect(try report(PXCRunning(state: "paused", isPaused: true), spec: spec).phase == .stopping)
        let done = try report(PXCRunning(pods: 0, state: "paused", isPaused: true, proxies: 0), spec: spec)
        #expect(done.phase == .stopped)
        #expect(done.instances == 3)
        #expect(done.readyInstances == 0)
        let starting = PXCRunning(ready: 1, state: "initializing")
        #expect(try report(starting, status: "phase: Stopped").phase == .initializing)
    }

    @Test("A restore is seen before everything else, since it turns the cluster upside down")
    func restoring() throws {
        let running = PXCRunning(pods: 0, state: "stopping", size: 1, isPaused: true)
        let report = try report(running, more: [PXCRunning.restore("r", "state: Stopping Cluster")])
        #expect(report.phase == .restoring)
        #expect(report.message.contains("Stopping Cluster"))
    }

    @Test("Members, endpoints, credentials and what really runs are reported")
    func details() throws {
        let report = try report(PXCRunning(), more: [PXCRunning.backup("nightly", PXCRunning.succeeded)])
        #expect(report.members.map(\.name) == ["demo-pxc-0", "demo-pxc-1", "demo-pxc-2"])
        #expect(report.members.map(\.role) == [.primary, .replica, .replica])
        #expect(report.primary == "demo-pxc-0")
        #expect(report.endpoints.primary == "demo-haproxy.default.svc:3306")
        #expect(report.endpoints.replica == "demo-haproxy-replicas.default.svc:3306")
        #expect(report.endpoints.external == nil)
        #expect(report.credentialsSecret == "demo-secrets")
        #expect(report.current.size == "db.t3.medium")
        #expect(report.current.storage == Quantity("10Gi"))
        #expect(report.proxy == ProxyStatus(replicas: 2, readyReplicas: 2))
        #expect(report.version == "8.0.42-33.1")
    }

    @Test("With the first member away, or another proxy, nobody can tell who takes the writes")
    func writer() throws {
        let report = try report(PXCRunning(ready: 0))
        #expect(report.primary == nil)
        #expect(report.members.map(\.role) == [.data, .data, .data])
    }

    @Test("A balancer's address takes the service's place")
    func external() throws {
        let spec = "expose: {type: LoadBalancer}"
        #expect(try report(PXCRunning(), spec: spec).endpoints.external == nil)
        #expect(try report(PXCRunning(host: "db.example.com"), spec: spec).endpoints.external == "db.example.com:3306")
    }

    @Test("A version that nobody named is the one that runs, not the operator's newest")
    func keptVersion() throws {
        #expect(try report(PXCRunning(), spec: "clusterSize: 3").version == "8.0.42-33.1")
        let cluster = try Manifests.cluster("version: \"8.0\"", engine: "mysql")
        let objects = PXCRunning.provider.desiredObjects(for: cluster, try PXCRunning().observed())
        let spec = try #require(objects.first?.content["spec"])
        #expect(spec.at("pxc", "image") == "percona/percona-xtradb-cluster:8.0.42-33.1")
        #expect(spec.at("haproxy", "image") == "percona/haproxy:2.8.16", "a proxy is not renewed by a new operator")
        #expect(spec["crVersion"] == "1.18.0", "the level of the operator restarts every pod")
    }

    @Test("A size that Percona's operator took back is told and not asked for again")
    func reverted() throws {
        let failed = "[{type: ControllerResizeError, status: \"True\", message: no space in the pool}]"
        let running = PXCRunning(requestedStorage: "20Gi", claimConditions: failed)
        let report = try report(running, storage: "20Gi")
        #expect(report.phase == .ready)
        let condition = try #require(report.conditions.first { $0.type == "VolumesExpanded" })
        #expect(condition.status == .false)
        #expect(condition.message.contains("no space in the pool"))
        let cluster = try Manifests.cluster("", engine: "mysql", storage: "20Gi")
        let path = ["spec", "pxc", "volumeSpec", "persistentVolumeClaim", "resources", "requests", "storage"]
        func size(_ running: PXCRunning) throws -> JSONValue? {
            let object = PXCRunning.provider.desiredObjects(for: cluster, try running.observed()).first
            return path.reduce(object?.content) { $0?[$1] }
        }
        #expect(try size(running) == "10Gi")
        #expect(try size(PXCRunning(requestedStorage: "10Gi")) == "20Gi", "what was never asked for is")
        var marked = running
        marked.clusterAnnotations = ["percona.com/pvc-resize-in-progress": "now"]
        #expect(try size(marked) == "10Gi", "the mark is taken off after the size")
    }

    @Test("Where binary logs are missing, or the storage, or PMM's token, a condition says so")
    func conditions() throws {
        let key = ObjectKey(namespace: "default", name: "s3-main")
        let storage = try Manifests.value(
            """
            apiVersion: dbaas.io/v1alpha1
            kind: BackupStorage
            metadata: {name: s3-main, namespace: default}
            spec: {type: s3, bucket: backups, credentialsSecret: s3}
            """
        )
        let spec = "backup: {storage: s3-main, pointInTimeRecovery: true}"
        func condition(_ answer: NeedAnswer, _ more: [String] = []) throws -> ReportedCondition? {
            let answers: [Need: NeedAnswer] = [.object(BackupStorage.resource, key): answer]
            return try report(PXCRunning(), spec: spec, more: more, answers: answers).conditions
                .first { $0.type == "BackupConfigured" }
        }
        #expect(try condition(.absent)?.reason == "BackupStorageNotFound")
        #expect(try condition(.object(storage))?.status == .true)
        let gap = "conditions: [{type: PITRReady, status: \"False\", reason: Gap, message: binlog 17 is gone}]"
        let backup = PXCRunning.backup("nightly", "\(PXCRunning.succeeded), \(gap)")
        #expect(try condition(.object(storage), [backup])?.message.contains("binlog 17 is gone") == true)
        let token = try report(PXCRunning(), spec: "monitoring: {pmm: {serverHost: pmm}}").conditions
        #expect(token.filter { $0.status == .false }.map(\.reason) == ["TokenMissing"])
    }

    @Test(
        "The kind of drift is told by the field",
        arguments: [
            ("spec.pxc.resources.limits.cpu", DriftType.size),
            ("spec.pxc.volumeSpec.persistentVolumeClaim.resources.requests.storage", .storage),
            ("spec.pxc.size", .replicas), ("spec.pxc.configuration", .configuration), ("spec.pxc.image", .other),
        ]
    )
    func kindsOfDrift(path: String, expected: DriftType) {
        #expect(PXCRunning.provider.driftType(of: path, in: .pod) == expected)
    }
}
