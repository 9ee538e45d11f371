import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGReconfiguringTests {
    private let workMemory = "type: Reconfiguring, reconfiguring: {config: [{name: work_mem, value: 64MB}]}"
    private let connections = "type: Reconfiguring, reconfiguring: {config: [{name: max_connections, value: \"300\"}]}"

    @Test("Parameters keep their places, new ones come last, removed ones go, and the log tells each")
    func change() throws {
        let request = """
            type: Reconfiguring, reconfiguring: {config: [{name: work_mem, value: 64MB}, {name: jit, value: "off"}], \
            remove: [wal_buffers]}
            """
        let spec = """
            clusterSize: 3, config: [{name: work_mem, value: 4MB}, {name: wal_buffers, value: 8MB}, \
            {name: max_connections, value: "100"}]
            """
        let change = try #require(try OperationCase(request, spec: spec).change())
        let names = change.patch["config"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == ["work_mem", "max_connections", "jit"])
        #expect(change.log == "work_mem 4MB → 64MB, jit default → off, wal_buffers 8MB → default")
        #expect(try OperationCase(request, spec: spec).change() == change)
    }

    @Test("A reload is never reported by anybody: the cluster must have the parameter and stay healthy for a while")
    func reload() throws {
        let spec = "clusterSize: 3, config: [{name: work_mem, value: 64MB}]"
        var running = Running()
        var status = OperationCase.executed(secondsAgo: 31)
        #expect(try OperationCase(workMemory, running, status: status).missing() == "spec.config to be changed")
        let untold = try OperationCase(workMemory, running, spec: spec, status: status).missing()
        #expect(untold == "CloudNativePG to be told of work_mem = 64MB")
        running.parameters = "{work_mem: 64MB}"
        #expect(try OperationCase(workMemory, running, spec: spec, status: status).evidence()?.count == 2)
        running.ready = 2
        #expect(
            try OperationCase(workMemory, running, spec: spec, status: status).missing()?.contains("demo-3") == true
        )
        running.ready = 3
        status = OperationCase.executed(secondsAgo: 29)
        #expect(try OperationCase(workMemory, running, spec: spec, status: status).missing()?.contains("30 s") == true)
    }

    @Test("A parameter that is read at the start is proved by replicas that were made anew since")
    func restart() throws {
        let spec = "clusterSize: 3, config: [{name: max_connections, value: \"300\"}]"
        var running = Running(parameters: "{max_connections: \"300\"}")
        let status = OperationCase.executed(secondsAgo: 31)
        let early = OperationCase(connections, running, spec: spec, status: status)
        #expect(try early.missing()?.contains("60 s") == true)
        #expect(try early.percent() == 25)
        running.created = [2: OperationCase.ago(20)]
        #expect(try OperationCase(connections, running, spec: spec, status: status).percent() == 50)
        #expect(try OperationCase(connections, running, spec: spec, status: status).evidence() == nil)
        running.created = [2: OperationCase.ago(20), 3: OperationCase.ago(10)]
        running.phase = "Primary instance is being restarted in-place"
        #expect(try OperationCase(connections, running, spec: spec, status: status).evidence() == nil)
        running.phase = "Cluster in healthy state"
        let evidence = try OperationCase(connections, running, spec: spec, status: status).evidence()
        #expect(evidence?.contains("demo-3 was made anew with it and is ready") == true)
        // A pod of the same second may be new by an operation just before.
        running.created = [2: OperationCase.ago(1), 3: OperationCase.ago(1)]
        let now = OperationCase.executed(secondsAgo: 1)
        #expect(try OperationCase(connections, running, spec: spec, status: now).evidence() == nil)
        // The value may be the one that is in force: then nobody restarts.
        running.created = [:]
        let late = OperationCase.executed(secondsAgo: 61)
        let still = try OperationCase(connections, running, spec: spec, status: late).evidence()
        #expect(still?.last == "CloudNativePG restarted no member in 60 s")
    }

    @Test("While no replica was made anew, a changed parameter that is read at the start is not in force")
    func notRestarted() throws {
        let spec = "clusterSize: 3, config: [{name: max_connections, value: \"300\"}]"
        var running = Running(parameters: "{max_connections: \"300\"}")
        func restart(before: String) -> OperationCase {
            let status = OperationCase.executed(secondsAgo: 600, and: "previous: {\(before)}")
            return OperationCase(connections, running, spec: spec, status: status)
        }
        let unset = "unset: [config.max_connections]"
        for before in [unset, "config: [{name: max_connections, value: \"100\"}]"] {
            #expect(
                try restart(before: before).missing()?.contains("reads max_connections only when it starts") == true
            )
        }
        #expect(try restart(before: "unset: [config.work_mem]").evidence() != nil, "the spec had it already")
        // Stopped after the spec was written, and started again when the members had been made anew already.
        running.created = [2: OperationCase.ago(700), 3: OperationCase.ago(650)]
        #expect(try restart(before: unset).evidence() == nil)
        let begun = "{timestamp: \"\(OperationCase.ago(800))\", action: Start, status: Done}"
        var resumed = restart(before: unset)
        resumed.status = resumed.status.replacing("actionLog: [", with: "actionLog: [\(begun), ")
        #expect(try resumed.evidence()?.last == "all members stayed healthy for 60 s")
        // By a switchover the old primary, restarted as a replica in its place, is the one that is not new.
        running.primary = 2
        running.created = [2: OperationCase.ago(300), 3: OperationCase.ago(200)]
        #expect(try restart(before: unset).evidence()?.contains("restarted no member") != true)
        #expect(try restart(before: unset).evidence()?.last == "all members stayed healthy for 60 s")
    }

    @Test(
        "A start-only parameter that gets the value it had, or its default, needs no restart to be in force",
        arguments: [
            ("max_connections", "100", "unset: [config.max_connections]"),
            ("shared_buffers", "1GB", "config: [{name: shared_buffers, value: 1024MB}]"),
            ("wal_log_hints", "true", "unset: [config.wal_log_hints]"),
        ]
    )
    func sameValue(_ name: String, _ value: String, _ before: String) throws {
        let item = "{name: \(name), value: \"\(value)\"}"
        let operation = OperationCase(
            "type: Reconfiguring, reconfiguring: {config: [\(item)]}",
            Running(parameters: "{\(name): \"\(value)\"}"),
            spec: "clusterSize: 3, config: [\(item)]",
            status: OperationCase.executed(secondsAgo: 61, and: "previous: {\(before)}")
        )
        #expect(try operation.evidence()?.last == "CloudNativePG restarted no member in 60 s")
    }

    @Test("A removed parameter is gone when it has another value, or the one that CloudNativePG itself puts there")
    func removal() throws {
        let request = "type: Reconfiguring, reconfiguring: {remove: [wal_keep_size, work_mem]}"
        let before = "previous: {config: [{name: wal_keep_size, value: 512MB}, {name: work_mem, value: 4MB}]}"
        let status = OperationCase.executed(secondsAgo: 31, and: before)
        var running = Running(parameters: "{wal_keep_size: 512MB, work_mem: 4MB}")
        let kept = try OperationCase(request, running, status: status).missing()
        #expect(kept == "CloudNativePG to be told that work_mem is removed")
        running.parameters = "{wal_keep_size: 512MB}"
        #expect(try OperationCase(request, running, status: status).evidence() != nil)
    }

    @Test(
        "What CloudNativePG would reject, or choke on, is refused with what to do",
        arguments: [
            ("config: [{name: archive_command, value: x}]", "ForbiddenParameter", "use spec.backup"),
            ("config: [{name: shared_buffers, value: 3GB}]", "SharedBuffersTooLarge", "lower it"),
            ("config: [{name: wal_level, value: minimal}]", "InvalidParameter", "leave it out"),
            ("config: [{name: wal_log_hints, value: \"off\"}]", "InvalidParameter", "more than one member"),
            ("config: [{name: \"no name\", value: x}]", "InvalidParameter", "use letters"),
            ("config: [{name: jit, value: x}], remove: [jit]", "InvalidParameter", "one of the two lists"),
        ]
    )
    func refusals(_ block: String, _ reason: String, _ advice: String) throws {
        let spec = "clusterSize: 3, size: db.t3.medium"
        let refusal = try OperationCase("type: Reconfiguring, reconfiguring: {\(block)}", spec: spec).refusal()
        #expect(refusal?.reason == reason)
        #expect(refusal?.message.contains(advice) == true, "\(refusal?.message ?? "")")
    }

    @Test("What is so already is no work")
    func alreadySo() throws {
        let spec = "clusterSize: 3, config: [{name: work_mem, value: 64MB}]"
        #expect(try OperationCase(workMemory, Running(parameters: "{work_mem: 64MB}"), spec: spec).isAlreadySo())
        #expect(try OperationCase(workMemory, spec: spec).answer() != .alreadySo(message: ""))
        #expect(try !OperationCase(workMemory, spec: spec).isAlreadySo())
    }
}

