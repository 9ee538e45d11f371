import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGSwitchoverTests {
    private let toThird = "type: Switchover, switchover: {target: demo-3}"
    private let toAny = "type: Switchover"
    private let began = OperationCase.executed(secondsAgo: 10)

    /// With what the operation itself has written on the Cluster.
    private func recorded(_ running: Running, from: String, to: String, attempt: Int = 1) -> Running {
        var running = running
        running.annotations["dbaas.io/operation"] =
            "{\"attempt\":\(attempt),\"from\":\"\(from)\",\"request\":\"abc\",\"to\":\"\(to)\"}"
        return running
    }

    @Test("CloudNativePG is told by its status, if that is still as it was seen, after the choice is on record")
    func writes() throws {
        let ready = "[{type: Initialized, status: \"True\"}, {type: Ready, status: \"True\"}]"
        let operation = OperationCase(
            toThird,
            Running(conditions: ready),
            status: "startTime: \"2027-01-01T00:00:00Z\""
        )
        let intents = try operation.intents()
        #expect(try operation.intents() == intents)
        try #require(intents.count == 2)
        let record = intents[0].body?.at("metadata", "annotations", "dbaas.io/operation")?.string
        #expect(record == "{\"attempt\":1,\"from\":\"demo-1\",\"request\":\"abc\",\"to\":\"demo-3\"}")
        guard case .patch(_, _, .json, let body, "status", _) = intents[1] else {
            Issue.record("a JSON patch of the status was expected")
            return
        }
        let live: JSONValue = [
            "status": [
                "currentPrimary": "demo-1", "targetPrimary": "demo-1",
                "conditions": [["type": "Initialized", "status": "True"], ["type": "Ready", "status": "True"]],
            ]
        ]
        let after = try JSONPatch.apply(operations: body, to: live)
        #expect(after.at("status", "targetPrimary") == "demo-3")
        #expect(after.at("status", "targetPrimaryTimestamp") == "2027-01-01T00:00:00.000000Z")
        #expect(after.at("status", "phase") == "Switchover in progress")
        #expect(after.at("status", "phaseReason") == "Switching over to demo-3")
        #expect(after.at("status", "conditions")?[1]?["status"] == "False")
        var failedOver = live
        failedOver = JSONMergePatch.apply(["status": ["targetPrimary": "demo-2"]], to: failedOver)
        #expect(throws: JSONPatchError.self) { try JSONPatch.apply(operations: body, to: failedOver) }
    }

    @Test("Without a target a ready replica on the primary's timeline is taken, the same one however often it is asked")
    func choice() throws {
        var running = Running()
        running.statusMore = """
            instancesReportedState: {demo-1: {timeLineID: 4}, demo-2: {timeLineID: 3}, demo-3: {timeLineID: 4}}
            """
        let first = try OperationCase(toAny, running).answer()
        guard case .intents(_, let log) = first else {
            Issue.record("intents were expected")
            return
        }
        #expect(log == "asked demo-3 to take over from demo-1")
        // The switchover is under way, or done: nothing is chosen anew.
        for (primary, target) in [(1, "demo-3"), (3, "demo-3")] {
            var later = recorded(running, from: "demo-1", to: "demo-3")
            later.primary = primary
            later.targetPrimary = target
            #expect(
                try OperationCase(toAny, later, status: began).answer()
                    == .intents([], log: "asked demo-3 to take over")
            )
        }
        // Of a second attempt it is another one.
        running.statusMore = ""
        var again = OperationCase(toAny, recorded(running, from: "demo-1", to: "demo-2"), status: began)
        again.attempt = 2
        #expect(try again.intents().first?.body?.description.contains("demo-3") == true)
    }

    @Test("It has succeeded when the one asked for leads, and all members are ready")
    func evidence() throws {
        var running = recorded(Running(targetPrimary: "demo-3"), from: "demo-1", to: "demo-3")
        #expect(try OperationCase(toThird, running, status: began).missing() == "demo-3 to lead instead of demo-1")
        running.primary = 3
        running.ready = 2
        #expect(try OperationCase(toThird, running, status: began).percent() == 50)
        running.ready = 3
        let evidence = try OperationCase(toThird, running, status: began).evidence()
        #expect(evidence?.first == "the primary is demo-3, before it was demo-1")
        running.phase = "Switchover in progress"
        #expect(try OperationCase(toThird, running, status: began).evidence() == nil)
        // Without a target another one than before is enough.
        let failover = recorded(Running(primary: 2), from: "demo-1", to: "demo-3")
        #expect(try OperationCase(toAny, failover, status: began).evidence() != nil)
        #expect(try OperationCase(toThird, failover, status: began).evidence() == nil)
    }

    @Test("When CloudNativePG takes it back, the attempt has failed and another one may follow")
    func takenBack() throws {
        let running = recorded(Running(), from: "demo-1", to: "demo-3")
        guard case .retryable(let refusal) = try OperationCase(toAny, running, status: began).report() else {
            Issue.record("the attempt has failed")
            return
        }
        #expect(refusal.reason == "SwitchoverRefused")
        #expect(refusal.message.contains("demo-1 leads"))
    }

    @Test("Who cannot take over is refused with those who could")
    func refusals() throws {
        let unknown = try OperationCase("type: Switchover, switchover: {target: demo-9}").refusal()
        #expect(unknown?.reason == "UnknownMember")
        #expect(unknown?.message.contains("demo-1 (primary), demo-2, demo-3") == true)
        let lame = try OperationCase(toThird, Running(ready: 2)).refusal()
        #expect(lame?.reason == "TargetNotReady")
        #expect(lame?.message.contains("demo-2 could") == true)
        let alone = Running(members: 1, ready: 1, instances: 1)
        #expect(try OperationCase(toAny, alone, spec: "clusterSize: 1").refusal()?.reason == "SingleMember")
        let fenced = Running(annotations: ["cnpg.io/fencedInstances": "[\"demo-3\"]"])
        #expect(try OperationCase(toThird, fenced).refusal()?.reason == "TargetNotReady")
        let fencedPrimary = Running(annotations: ["cnpg.io/fencedInstances": "[\"*\"]"])
        #expect(try OperationCase(toAny, fencedPrimary).refusal()?.reason == "InstanceFenced")
        #expect(try OperationCase(toAny, Running(targetPrimary: "pending")).refusal()?.reason == "PrimaryChanging")
        #expect(try OperationCase(toAny, Running(ready: 1)).refusal()?.reason == "NoCandidate")
        #expect(try OperationCase(toThird, Running(primary: 3)).isAlreadySo())
    }
}

