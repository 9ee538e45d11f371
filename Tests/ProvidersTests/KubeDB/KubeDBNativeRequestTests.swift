import CRDs
import Foundation
import JSON
import KubernetesAPI
import Testing

@testable import Providers

@Suite("Operations that are KubeDB's own requests")
struct KubeDBNativeRequestTests {
    private let five = "type: HorizontalScaling, horizontalScaling: {replicas: 5}"
    private let done = OperationCaseStatus.executed
    private var name: String { "demo-hscale-\(KubeDBOperationCase.stamp)" }

    private func scaling(
        _ phase: String,
        conditions: String = "[]",
        replicas: Int = 3,
        pods: Int? = nil
    )
        -> KubeDBOperationCase
    {
        var running = RunningDatabase.mongodb
        running.replicas = replicas
        running.pods = pods
        running.ready = pods ?? replicas
        running.more = [
            KubeDBOperationCase.native(name, "HorizontalScaling", phase, conditions: conditions)
        ]
        return KubeDBOperationCase(five, running, spec: "clusterSize: 5", status: done)
    }

    @Test("The request is filed before the spec is written, under a name that is the same whenever it is asked for")
    func filing() throws {
        let operation = KubeDBOperationCase(five)
        let change = try #require(try operation.change())
        #expect(change.patch == ["clusterSize": 5])
        let filed = try #require(try operation.filed())
        #expect(filed.key.name == name && filed.resource.kind == "MongoDBOpsRequest")
        #expect(filed.content["spec"]?["databaseRef"] == ["name": "demo"])
        #expect(filed.content["spec"]?["type"] == "HorizontalScaling")
        #expect(filed.content["spec"]?["apply"] == "IfReady" && filed.content["spec"]?["timeout"] == "10m")
        #expect(filed.content.at("metadata", "labels", "dbaas.io/ops-request") == "abc")
        #expect(try operation.answer() == (try operation.answer()))
        #expect(try KubeDBOperationCase(five, attempt: 2).filed()?.key.name == "\(name)-2")
        // After a stop between the two writes.
        var again = scaling("Pending")
        again.spec = "clusterSize: 3"
        #expect(try again.filed()?.key.name == name)
        #expect(try again.change()?.patch == ["clusterSize": 5])
    }

    @Test("Another request's of the same second is not taken for its own: it files one under a name that nobody has")
    func sameSecond() throws {
        var running = RunningDatabase.mongodb
        running.more = [KubeDBOperationCase.native(name, "HorizontalScaling", "Successful", request: "another")]
        var operation = KubeDBOperationCase(five, running)
        let filed = try #require(try operation.filed())
        let own = filed.key.name
        #expect(own.hasPrefix("\(name)-") && own.count <= name.count + 6)
        #expect(try operation.filed()?.key.name == own)
        #expect(try KubeDBOperationCase(five, running, attempt: 2).filed()?.key.name == "\(name)-2")
        // Carried out: the other one's success proves nothing.
        operation = KubeDBOperationCase(five, running, spec: "clusterSize: 5", status: done)
        let need = Need.object(filed.resource, filed.key)
        #expect(try operation.report() == .need([need]))
        operation.answers[need] = .absent
        #expect(try operation.failure()?.reason == "NativeRequestGone")
        operation.running.more.append(KubeDBOperationCase.native(own, "HorizontalScaling", "Progressing"))
        #expect(try operation.missing()?.contains("\(own), which is Progressing") == true)
        // It is found again when the other one has gone.
        operation.running.more.removeFirst()
        #expect(try operation.missing()?.contains("\(own), which is Progressing") == true)
        #expect(try operation.filed()?.key.name == own)
    }

    @Test("Filed for an edited cluster, the spec is left as it is")
    func drift() throws {
        let operation = KubeDBOperationCase(five, spec: "clusterSize: 5")
        #expect(try operation.change() == nil)
        #expect(try operation.filed()?.key.name == name)
    }

    @Test("What KubeDB has under way on the database is waited for, whoever asked for it")
    func blocked() throws {
        var running = RunningDatabase.mongodb
        running.more = [KubeDBOperationCase.native("by-hand", "Restart", "Progressing", request: "another")]
        let refusal = try KubeDBOperationCase(five, running).answer()
        guard case .notYet(let why) = refusal else {
            Issue.record("\(refusal)")
            return
        }
        #expect(why.reason == "Blocked" && why.message.contains("MongoDBOpsRequest by-hand (Restart, Progressing)"))
        running.more = [KubeDBOperationCase.native("by-hand", "Restart", "Successful", request: "another")]
        #expect(try KubeDBOperationCase(five, running).filed() != nil)
    }