/// Members that cannot start, seen in their pods.
@Suite struct CNPGFailureTests {
    private let request = "type: Reconfiguring, reconfiguring: {config: [{name: max_connections, value: \"300\"}]}"
    private let spec = "clusterSize: 3, config: [{name: max_connections, value: \"300\"}]"
    private let status = OperationCase.executed(secondsAgo: 40)

    private func crash(startedSecondsAgo: Int64) -> String {
        """
        {name: postgres, ready: false, restartCount: 2, state: {waiting: {reason: CrashLoopBackOff, \
        message: "back-off 20s restarting failed container"}}, lastState: {terminated: {exitCode: 1, reason: Error, \
        startedAt: "\(OperationCase.ago(startedSecondsAgo))", \
        message: "LOG: starting\\nFATAL: could not map anonymous shared memory"}}}
        """
    }

    private func running(_ container: String, created: Int64) -> Running {
        Running(
            ready: 2,
            phase: "Waiting for the instances to become active",
            parameters: "{max_connections: \"300\"}",
            created: [3: OperationCase.ago(created)],
            containers: [3: container]
        )
    }

    @Test("A parameter that lets no pod start fails the operation with the pod's own words")
    func crashing() throws {
        let crashing = running(crash(startedSecondsAgo: 10), created: 30)
        let failure = try #require(try OperationCase(request, crashing, spec: spec, status: status).failure())
        #expect(failure.reason == "MemberCannotStart")
        #expect(failure.message.contains("demo-3"))
        #expect(failure.message.contains("CrashLoopBackOff"))
        #expect(failure.message.contains("FATAL: could not map anonymous shared memory"))
    }