@Suite struct CNPGRebuildTests {
    private let third = "type: RebuildInstance, rebuildInstance: {instance: demo-3}"
    private let status = OperationCase.executed(secondsAgo: 40)

    private func recorded(_ running: Running, volume: String = "claim-3") -> Running {
        var running = running
        running.annotations["dbaas.io/operation"] =
            "{\"attempt\":1,\"instance\":\"demo-3\",\"request\":\"abc\",\"volumes\":[\"\(volume)\"]}"
        return running
    }

    @Test("The old volume is on record before the member is given up, and the new one is never given up")
    func writes() throws {
        let intents = try OperationCase(third).intents()
        try #require(intents.count == 2)
        #expect(intents[0].body == (try OperationCase(third, recorded(Running())).intents().first?.body))
        #expect(
            intents[1].body == [
                "metadata": ["uid": "pod-3", "annotations": ["alpha.cnpg.io/unrecoverable": "true"]]
            ]
        )
        let rebuilt = recorded(Running(claimUIDs: [3: "claim-new"]))
        #expect(try OperationCase(third, rebuilt, status: status).intents() == [])
        guard case .intents = try OperationCase(third, rebuilt, status: status).answer() else {
            Issue.record("it is under way")
            return
        }
    }

    @Test("A member without a pod, or one that the mark did not help, is removed part by part")
    func removal() throws {
        var operation = OperationCase(third, Running(ready: 2, pods: 2))
        operation.more = [
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: demo-3-join, namespace: default, uid: job-3, labels: {dbaas.io/cluster: demo, \
            cnpg.io/instanceName: demo-3}}
            """
        ]
        let targets = try operation.intents().dropFirst().map { "\($0.target.resource.kind) \($0.target.key.name)" }
        #expect(targets == ["Job demo-3-join", "PersistentVolumeClaim demo-3"])
        var second = OperationCase(third)
        second.attempt = 2
        let kinds = try second.intents().dropFirst().map(\.target.resource.kind)
        #expect(kinds == ["Pod", "PersistentVolumeClaim"])
    }

    @Test("Success is another volume and all members ready; each step counts")
    func evidence() throws {
        #expect(
            try OperationCase(third, recorded(Running()), status: status).missing()?.contains("old volumes") == true
        )
        let gone = recorded(Running(members: 2, ready: 2, phase: "Creating a new replica"))
        #expect(try OperationCase(third, gone, status: status).percent() == 33)
        let joining = recorded(
            Running(ready: 2, phase: "Creating a new replica", claimUIDs: [3: "claim-new"])
        )
        #expect(try OperationCase(third, joining, status: status).percent() == 66)
        let done = recorded(Running(claimUIDs: [3: "claim-new"]))
        #expect(try OperationCase(third, done, status: status).evidence()?.first == "volume demo-3 is new (claim-new)")
    }

    @Test("A join that failed may be tried again; a member that became the primary meanwhile is left alone")
    func failures() throws {
        let broken = "Cluster is unrecoverable and needs manual intervention"
        var running = recorded(Running(ready: 2, phase: broken, phaseReason: "demo-3-join", claimUIDs: [3: "new"]))
        guard case .retryable(let refusal) = try OperationCase(third, running, status: status).report() else {
            Issue.record("another attempt is safe")
            return
        }
        #expect(refusal.message.contains("demo-3-join"))
        let soon = OperationCase.executed(secondsAgo: 5)
        #expect(try OperationCase(third, running, status: soon).failure() == nil, "the phase may be that of before")
        running = recorded(Running(primary: 3))
        #expect(try OperationCase(third, running, status: status).failure()?.reason == "MemberIsPrimary")
    }

    @Test("Members that others are made from are not thrown away")
    func refusals() throws {
        let first = "type: RebuildInstance, rebuildInstance: {instance: demo-1}"
        let primary = try OperationCase(first).refusal()
        #expect(primary?.reason == "MemberIsPrimary")
        #expect(primary?.message.contains("Switchover") == true)
        #expect(try OperationCase(third, Running(targetPrimary: "demo-3")).refusal()?.reason == "MemberIsPrimary")
        let alone = Running(members: 1, ready: 1, instances: 1)
        #expect(try OperationCase(first, alone, spec: "clusterSize: 1").refusal()?.reason == "SingleMember")
        let unknown = "type: RebuildInstance, rebuildInstance: {instance: demo-7}"
        #expect(try OperationCase(unknown).refusal()?.reason == "UnknownMember")
        let fenced = Running(annotations: ["cnpg.io/fencedInstances": "[\"demo-3\"]"])
        #expect(try OperationCase(third, fenced).refusal()?.reason == "InstanceFenced")
        #expect(try OperationCase(third, Running(ready: 0)).refusal()?.reason == "PrimaryNotReady")
    }
}
