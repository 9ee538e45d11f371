import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("Operations on a Percona XtraDB Cluster, their evidence and refusals") struct PXCOperationsTests {
    private static let stamp = "2026-11-01T12:00:00Z"

    @Test(
        "While a backup or restore is at work nothing else is begun, and once begun it is gone on with",
        arguments: [
            "type: Stop", "type: Restart", "type: HorizontalScaling, horizontalScaling: {replicas: 5}",
            "type: VerticalScaling, verticalScaling: {size: db.t3.large}",
            "type: Reconfiguring, reconfiguring: {config: [{name: max_connections, value: a}]}",
            "type: Upgrade, upgrade: {version: 8.0.44-35.1}",
            "type: RebuildInstance, rebuildInstance: {instance: demo-pxc-1}",
        ]
    )
    func busy(_ request: String) throws {
        let backup = PXCRunning.backup("nightly", "state: Running")
        #expect(try PXCTrial(request, more: [backup]).postponement()?.reason == "BackupRunning")
        let restore = PXCRunning.restore("r", "state: Restoring")
        #expect(try PXCTrial(request, more: [restore]).postponement()?.reason == "RestoreRunning")
        let growing = PXCRunning(clusterAnnotations: ["percona.com/pvc-resize-in-progress": "now"])
        #expect(try PXCTrial(request, growing).postponement()?.reason == "VolumesGrowing")
        let begun = PXCTrial(request, status: "phase: Running, attempt: 1", more: [backup])
        #expect(try begun.postponement() == nil)
        let done = PXCRunning.backup("nightly", PXCRunning.succeeded)
        #expect(try PXCTrial(request, more: [done]).postponement() == nil)
    }

    @Test(
        "What cures a cluster does not wait for a backup that itself waits for a healthy one",
        arguments: [
            "type: RebuildInstance, rebuildInstance: {instance: demo-pxc-2}",
            "type: Restore, restore: {backup: nightly}",
        ]
    )
    func cure(_ request: String) throws {
        let source = PXCRunning.backup("nightly", PXCRunning.succeeded)
        for state in ["\"\"", "Suspended"] {
            let waiting = PXCRunning.backup("waiting", "state: \(state)")
            let trial = PXCTrial(request, PXCRunning(ready: 2), more: [source, waiting])
            #expect(try trial.postponement() == nil)
            #expect(try !trial.intents().isEmpty)
            #expect(try PXCTrial("type: Restart", more: [waiting]).postponement()?.reason == "BackupRunning")
        }
        for state in ["Starting", "Running"] {
            let copying = PXCRunning.backup("copying", "state: \(state)")
            let trial = PXCTrial(request, PXCRunning(ready: 2), more: [source, copying])
            #expect(try trial.postponement()?.reason == "BackupRunning")
        }
    }

    @Test("Stop writes the spec, and is done when Percona says paused and no pod is left")
    func stop() throws {
        #expect(try PXCTrial("type: Stop").change()?.patch == ["stopped": true])
        let told = PXCRunning(pods: 0, state: "stopping", isPaused: true)
        #expect(try PXCTrial("type: Stop", told, spec: "stopped: true").missing()?.contains("2 proxies") == true)
        let early = PXCRunning(pods: 0, state: "paused", observedGeneration: 6, isPaused: true, proxies: 0)
        #expect(try PXCTrial("type: Stop", early, spec: "stopped: true").evidence() == nil)
        let done = PXCRunning(pods: 0, state: "paused", isPaused: true, proxies: 0)
        let evidence = try PXCTrial("type: Stop", done, spec: "stopped: true").evidence()
        #expect(evidence?.contains("3 data volumes are kept") == true)
        #expect(try PXCTrial("type: Start", done, spec: "stopped: true").change()?.patch == ["stopped": false])
        #expect(try PXCTrial("type: Start").evidence()?.first == "3 of 3 members are ready")
        #expect(try PXCTrial("type: Start", PXCRunning(ready: 2)).missing()?.contains("demo-pxc-2") == true)
    }

    @Test("Restart stamps the template, recreates what cannot start, and counts members that carry the stamp")
    func restart() throws {
        let crash = #"{name: pxc, state: {waiting: {reason: CrashLoopBackOff, message: back-off}}}"#
        let intents = try PXCTrial("type: Restart", PXCRunning(ready: 1, containers: [2: crash])).intents()
        #expect(
            intents.first?.body == ["spec": ["pxc": ["annotations": ["dbaas.io/restartedAt": .string(Self.stamp)]]]]
        )
        // The second one only catches up.
        #expect(intents.dropFirst().map { $0.target.key.name } == ["demo-pxc-2"])
        #expect(try PXCTrial("type: Restart").missing()?.contains("demo-pxc-0") == true)
        let stamped = "{dbaas.io/configuration: none, dbaas.io/restartedAt: \"\(Self.stamp)\"}"
        #expect(try PXCTrial("type: Restart", PXCRunning(podAnnotations: stamped)).evidence()?.count == 3)
        #expect(try PXCTrial("type: Restart", PXCRunning(ready: 2, podAnnotations: stamped)).percent() == 66)
        let unseen = PXCRunning(observedGeneration: 6, podAnnotations: stamped)
        #expect(try PXCTrial("type: Restart", unseen).evidence() == nil)
    }

    @Test("More members are proved by the pods and by Percona's own count; unsafe sizes are refused")
    func horizontal() throws {
        let request = "type: HorizontalScaling, horizontalScaling: {replicas: 5}"
        #expect(try PXCTrial(request).change()?.patch == ["clusterSize": 5])
        let previous = "previous: {clusterSize: 3}"
        #expect(try PXCTrial(request, spec: "clusterSize: 5", status: previous).missing()?.contains("told") == true)
        let half = PXCRunning(members: 5, ready: 4, size: 5)
        #expect(try PXCTrial(request, half, spec: "clusterSize: 5", status: previous).percent() == 50)
        let done = PXCRunning(members: 5, ready: 5, size: 5)
        #expect(try PXCTrial(request, done, spec: "clusterSize: 5").evidence()?.contains("status.pxc.size = 5") == true)
        #expect(try PXCTrial(request, done, spec: "clusterSize: 5").isAlreadySo())
        let even = "type: HorizontalScaling, horizontalScaling: {replicas: 4}"
        #expect(try PXCTrial(even).refusal()?.reason == "UnsafeSize")
        let shards = "type: HorizontalScaling, horizontalScaling: {shards: 2}"
        #expect(try PXCTrial(shards).refusal()?.reason == "ShardsUnsupported")
        guard
            case .succeeded(_, let message) = try PXCTrial(
                "type: HorizontalScaling, horizontalScaling: {replicas: 3}",
                PXCRunning(leftVolumes: 2)
            ).report()
        else {
            Issue.record("three members are there")
            return
        }
        #expect(message.contains("2 volumes of removed members are kept"))
    }

    @Test("Other resources are proved on the members' containers")
    func vertical() throws {
        let request = "type: VerticalScaling, verticalScaling: {size: db.t3.large}"
        #expect(try PXCTrial(request).change()?.patch["size"] == "db.t3.large")
        let spec = "size: db.t3.large"
        #expect(try PXCTrial(request, spec: spec).missing()?.contains("demo-pxc-0") == true)
        let own = "type: VerticalScaling, verticalScaling: {resources: {requests: {cpu: \"1\", memory: 4Gi}}}"
        let done = PXCRunning(memory: "4Gi")
        #expect(try PXCTrial(own, done).evidence()?.first?.contains("memory 4Gi") == true)
        #expect(try PXCTrial(own, PXCRunning(memory: "4Gi", podMemory: "2Gi")).evidence() == nil)
        let small = "type: VerticalScaling, verticalScaling: {size: db.t3.micro}"
        let pool = "config: [{name: innodb_buffer_pool_size, value: 1G}]"
        #expect(try PXCTrial(small, spec: pool).refusal()?.reason == "BufferPoolTooLarge")
        let proxy = "type: VerticalScaling, verticalScaling: {size: db.t3.large, component: haproxy}"
        #expect(try PXCTrial(proxy).refusal()?.reason == "UnknownComponent")
        let both = "type: Scaling, horizontalScaling: {replicas: 5}, verticalScaling: {size: db.t3.large}"
        #expect(try PXCTrial(both).change()?.patch == ["clusterSize": 5, "size": "db.t3.large"])
        #expect(try PXCTrial(both).evidence() == nil)
    }

    @Test("Parameters are proved by the mark that each member was started with")
    func reconfiguring() throws {
        let request = "type: Reconfiguring, reconfiguring: {config: [{name: max_connections, value: \"400\"}]}"
        #expect(
            try PXCTrial(request).change()?.patch == ["config": [["name": "max_connections", "value": "400"]]]
        )
        let spec = "config: [{name: max_connections, value: \"400\"}]"
        let cluster = try Manifests.cluster(spec, engine: "mysql")
        let rendered = PXCRunning.provider.desiredObjects(for: cluster, Manifests.observed(by: PXCRunning.provider))
        let mark = try #require(rendered.first?.content.at("spec", "pxc", "annotations"))
        #expect(try PXCTrial(request, spec: spec).missing()?.contains("told") == true)
        let rolling = PXCRunning(annotations: "\(mark)", podAnnotations: "{dbaas.io/configuration: none}")
        #expect(try PXCTrial(request, rolling, spec: spec).missing()?.contains("demo-pxc-0 to be restarted") == true)
        let done = PXCRunning(annotations: "\(mark)")
        #expect(try PXCTrial(request, done, spec: spec).evidence()?.count == 4)
        #expect(try PXCTrial(request, done, spec: spec).isAlreadySo())
        let forbidden = "type: Reconfiguring, reconfiguring: {config: [{name: datadir, value: /x}]}"
        #expect(try PXCTrial(forbidden).refusal()?.reason == "ForbiddenParameter")
    }

    @Test("A member that cannot start ends the operation with its own words; a rollback frees it")
    func crash() throws {
        let request = "type: Reconfiguring, reconfiguring: {config: [{name: max_connections, value: lots}]}"
        let spec = "config: [{name: max_connections, value: lots}]"
        let words = "{exitCode: 1, reason: Error, message: \"unknown option max_connections=lots\"}"
        let crash = "{name: pxc, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: \(words)}}"
        let running = PXCRunning(ready: 2, created: [2: PXCTrial.ago(60)], containers: [2: crash])
        let trial = PXCTrial(request, running, spec: spec, status: PXCTrial.executed(secondsAgo: 90))
        #expect(try trial.failure()?.reason == "MemberCannotStart")
        #expect(try trial.failure()?.message.contains("unknown option max_connections=lots") == true)
        let back = PXCTrial(request, running, spec: "version: 8.0.42-33.1")
        let freed = back.handler.recovery(of: try back.context(), restoredAt: Manifests.now)
        #expect(freed.map { $0.target.key.name } == ["demo-pxc-2"])
        #expect(trial.handler.recovery(of: try trial.context(), restoredAt: Manifests.now) == [])
    }

    @Test("A spec that Percona's operator refuses ends the operation once it has had the time to pass")
    func refusedSpec() throws {
        let running = PXCRunning(state: "error", messages: "[\"wrong PXC options: x\"]", observedGeneration: 6)
        let request = "type: HorizontalScaling, horizontalScaling: {replicas: 5}"
        let early = PXCTrial(request, running, spec: "clusterSize: 5", status: PXCTrial.executed(secondsAgo: 20))
        #expect(try early.failure() == nil)
        let late = PXCTrial(request, running, spec: "clusterSize: 5", status: PXCTrial.executed(secondsAgo: 70))
        #expect(try late.failure()?.message.contains("wrong PXC options: x") == true)
    }

    @Test("What Percona's operator cannot do is refused with what to do instead")
    func unsupported() throws {
        let refusal = try PXCTrial("type: Switchover").refusal()
        #expect(refusal?.reason == "Unsupported")
        #expect(refusal?.message.contains("restart-instance") == true)
    }

    @Test("A stopped cluster, and one that is not there, are operated on by nothing but Start and Stop")
    func stopped() throws {
        let stopped = PXCRunning(pods: 0, state: "paused", isPaused: true, proxies: 0)
        for request in [
            "type: Restart", "type: Backup", "type: VolumeExpansion, volumeExpansion: {storage: 20Gi}",
            "type: Restore, restore: {backup: nightly}", "type: Custom, custom: {operation: restart-proxy}",
        ] {
            #expect(try PXCTrial(request, stopped, spec: "stopped: true").refusal()?.reason == "ClusterStopped")
        }
    }
}
