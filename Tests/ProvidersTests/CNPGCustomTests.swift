import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGCustomTests {
    private func custom(
        _ operation: String,
        _ parameters: String = "",
        _ running: Running = Running(),
        status: String = OperationCase.executed(secondsAgo: 40)
    ) -> OperationCase {
        OperationCase(
            "type: Custom, custom: {operation: \(operation), parameters: {\(parameters)}}",
            running,
            status: status
        )
    }

    private func fenced(_ list: String, ready: Int = 3) -> Running {
        Running(ready: ready, annotations: ["cnpg.io/fencedInstances": list])
    }

    private func fence(_ intents: [Intent]) -> JSONValue? {
        intents.first?.body?.at("metadata", "annotations", "cnpg.io/fencedInstances")
    }

    @Test("An unknown operation or parameter is refused with those that there are")
    func unknown() throws {
        let operation = try custom("defragment").refusal()
        #expect(operation?.reason == "UnknownOperation")
        #expect(operation?.message.contains("analyze-backup-chain, fence, reload, restart-instance, unfence") == true)
        let parameter = try custom("fence", "member: demo-3").refusal()
        #expect(parameter?.reason == "UnknownParameter")
        #expect(parameter?.message.contains("instance") == true)
        #expect(try custom("fence").refusal()?.reason == "UnknownMember")
    }

    @Test("A fence is added to those that are there, on condition that nobody else has changed them")
    func fencing() throws {
        let intents = try custom("fence", "instance: demo-3", fenced("[\"demo-2\"]")).intents()
        #expect(fence(intents) == "[\"demo-2\",\"demo-3\"]")
        #expect(intents.first?.body?.at("metadata", "resourceVersion") == "77")
        #expect(try custom("fence", "instance: demo-3", fenced("[\"demo-3\"]")).missing() != nil)
        #expect(try custom("fence", "instance: demo-3", fenced("[\"demo-3\"]", ready: 2)).evidence()?.count == 2)
        #expect(try custom("fence", "instance: demo-3", fenced("[\"demo-3\"]", ready: 2)).isAlreadySo())
        var lost = fenced("[\"demo-3\"]", ready: 2)
        lost.pods = 2
        #expect(try custom("fence", "instance: demo-3", lost).missing()?.contains("to have a pod") == true)
        #expect(try custom("fence", "instance: demo-1").refusal()?.reason == "MemberIsPrimary")
        #expect(fence(try custom("fence", "instance: demo-1, allowOutage: \"true\"").intents()) == "[\"demo-1\"]")
    }

    @Test("Lifting one fence leaves the others, also where all are fenced")
    func unfencing() throws {
        let one = try custom("unfence", "instance: demo-3", fenced("[\"demo-3\"]")).intents()
        #expect(fence(one) == .null)
        let some = try custom("unfence", "instance: demo-3", fenced("[\"*\"]")).intents()
        #expect(fence(some) == "[\"demo-1\",\"demo-2\"]")
        #expect(fence(try custom("unfence", "instance: \"*\"", fenced("[\"*\"]")).intents()) == .null)
        #expect(try custom("unfence", "instance: demo-3", Running(ready: 2)).missing()?.contains("demo-3") == true)
        #expect(try custom("unfence", "instance: demo-3").evidence() == ["demo-3 is not fenced and is ready"])
    }

    @Test("A reload is one stamp, the request's own, and time to stay healthy")
    func reload() throws {
        let stamp = "2026-11-01T12:00:00Z"
        let intents = try custom("reload").intents()
        #expect(intents.first?.body == ["metadata": ["annotations": ["cnpg.io/reloadedAt": .string(stamp)]]])
        #expect(try custom("reload").evidence() == nil)
        let stamped = Running(annotations: ["cnpg.io/reloadedAt": stamp])
        #expect(try custom("reload", "", stamped).evidence() != nil)
        let soon = OperationCase.executed(secondsAgo: 10)
        #expect(try custom("reload", "", stamped, status: soon).evidence() == nil)
    }

    private func recorded(_ facts: String, _ running: Running = Running()) -> Running {
        var running = running
        running.annotations["dbaas.io/operation"] = "{\"attempt\":1,\"request\":\"abc\",\(facts)}"
        return running
    }

    @Test("A replica is restarted by deleting its pod, once")
    func restartReplica() throws {
        let intents = try custom("restart-instance", "instance: demo-2").intents()
        #expect(intents.last == .delete(.pod, ObjectKey(namespace: "default", name: "demo-2"), uid: "pod-2"))
        let same = custom("restart-instance", "instance: demo-2", recorded("\"pod\":\"pod-2\""))
        #expect(try same.intents() == intents)
        #expect(try same.evidence() == nil)
        let other = custom("restart-instance", "instance: demo-2", recorded("\"pod\":\"pod-of-before\""))
        #expect(try other.intents() == [])
        #expect(try other.evidence() == ["demo-2 runs in another pod and is ready"])
    }

    @Test("While another member is not ready only one that cannot start is restarted, or with force any")
    func restartBesideBroken() throws {
        func restart(_ member: Int, _ running: Running) -> OperationCase {
            custom("restart-instance", "instance: demo-\(member)", running)
        }
        for member in [1, 2] {
            let refusal = try restart(member, Running(ready: 2)).refusal()
            #expect(refusal?.reason == "MemberNotReady")
            #expect(refusal?.message.contains("demo-3") == true)
        }
        #expect(try restart(2, Running(pods: 2)).refusal()?.reason == "MemberNotReady")
        #expect(try restart(3, Running(ready: 2)).intents().count == 2, "it is the one that is not ready")
        let crash = "{name: postgres, state: {waiting: {reason: CrashLoopBackOff}}}"
        #expect(try restart(3, Running(ready: 1, containers: [3: crash])).intents().count == 2)
        var forced = restart(2, Running(ready: 2))
        forced.request += ", force: true"
        #expect(try forced.intents().count == 2)
        let begun = restart(2, recorded("\"pod\":\"pod-2\"", Running(ready: 2)))
        #expect(try begun.refusal() == nil, "what has begun is not refused afterwards")
    }

    @Test("The primary is restarted in place, and is not asked twice")
    func restartPrimary() throws {
        let phase = "Primary instance is being restarted in-place"
        func ready(_ secondsAgo: Int64) -> String {
            "[{type: Ready, status: \"True\", lastTransitionTime: \"\(OperationCase.ago(secondsAgo))\"}]"
        }
        let before = Running(conditions: ready(900))
        let intents = try custom("restart-instance", "instance: demo-1", before).intents()
        #expect(intents.last?.body?.description.contains(phase) == true)
        #expect(intents.last?.target.key.name == "demo-1" || intents.last?.target.key.name == "demo")
        let record = "\"primary\":\"demo-1\""
        // Stopped between the record and the patch, and after the restart.
        #expect(try custom("restart-instance", "instance: demo-1", recorded(record, before)).intents() == intents)
        // What came with the phase is on record, even where the Cluster became ready in the same second.
        #expect(
            try custom("restart-instance", "instance: demo-1", recorded(record, Running(conditions: ready(0))))
                .intents() == intents
        )
        let patched = try #require(
            intents.last?.body?.array?.compactMap { $0["value"] }.first { $0["type"] == "dbaas.io/RestartAsked" }
        )
        let after = recorded(record, Running(conditions: "[\(patched.description)]"))
        #expect(try custom("restart-instance", "instance: demo-1", after).intents() == [])
        #expect(try custom("restart-instance", "instance: demo-1", after).evidence()?.count == 1)
        let during = recorded(record, Running(phase: phase))
        #expect(try custom("restart-instance", "instance: demo-1", during).evidence() == nil)
    }

    @Test("The backup chain is judged by what could be restored, and nothing is written")
    func backupChain() throws {
        let plugins = "[{name: barman-cloud.cloudnative-pg.io, parameters: {serverName: demo-01234567-16}}]"
        #expect(try custom("analyze-backup-chain").refusal()?.reason == "BackupNotConfigured")
        var operation = custom("analyze-backup-chain", "", Running(plugins: plugins))
        #expect(try operation.intents() == [])
        #expect(try operation.failure()?.reason == "BackupChainBroken")
        func backup(_ name: String, _ status: String) -> String {
            """
            apiVersion: postgresql.cnpg.io/v1
            kind: Backup
            metadata: {name: \(name), namespace: default, labels: {cnpg.io/cluster: demo}}
            spec: {cluster: {name: demo}}
            status: {\(status)}
            """
        }
        operation.more = [
            backup("a", "phase: completed, majorVersion: 16, stoppedAt: \"2026-11-30T02:00:00Z\""),
            backup("b", "phase: failed"),
            backup("c", "phase: completed, majorVersion: 15, stoppedAt: \"2026-12-30T02:00:00Z\""),
        ]
        let evidence = try operation.evidence()
        #expect(evidence?.first == "1 completed backups, 1 failed, in folder demo-01234567-16")
        #expect(evidence?.contains("WAL is archived") == false, "nobody has said so")
        operation.running.conditions = "[{type: ContinuousArchiving, status: \"True\", reason: Success}]"
        #expect(try operation.evidence()?.last == "WAL is archived")
        #expect(evidence?.contains("the newest is a of 2026-11-30T02:00:00Z") == true)
        operation.running.conditions = """
            [{type: ContinuousArchiving, status: "False", reason: Failing, message: access denied}]
            """
        #expect(try operation.failure()?.message.contains("access denied") == true)
    }
}
