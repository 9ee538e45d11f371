import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGStatusTests {
    private func report(
        _ running: Running,
        spec: String = "clusterSize: 3, version: \"16.4\"",
        status: String = "phase: Ready",
        more: [ChildObject] = []
    ) throws -> ClusterReport {
        let cluster = try Manifests.cluster(spec, status: status)
        return CNPGProvider().status(of: cluster, try running.observed(more))
    }

    @Test(
        "Each phase text of CloudNativePG has its unified phase",
        arguments: [
            ("", DatabaseClusterPhase.pending, DatabaseClusterPhase.updating),
            ("Setting up primary", .initializing, .initializing),
            ("Creating a new replica", .initializing, .scaling),
            ("Waiting for the instances to become active", .initializing, .updating),
            ("Cluster in healthy state", .ready, .ready),
            ("Upgrading cluster", .initializing, .updating),
            ("Failing over", .degraded, .degraded),
            ("Primary instance is being restarted in-place", .restarting, .restarting),
            ("Upgrading Postgres major version", .upgrading, .upgrading),
            ("Cluster is unrecoverable and needs manual intervention", .failed, .failed),
            ("Not enough disk space", .failed, .failed),
            ("A phase of next year", .initializing, .updating),
        ]
    )
    func phases(_ text: String, _ first: DatabaseClusterPhase, _ later: DatabaseClusterPhase) throws {
        let running = Running(phase: "\"\(text)\"")
        #expect(try report(running, status: "phase: Pending").phase == first)
        #expect(try report(running, status: "phase: Ready").phase == later)
        #expect(try report(running).message.isEmpty == (later == .ready))
    }

    @Test("A cluster that never started stays Failed at every look; one that was in service is Degraded")
    func neverStarted() throws {
        let pull = "{name: postgres, state: {waiting: {reason: ImagePullBackOff}}}"
        let stuck = Running(ready: 0, phase: "Waiting for the instances to become active", containers: [1: pull])
        for status in ["phase: Initializing", "phase: Failed"] {
            let report = try report(stuck, status: status)
            #expect(report.phase == .failed)
            #expect(!report.conditions.contains { $0.type == "Initialized" })
        }
        #expect(try report(Running()).conditions.contains { $0.type == "Initialized" && $0.status == .true })
        let served = "conditions: [{type: Initialized, status: \"True\", reason: WasReady}]"
        for phase in ["Ready", "Failed", "Degraded"] {
            let report = try report(stuck, status: "phase: \(phase), \(served)")
            #expect(report.phase == .degraded)
            #expect(report.conditions.contains { $0.type == "Initialized" })
        }
    }

    @Test("An unknown phase and its reason reach people in their own words")
    func wording() throws {
        let message = try report(Running(phase: "A phase of next year", phaseReason: "because")).message
        #expect(message == "A phase of next year: because")
    }

    @Test(
        "A healthy phase is not believed while the members are not what the spec says",
        arguments: [
            (Running(members: 2), DatabaseClusterPhase.scaling),
            (Running(instances: 5), .scaling),
            (Running(ready: 2), .degraded),
            (Running(podMemory: "1Gi"), .updating),
            (Running(podImage: "ghcr.io/cloudnative-pg/postgresql:16.3-standard-trixie"), .updating),
            (Running(capacity: "10Gi", size: "20Gi"), .updating),
        ]
    )
    func healthyIsChecked(_ running: Running, _ phase: DatabaseClusterPhase) throws {
        let report = try report(running)
        #expect(report.phase == phase)
        #expect(!report.message.isEmpty)
    }

    @Test("Hibernation is told by annotation and condition, since the phase stays healthy")
    func hibernation() throws {
        let told = ["cnpg.io/hibernation": "on"]
        let spec = "clusterSize: 3, stopped: true"
        #expect(try report(Running(annotations: told), spec: spec).phase == .stopping)
        let done = Running(
            ready: 0,
            pods: 0,
            annotations: told,
            conditions: "[{type: cnpg.io/hibernation, status: \"True\", reason: Hibernated}]"
        )
        #expect(try report(done, spec: spec).phase == .stopped)
        // Started again, the condition goes when the primary is back.
        let starting = Running(ready: 1)
        #expect(try report(starting, status: "phase: Stopped").phase == .initializing)
    }

    @Test("Members, endpoints, credentials and what really runs are reported")
    func details() throws {
        let report = try report(Running(), spec: "clusterSize: 3, proxy: {replicas: 2}")
        #expect(report.members.map(\.name) == ["demo-1", "demo-2", "demo-3"])
        #expect(report.members.map(\.role) == [.primary, .replica, .replica])
        #expect(report.primary == "demo-1")
        #expect(report.endpoints.primary == "demo-rw.default.svc:5432")
        #expect(report.endpoints.proxy == "demo-pooler.default.svc:5432")
        #expect(report.credentialsSecret == "demo-app")
        #expect(report.current.size == "db.t3.medium")
        #expect(report.current.storage == Quantity("10Gi"))
        #expect(report.proxy == ProxyStatus(replicas: 2, readyReplicas: 0))
        #expect(report.phase == .degraded, "a cluster whose poolers are all down is not ready")
        #expect(report.version == "16.4")
    }

    @Test("A version that nobody named is the one that runs, not the operator's newest default")
    func keptVersion() throws {
        #expect(try report(Running(), spec: "clusterSize: 3").version == "16.4")
        let cluster = try Manifests.cluster("clusterSize: 3", status: "version: \"16.4\"")
        let objects = CNPGProvider().desiredObjects(for: cluster, Manifests.observed())
        let image = objects.first?.content.at("spec", "imageName")?.string
        #expect(image == "ghcr.io/cloudnative-pg/postgresql:16.4-standard-trixie")
    }

    @Test("A running cluster goes on while its backup storage is missing, a new one waits for it")
    func missingStorage() throws {
        let cluster = try Manifests.cluster("clusterSize: 3, backup: {storage: s3-main}")
        let key = ObjectKey(namespace: "default", name: "s3-main")
        let answers: [Need: NeedAnswer] = [.object(BackupStorage.resource, key): .absent]
        let provider = CNPGProvider()
        guard case .need = provider.preReconcile(cluster, Manifests.observed()) else {
            Issue.record("the storage must be asked for")
            return
        }
        guard case .wait(let reason, _, _) = provider.preReconcile(cluster, Manifests.observed(answers: answers)) else {
            Issue.record("a new cluster must wait")
            return
        }
        #expect(reason == "BackupStorageNotFound")
        let observed = try Running().observed(answers: answers)
        #expect(provider.preReconcile(cluster, observed) == .proceed)
        let condition = provider.status(of: cluster, observed).conditions.first
        #expect(condition?.type == "BackupConfigured")
        #expect(condition?.status == .false)
    }

    @Test(
        "The kind of drift is told by the field",
        arguments: [
            ("spec.resources.limits.cpu", DriftType.size), ("spec.storage.size", .storage),
            ("spec.instances", .replicas), ("spec.postgresql.parameters.work_mem", .configuration),
            ("spec.imageName", .other),
        ]
    )
    func kindsOfDrift(path: String, expected: DriftType) {
        #expect(CNPGProvider().driftType(of: path, in: .pod) == expected)
    }
}