    @Test(
        "What crashed before the operation is not its failure, until it has started with what is new and failed again"
    )
    func crashedBefore() throws {
        let old = running(crash(startedSecondsAgo: 100), created: 9000)
        #expect(try OperationCase(request, old, spec: spec, status: status).failure() == nil)
        var restarted = running(crash(startedSecondsAgo: 39), created: 9000)
        #expect(try OperationCase(request, restarted, spec: spec, status: status).failure() == nil)
        restarted.unreadySince = [3: OperationCase.ago(39)]
        let failure = try OperationCase(request, restarted, spec: spec, status: status).failure()
        #expect(failure != nil, "it was ready until PostgreSQL was restarted in its place")
        let again = running(crash(startedSecondsAgo: 20), created: 9000)
        #expect(try OperationCase(request, again, spec: spec, status: status).failure() != nil)
    }

    @Test("An image that cannot be pulled may be tried again; a refused one names itself")
    func pulling() throws {
        let upgrade = "type: Upgrade, upgrade: {version: \"16.99\"}"
        let container = """
            {name: postgres, state: {waiting: {reason: ImagePullBackOff, message: "manifest unknown"}}}
            """
        var running = running(container, created: 30)
        running.image = "ghcr.io/cloudnative-pg/postgresql:16.99-standard-trixie"
        let operation = OperationCase(upgrade, running, spec: "clusterSize: 3, version: \"16.99\"", status: status)
        guard case .retryable(let refusal) = try operation.report() else {
            Issue.record("a registry may be away for a moment")
            return
        }
        #expect(refusal.reason == "ImageNotPulled")
        #expect(refusal.message.contains("16.99-standard-trixie"))
        #expect(refusal.message.contains("manifest unknown"))
    }

    @Test("After a rollback the pods that cannot start are deleted, each once, as they would halt CloudNativePG")
    func recovery() throws {
        let handler = CNPGProvider().operations
        let now = Manifests.now
        let applied = "applied: {config: [{name: max_connections, value: \"300\"}]}"
        func recovery(_ running: Running, restoredAt: Timestamp = now) throws -> [Intent] {
            let status = OperationCase.executed(secondsAgo: 40, and: applied)
            let operation = OperationCase(request, running, status: status)
            return handler.recovery(of: try operation.context(), restoredAt: restoredAt)
        }
        var crashing = running(crash(startedSecondsAgo: 10), created: 30)
        #expect(try recovery(crashing) == [], "the Cluster still has what lets no pod start")
        crashing.parameters = "{}"
        let deletion = Intent.delete(.pod, ObjectKey(namespace: "default", name: "demo-3"), uid: "pod-3")
        #expect(try recovery(crashing) == [deletion])
        #expect(try recovery(crashing, restoredAt: now - .seconds(31)) == [], "it has had its new start")
        #expect(try recovery(Running()) == [])
        crashing.image = "ghcr.io/cloudnative-pg/postgresql:16.99-standard-trixie"
        crashing.memory = "64Gi"
        #expect(try recovery(crashing) == [])
    }

    @Test("What was broken before an operation that may cure it counts only after CloudNativePG has had time to look")
    func broken() throws {
        let broken = Running(phase: "Cluster is unrecoverable and needs manual intervention")
        let fresh = OperationCase(request, broken, spec: spec, status: OperationCase.executed(secondsAgo: 5))
        #expect(try fresh.failure() == nil)
        #expect(try OperationCase(request, broken, spec: spec, status: status).failure()?.reason == "ChildFailed")
    }

    @Test("What stays for good is not taken back")
    func irreversible() throws {
        let handler = CNPGProvider().operations
        let expansion = OperationCase("type: VolumeExpansion, volumeExpansion: {storage: 20Gi}")
        #expect(handler.irreversible(try expansion.context())?.reason == "StorageCannotShrink")
        let upgrade = OperationCase("type: Upgrade, upgrade: {version: \"18\"}", status: "previous: {version: \"16\"}")
        #expect(handler.irreversible(try upgrade.context()) == nil)
        var converted = upgrade
        converted.running.dataMajor = 18
        #expect(handler.irreversible(try converted.context())?.reason == "DowngradeRefused")
        #expect(handler.irreversible(try OperationCase(request).context()) == nil)
    }
}