    @Test(
        "Every phase before the end is told in words, and nothing is called done",
        arguments: [
            ("", "licence"), ("Pending", "which is Pending"), ("Approved", "which is Approved"),
            ("WaitingForApproval", "to be approved"), ("Progressing", "which is Progressing"),
            ("SomethingNew", "which is Progressing"),
        ]
    )
    func phases(phase: String, words: String) throws {
        // Though the members are there already, as when somebody else has made them.
        let operation = scaling(phase, replicas: 5)
        #expect(try operation.missing()?.contains(words) == true)
    }

    @Test("Successful counts when the database and its members have it")
    func success() throws {
        let succeeded =
            "[{type: Successful, status: \"True\", reason: X, lastTransitionTime: \"2026-11-01T12:00:00Z\"}]"
        let evidence = try #require(try scaling("Successful", conditions: succeeded, replicas: 5).evidence())
        #expect(evidence.contains("5 of 5 members are ready"))
        #expect(evidence.contains("MongoDBOpsRequest \(name) is Successful"))
        let fewer = try scaling("Successful", conditions: succeeded, replicas: 5, pods: 4).missing()
        #expect(fewer == "5 ready members; there are 4, of which 4 are ready")
        var sick = scaling("Successful", conditions: succeeded, replicas: 5)
        sick.running.phase = "Critical"
        #expect(try sick.missing()?.contains("it is Critical") == true)
        sick.running.phase = "Unknown"
        #expect(try sick.missing()?.contains("health") == true)
    }

    @Test("Successful without effect is no success: the database says what it has")
    func successWithoutEffect() throws {
        let long = "[{type: Successful, status: \"True\", reason: X, lastTransitionTime: \"2026-11-01T12:00:00Z\"}]"
        #expect(try scaling("Successful", conditions: long).failure()?.reason == "NotCarriedOut")
        let just = OperationCaseStatus.ago(3)
        let fresh = "[{type: Successful, status: \"True\", reason: X, lastTransitionTime: \"\(just)\"}]"
        #expect(try scaling("Successful", conditions: fresh).missing()?.contains("it has 3") == true)
    }

    @Test("A failure is told by the condition that means it, not by steps that stay False")
    func failure() throws {
        let conditions = """
            [{type: CheckPodReady--demo-0, status: "False", reason: CheckPodReady, message: not this},
             {type: Failed, status: "True", reason: HorizontalScaleFailed, message: member demo-3 does not join}]
            """
        let refusal = try #require(try scaling("Failed", conditions: conditions).failure())
        #expect(refusal.reason == "NativeRequestFailed")
        #expect(refusal.message == "MongoDBOpsRequest \(name) failed: member demo-3 does not join")
        let unnamed = "[{type: ScaleUp, status: \"False\", reason: ScaleUpFailed, message: no quorum}]"
        #expect(try scaling("Failed", conditions: unnamed).failure()?.message.hasSuffix("no quorum") == true)
        guard case .failed(let denied) = try scaling("Denied").report() else {
            Issue.record("denied is final")
            return
        }
        #expect(denied.reason == "Denied")
    }

    @Test("Skipped means that another took its place: that one is followed, unless it is another operation's")
    func skipped() throws {
        let words = "[{type: Skipped, status: \"True\", reason: Skipped, message: superseded by newer default/later.}]"
        var operation = scaling("Skipped", conditions: words)
        #expect(try operation.failure()?.reason == "NativeRequestSkipped", "its successor is not there")
        operation.running.more.append(
            KubeDBOperationCase.native("later", "HorizontalScaling", "Progressing", request: "abc")
        )
        #expect(try operation.missing()?.contains("MongoDBOpsRequest later") == true)
        operation.running.more[1] = KubeDBOperationCase.native(
            "later",
            "HorizontalScaling",
            "Pending",
            request: "other"
        )
        #expect(try operation.failure()?.reason == "Superseded")
        operation.running.more[1] = KubeDBOperationCase.native("la", "HorizontalScaling", "Pending", request: "abc")
        #expect(try operation.failure()?.reason == "NativeRequestSkipped", "a name is a whole word")
    }

    @Test("A request that was deleted before it was done can be tried again")
    func gone() throws {
        var running = RunningDatabase.mongodb
        running.ready = 3
        var operation = KubeDBOperationCase(five, running, spec: "clusterSize: 5", status: done)
        guard case .need(let needs) = try operation.report(), let need = needs.first else {
            Issue.record("\(try operation.report())")
            return
        }
        operation.answers[need] = .object(["metadata": ["name": "made just now"]])
        #expect(try operation.missing()?.hasSuffix("to be seen") == true)
        operation.answers[need] = .absent
        guard case .retryable(let refusal) = try operation.report() else {
            Issue.record("\(try operation.report())")
            return
        }
        #expect(refusal.reason == "NativeRequestGone")
    }

