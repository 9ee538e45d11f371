import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGOperationsTests {
    private let handler = CNPGProvider().operations

    private func context(
        _ request: String,
        _ running: Running = Running(),
        spec: String = "clusterSize: 3",
        status: String = "",
        more: [ChildObject] = [],
        answers: [Need: NeedAnswer] = [:],
        attempt: Int = 1
    ) throws -> OperationContext {
        OperationContext(
            cluster: try Manifests.cluster(spec),
            request: try Manifests.request(request, status: status),
            observed: try running.observed(more, answers: answers),
            attempt: attempt
        )
    }

    private func succeeds(_ report: OperationReport) -> Bool {
        if case .succeeded(let evidence, _) = report { !evidence.isEmpty } else { false }
    }

    private func refusal(_ answer: OperationAnswer) -> String? {
        if case .refused(let refusal) = answer { refusal.reason } else { nil }
    }

    private let scale = "type: HorizontalScaling, horizontalScaling: {replicas: 5}"

    @Test("Scaling changes the spec and remembers what stood there")
    func scaling() throws {
        guard case .specChange(let change) = handler.execute(try context(scale)) else {
            Issue.record("a change of the spec was expected")
            return
        }
        #expect(change.patch == ["clusterSize": 5])
        #expect(change.previous == ["clusterSize": 3])
        #expect(change.log == "clusterSize 3 → 5")
    }

    @Test("Scaling succeeds only when all members exist and are ready, never because the cluster is still healthy")
    func scalingEvidence() throws {
        let after = "clusterSize: 5"
        let before = "previous: {clusterSize: 3}"
        // The Cluster does not know of it yet; it knows but shows the old members; one is not ready; done.
        let unseen = handler.progress(of: try context(scale, spec: after, status: before))
        let seen = handler.progress(of: try context(scale, Running(instances: 5), spec: after, status: before))
        let almost = handler.progress(
            of: try context(scale, Running(members: 5, ready: 4, instances: 5), spec: after, status: before)
        )
        for report in [unseen, seen, almost] { #expect(!succeeds(report), "\(report)") }
        guard case .running(let percent, let missing) = almost else { return }
        #expect(percent == 50)
        #expect(missing.contains("demo-5"))
        let done = Running(members: 5, ready: 5, instances: 5)
        #expect(succeeds(handler.progress(of: try context(scale, done, spec: after, status: before))))
        guard case .alreadySo = handler.execute(try context(scale, done, spec: after)) else {
            Issue.record("an effect that is there is no work")
            return
        }
    }

    @Test("A member is not removed while another one is not ready")
    func scalingDown() throws {
        let down = "type: HorizontalScaling, horizontalScaling: {replicas: 1}"
        #expect(refusal(handler.execute(try context(down, Running(ready: 2)))) == "MemberNotReady")
        let synchronous = "clusterSize: 3, providerOptions: {synchronous: {method: any, number: 1}}"
        #expect(refusal(handler.execute(try context(down, spec: synchronous))) == "TooFewMembers")
    }

    @Test("Restart stamps the Cluster with the request's time, and succeeds when every member carries it")
    func restart() throws {
        let stamp = "2026-11-01T12:00:00Z"
        guard case .intents(let intents, _) = handler.execute(try context("type: Restart")) else {
            Issue.record("intents were expected")
            return
        }
        let body: JSONValue = [
            "metadata": ["annotations": ["kubectl.kubernetes.io/restartedAt": .string(stamp)]]
        ]
        let key = ObjectKey(namespace: "default", name: "demo")
        let resource = try #require(intents.first?.target.resource)
        #expect(intents == [.patch(resource, key, format: .merge, body: body)])
        #expect(!succeeds(handler.progress(of: try context("type: Restart"))))
        let older = Running(podStamp: "2026-10-01T12:00:00Z")
        #expect(!succeeds(handler.progress(of: try context("type: Restart", older))))
        #expect(!succeeds(handler.progress(of: try context("type: Restart", Running(ready: 2, podStamp: stamp)))))
        #expect(succeeds(handler.progress(of: try context("type: Restart", Running(podStamp: stamp)))))
    }

    @Test(
        "A replica that cannot start is recreated, since CloudNativePG would wait for it; one that joins is left to it"
    )
    func restartOfDegraded() throws {
        guard case .intents(let mark, _) = handler.execute(try context("type: Restart", Running(ready: 2))) else {
            Issue.record("intents were expected")
            return
        }
        #expect(mark.count == 1)
        let crash = "{name: postgres, state: {waiting: {reason: CrashLoopBackOff}}}"
        let broken = Running(ready: 2, containers: [3: crash])
        guard case .intents(let intents, _) = handler.execute(try context("type: Restart", broken)) else {
            Issue.record("intents were expected")
            return
        }
        #expect(intents.last == .delete(.pod, ObjectKey(namespace: "default", name: "demo-3"), uid: "pod-3"))
        let fenced = Running(annotations: ["cnpg.io/fencedInstances": "[\"demo-2\"]"])
        #expect(refusal(handler.execute(try context("type: Restart", fenced))) == "InstanceFenced")
    }

    @Test("Vertical scaling is proved by the containers of ready members")
    func vertical() throws {
        let request = "type: VerticalScaling, verticalScaling: {size: db.t3.large}"
        guard case .specChange(let change) = handler.execute(try context(request)) else {
            Issue.record("a change of the spec was expected")
            return
        }
        #expect(change.patch == ["size": "db.t3.large"])
        #expect(change.previous == ["unset": ["size"]])
        #expect(SpecChange.restoring(change.previous) == ["size": .null])
        #expect(!succeeds(handler.progress(of: try context(request, spec: "clusterSize: 3, size: db.t3.large"))))
        let memory = "type: VerticalScaling, verticalScaling: {resources: {requests: {memory: 4Gi}}}"
        #expect(!succeeds(handler.progress(of: try context(memory, Running(memory: "4Gi", podMemory: "2Gi")))))
        #expect(succeeds(handler.progress(of: try context(memory, Running(memory: "4Gi")))))
        let small = "type: VerticalScaling, verticalScaling: {size: db.t3.micro}"
        let config = "clusterSize: 3, config: [{name: shared_buffers, value: 1GB}]"
        #expect(refusal(handler.execute(try context(small, spec: config))) == "SharedBuffersTooLarge")
        #expect(
            refusal(
                handler.execute(
                    try context(
                        request + ", dryRun: false",
                        Running(annotations: [
                            "cnpg.io/hibernation": "on"
                        ])
                    )
                )
            ) == "ClusterStopped"
        )
    }

    @Test("Volumes grow only where their class allows it, and success is their capacity")
    func volumes() throws {
        let request = "type: VolumeExpansion, volumeExpansion: {storage: 20Gi}"
        let key = ObjectKey(name: "standard")
        guard case .need(let needs) = handler.execute(try context(request)) else {
            Issue.record("the StorageClass must be asked for")
            return
        }
        #expect(needs == [.object(.storageClass, key)])
        let fixed: [Need: NeedAnswer] = [needs[0]: .object(["allowVolumeExpansion": false])]
        #expect(refusal(handler.execute(try context(request, answers: fixed))) == "StorageClassCannotExpand")
        let growing: [Need: NeedAnswer] = [needs[0]: .object(["allowVolumeExpansion": true])]
        guard case .specChange(let change) = handler.execute(try context(request, answers: growing)) else {
            Issue.record("a change of the spec was expected")
            return
        }
        #expect(change.patch == ["storage": "20Gi"])
        #expect(change.intents.isEmpty)
        let full = handler.execute(try context(request, Running(phase: "Not enough disk space"), answers: growing))
        guard case .specChange(let direct) = full else {
            Issue.record("a change of the spec was expected")
            return
        }
        #expect(direct.intents.count == 3, "with a full disk CloudNativePG does not look at the volumes")
        let smaller = "type: VolumeExpansion, volumeExpansion: {storage: 5Gi}"
        #expect(refusal(handler.execute(try context(smaller))) == "StorageCannotShrink")
        #expect(!succeeds(handler.progress(of: try context(request, Running(size: "20Gi")))))
        #expect(succeeds(handler.progress(of: try context(request, Running(capacity: "20Gi", size: "20Gi")))))
    }

    @Test("Stop is proved by the condition and by pods that are gone, Start by members that are ready")
    func stopAndStart() throws {
        let told = ["cnpg.io/hibernation": "on"]
        let done = "[{type: cnpg.io/hibernation, status: \"True\", reason: Hibernated}]"
        let stopped = Running(ready: 0, pods: 0, annotations: told, conditions: done)
        let spec = "clusterSize: 3, stopped: true"
        guard case .specChange(let change) = handler.execute(try context("type: Stop")) else {
            Issue.record("a change of the spec was expected")
            return
        }
        #expect(change.patch == ["stopped": true])
        #expect(!succeeds(handler.progress(of: try context("type: Stop", spec: spec))))
        #expect(
            !succeeds(handler.progress(of: try context("type: Stop", Running(pods: 1, annotations: told), spec: spec)))
        )
        #expect(succeeds(handler.progress(of: try context("type: Stop", stopped, spec: spec))))
        #expect(!succeeds(handler.progress(of: try context("type: Start", stopped))))
        #expect(!succeeds(handler.progress(of: try context("type: Start", Running(ready: 2)))))
        #expect(!succeeds(handler.progress(of: try context("type: Start", Running(conditions: done)))))
        #expect(succeeds(handler.progress(of: try context("type: Start"))))
    }

    @Test("A backup is one object named after the request, and its own state tells the end")
    func backup() throws {
        let spec = "clusterSize: 3, backup: {storage: s3-main}"
        let running = Running(
            plugins: "[{name: barman-cloud.cloudnative-pg.io, parameters: {serverName: demo-01234567-16}}]"
        )
        #expect(refusal(handler.execute(try context("type: Backup", running))) == "BackupNotConfigured")
        #expect(refusal(handler.execute(try context("type: Backup", spec: spec))) == "BackupNotConfigured")
        guard
            case .intents(let intents, _) = handler.execute(try context("type: Backup", running, spec: spec)),
            case .create(let object) = intents.first
        else {
            Issue.record("a Backup was expected")
            return
        }
        #expect(object.key.name == "op")
        #expect(object.content.at("spec", "method") == "plugin", "the default method would not use the plugin")
        let again = handler.execute(try context("type: Backup", running, spec: spec, attempt: 2))
        guard case .intents(let second, _) = again else { return }
        #expect(second.first?.target.key.name == "op-2")

        let phases = [("started", false), ("completed", true), ("failed", false)]
        for (phase, isDone) in phases {
            var content = object.content
            content["status"] = ["phase": .string(phase), "backupId": "20261101T120000", "error": "disk"]
            let report = handler.progress(
                of: try context("type: Backup", running, spec: spec, more: [try Manifests.child(content)])
            )
            #expect(succeeds(report) == isDone, "\(report)")
            if phase == "failed" {
                #expect(report == .retryable(Refusal("BackupFailed", "Backup op is \"failed\": disk")))
            }
        }
        var foreign = object.content
        foreign["metadata"] = ["name": "op", "namespace": "default", "labels": ["cnpg.io/cluster": "demo"]]
        let taken = try context("type: Backup", running, spec: spec, more: [try Manifests.child(foreign)])
        #expect(refusal(handler.execute(taken)) == "NameTaken")
    }

    @Test("A type that a provider has not written is refused with a sentence", arguments: OpsRequestType.allCases)
    func unsupported(_ type: OpsRequestType) throws {
        struct Nothing: OperationsHandler {
            var provider: ProviderName { .strimzi }
            func progress(of operation: OperationContext) -> OperationReport { .running(percent: 0, waitingFor: "") }
        }
        guard case .refused(let refusal) = Nothing().execute(try context("type: \(type.rawValue)")) else {
            Issue.record("\(type) must be refused")
            return
        }
        #expect(refusal.reason == "Unsupported")
        #expect(refusal.message.contains(type.rawValue))
    }

    @Test("A broken cluster fails an operation with the child operator's own words")
    func broken() throws {
        let phase = "Cluster is unrecoverable and needs manual intervention"
        let report = handler.progress(of: try context("type: Restart", Running(phase: phase, phaseReason: "job x")))
        #expect(report == .failed(Refusal("ChildFailed", "CloudNativePG says \"\(phase): job x\"")))
    }
}