    @Test("Nothing is filed where all of it is so already, and nothing on a database that is halted")
    func alreadySo() throws {
        var running = RunningDatabase.mongodb
        running.replicas = 5
        #expect(try KubeDBOperationCase(five, running, spec: "clusterSize: 5").isAlreadySo())
        running.ready = 4
        #expect(try KubeDBOperationCase(five, running, spec: "clusterSize: 5").intents() == [])
        running.isHalted = true
        #expect(try KubeDBOperationCase(five, running).refusal()?.reason == "ClusterStopped")
    }

    @Test("Rolled back, the database is asked for what it had, once KubeDB has ended the other request")
    func recovery() throws {
        func names(_ operation: KubeDBOperationCase) throws -> [String] {
            KubeDBProvider().operations.recovery(of: try operation.context(), restoredAt: Manifests.now)
                .map { $0.target.key.name }
        }
        var operation = scaling("Progressing", replicas: 5)
        operation.spec = "clusterSize: 3"
        #expect(try names(operation) == [], "KubeDB is at work")
        operation.running.more = [KubeDBOperationCase.native(name, "HorizontalScaling", "Successful")]
        let back = "demo-hscale-back-\(KubeDBOperationCase.stamp)"
        #expect(try names(operation) == [back])
        operation.running.more.append(KubeDBOperationCase.native(back, "HorizontalScaling", "Failed"))
        #expect(try names(operation) == [], "once")
        operation.running.more = [KubeDBOperationCase.native(name, "HorizontalScaling", "Pending")]
        #expect(try names(operation) == [name], "what was not begun is taken away")
        operation.running.more = [KubeDBOperationCase.native(name, "HorizontalScaling", "Failed")]
        operation.running.replicas = 3
        #expect(try names(operation) == [])
    }

    @Test("A cluster whose own name says back is asked for what it had too")
    func recoveryByName() throws {
        var operation = scaling("Failed", replicas: 5)
        operation.spec = "clusterSize: 3"
        operation.running.name = "shop-back-end"
        let failed = "shop-back-end-hscale-\(KubeDBOperationCase.stamp)"
        operation.running.more = [
            KubeDBOperationCase.native(failed, "HorizontalScaling", "Failed", of: "shop-back-end")
        ]
        func names() throws -> [String] {
            KubeDBProvider().operations.recovery(of: try operation.context(), restoredAt: Manifests.now)
                .map { $0.target.key.name }
        }
        let back = "shop-back-end-hscale-back-\(KubeDBOperationCase.stamp)"
        #expect(try names() == [back])
        operation.running.more.append(
            KubeDBOperationCase.native(back, "HorizontalScaling", "Failed", of: "shop-back-end")
        )
        #expect(try names() == [], "once")
    }

    @Test("The last three that are over are kept, and what nobody waits for and was not begun is withdrawn")
    func retirement() throws {
        var running = RunningDatabase.mongodb
        running.more = (1...5).map {
            KubeDBOperationCase.native("old-\($0)", "Restart", "Successful", created: "2026-11-01T12:0\($0):00Z")
        }
        let operation = KubeDBOperationCase(five, running)
        #expect(try operation.retirements() == ["old-1", "old-2"])
        #expect(try operation.retirements(historyLimit: 0).count == 5)
        #expect(try operation.retirements(underWay: ["abc"], historyLimit: 0) == [], "they are still looked at")
        for phase in ["", "Pending", "Approved"] {
            running.more = [KubeDBOperationCase.native("waiting", "Restart", phase)]
            #expect(try KubeDBOperationCase(five, running).retirements() == ["waiting"])
            #expect(try KubeDBOperationCase(five, running).retirements(underWay: ["abc"]) == [])
        }
        // KubeDB may begin it before the delete arrives, which then does nothing.
        running.more = [KubeDBOperationCase.native("waiting", "Restart", "Pending")]
        let kind = KubeDBEngine.of(.mongodb).operation
        let key = ObjectKey(namespace: "default", name: "waiting")
        let withdrawal = Intent.delete(kind, key, uid: "uid-of-waiting", resourceVersion: "41")
        #expect(try KubeDBOperationCase(five, running).deletions() == [withdrawal])
        let restoring = try KubeDBOperationCase(five, running).context()
        #expect(KubeDBProvider().operations.recovery(of: restoring, restoredAt: Manifests.now) == [withdrawal])
        running.more = [KubeDBOperationCase.native("begun", "Restart", "Progressing")]
        #expect(try KubeDBOperationCase(five, running).retirements(historyLimit: 0) == [], "it would stay paused")
        running.more = [
            KubeDBOperationCase.native("foreign", "Restart", "Pending").replacingOccurrences(
                of: "dbaas-operator",
                with: "gitops"
            )
        ]
        #expect(try KubeDBOperationCase(five, running).retirements(historyLimit: 0) == [])
    }
}

/// Status lines of requests that were carried out.
enum OperationCaseStatus {
    static var executed: String { OperationCase.executed(secondsAgo: 60) }
    static func ago(_ seconds: Int64) -> String { OperationCase.ago(seconds) }
}
