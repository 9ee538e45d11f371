import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("Operations on Kafka's nodes and partitions, and what proves them")
struct StrimziNodeOperationsTests {
    private func targets(_ intents: [Intent]) -> [String] {
        intents.map { "\($0.target.resource.kind) \($0.target.key.name)" }
    }

    /// The record that the answer's first write puts on the Kafka.
    private func record(_ intents: [Intent]) throws -> String {
        try #require(intents.first?.body?.at("metadata", "annotations", "dbaas.io/operation")?.string)
    }

    @Test("A restart notes the pods, marks each by its uid, and makes Strimzi look at once")
    func restart() throws {
        let intents = try KafkaOperation("type: Restart").intents()
        #expect(intents.count == 8)
        #expect(targets(intents).first == "Kafka demo" && targets(intents).last == "Kafka demo")
        let mark = try #require(intents[1].body?["metadata"])
        #expect(mark.at("annotations", "strimzi.io/manual-rolling-update") == "true")
        #expect(mark["uid"]?.string?.hasPrefix("pod-") == true)
        #expect(intents.last?.body?.at("metadata", "annotations", "dbaas.io/touched") == "abc-1")
    }

    @Test("A restart is proved by other pods, and carried out again spares those")
    func restarted() throws {
        var operation = KafkaOperation("type: Restart")
        operation.running.annotations["dbaas.io/operation"] = try record(try operation.intents())
        operation = operation.executed(60)
        #expect(try operation.missing()?.contains("to be restarted") == true)
        operation.running.podUIDs = [0: "n0", 1: "n1", 2: "n2", 3: "n3", 4: "n4"]
        #expect(try operation.missing()?.contains("-5 to be restarted") == true)
        #expect(targets(try operation.intents()) == ["Pod demo-\(RunningKafka.brokers)-5", "Kafka demo"])
        operation.running.podUIDs[5] = "n5"
        operation.running.down = [5: 5]
        #expect(try operation.missing()?.contains("-5 to be ready") == true)
        operation.running.down = [:]
        #expect(try operation.evidence()?.count == 6)
    }

    @Test("One node alone can be restarted")
    func restartInstance() throws {
        let member = "demo-\(RunningKafka.controllers)-1"
        var operation = KafkaOperation(
            "type: Custom, custom: {operation: restart-instance, parameters: {instance: \(member)}}"
        )
        let intents = try operation.intents()
        #expect(targets(intents) == ["Kafka demo", "Pod \(member)", "Kafka demo"])
        operation.running.annotations["dbaas.io/operation"] = try record(intents)
        operation = operation.executed(60)
        #expect(try operation.missing() != nil)
        operation.running.podUIDs = [1: "new"]
        #expect(try operation.evidence() == ["\(member) runs in another pod and is ready"])
        let unknown = KafkaOperation("type: Custom, custom: {operation: restart-instance, parameters: {instance: x}}")
        #expect(try unknown.refusal() == "UnknownMember")
    }

    // MARK: - Rebuild

    private let member = "demo-\(RunningKafka.brokers)-4"
    private var rebuild: KafkaOperation {
        var operation = KafkaOperation("type: RebuildInstance, rebuildInstance: {instance: \(member)}")
        operation.requestAnnotations = "dbaas.io/accept-data-loss"
        return operation
    }

    @Test("A node is made anew only where the others are well and a person answers for lone replicas")
    func rebuildRefusals() throws {
        var operation = rebuild
        operation.requestAnnotations = ""
        #expect(try operation.refusal() == "ConfirmationNeeded")
        operation = rebuild
        operation.running.down = [5: 5]
        #expect(try operation.refusal() == "MemberNotReady")
        operation.running.down = [4: 5]
        #expect(try operation.refusal() == nil)
        operation.running.conditions = RunningKafka.notReady("RuntimeException", "x")
        #expect(try operation.refusal() == "ClusterNotReady")
        operation.running = RunningKafka(ids: [4])
        #expect(try operation.refusal() == "SingleMember")
        operation = rebuild
        operation.request = "type: RebuildInstance, rebuildInstance: {instance: nobody}"
        #expect(try operation.refusal() == "UnknownMember")
    }

    @Test("A new node is proved by another volume and another pod")
    func rebuilt() throws {
        var operation = rebuild
        let intents = try operation.intents()
        #expect(targets(intents) == ["Kafka demo", "Pod \(member)", "Kafka demo"])
        #expect(intents[1].body?.at("metadata", "annotations", "strimzi.io/delete-pod-and-pvc") == "true")
        operation.running.annotations["dbaas.io/operation"] = try record(intents)
        operation = operation.executed(60)
        #expect(try operation.missing()?.contains("old volume") == true)
        operation.running.podUIDs = [4: "new"]
        // Asked again after a stop in between, the new node is not thrown away too.
        #expect(try operation.intents().isEmpty)
        #expect(try operation.missing()?.contains("old volume") == true)
        operation.running.claimUIDs = [4: "new"]
        #expect(try operation.evidence()?.count == 2)
        operation.running.annotations["dbaas.io/operation"] = nil
        #expect(try operation.failure()?.reason == "RecordLost")
    }

    @Test("Marks of a request that is over are taken off, so that Strimzi does not act on them days later")
    func leftMarks() throws {
        let cluster = try Manifests.cluster("", engine: "kafka")
        for (operation, mark) in [
            (rebuild, "strimzi.io/delete-pod-and-pvc"),
            (KafkaOperation("type: Restart"), "strimzi.io/manual-rolling-update"),
        ] {
            let intents = try operation.intents()
            let written = try #require(intents.first { $0.target.key.name == member }?.body?["metadata"])
            let marks = try #require(written["annotations"]?.object)
            #expect(marks[mark] == "true")
            var running = RunningKafka()
            running.podAnnotations[4] = marks.map { "\($0.name): \"\($0.value.string ?? "")\"" }.joined(separator: ", ")
            // The same mark, put there by a person.
            running.podAnnotations[5] = "\(mark): \"true\""
            let view = RunningKafka.provider.view(of: cluster, try running.observed())
            #expect(view.retirements(underWay: ["abc"]) == [], "they are still needed")
            let gone = view.retirements(underWay: ["other"])
            #expect(targets(gone) == ["Pod \(member)"])
            let patch = try #require(gone.first?.body?["metadata"])
            #expect(patch["uid"] == "pod-4", "another pod of that name is left alone")
            let removed = try #require(patch["annotations"]?.object)
            #expect(Set(removed.names) == Set(marks.names) && removed.allSatisfy { $0.value == .null })
        }
    }

    // MARK: - Rebalance

    private func rebalance(_ parameters: String = "") -> KafkaOperation {
        KafkaOperation("type: Custom, custom: {operation: rebalance, parameters: {\(parameters)}}")
    }

    @Test("A rebalance is created once, approved beforehand, with what it was given")
    func rebalancing() throws {
        let parameters = "mode: add-brokers, brokers: \"4, 5\", replicationThrottle: \"1000\", goals: \"A,B\""
        let intents = try rebalance(parameters).intents()
        guard case .create(let object) = try #require(intents.first) else { throw CancellationError() }
        #expect(object.key.name == "op")
        #expect(object.content.at("metadata", "labels", "strimzi.io/cluster") == "demo")
        #expect(object.content.at("metadata", "annotations", "strimzi.io/rebalance-auto-approval") == "true")
        #expect(
            object.content["spec"]
                == ["brokers": [4, 5], "goals": ["A", "B"], "mode": "add-brokers", "replicationThrottle": 1000]
        )
        if let checker = try SchemaChecker(object.resource) { #expect(checker.problems(object.content) == []) }
        var again = rebalance(parameters)
        again.attempt = 2
        #expect(targets(try again.intents()) == ["KafkaRebalance op-2"])
    }

    @Test(
        "Parameters of a rebalance that cannot be are refused",
        arguments: [
            ("mode: sideways", "InvalidParameter"), ("mode: add-brokers", "InvalidParameter"),
            ("mode: add-brokers, brokers: \"9\"", "InvalidParameter"), ("brokers: \"4\"", "InvalidParameter"),
            ("mode: add-brokers, brokers: \"4,x\"", "InvalidParameter"),
            ("replicationThrottle: fast", "InvalidParameter"), ("speed: high", "UnknownParameter"),
            ("mode: remove-brokers, brokers: \"5\"", "TooFewBrokers"),
        ]
    )
    func rebalanceRefusals(_ parameters: String, _ reason: String) throws {
        #expect(try rebalance(parameters).refusal() == reason)
    }

    @Test("Only one rebalance at a time, and none without Cruise Control")
    func oneRebalance() throws {
        var operation = rebalance()
        operation.more = [RunningKafka.rebalance("other", state: "Rebalancing", request: "def")]
        #expect(try operation.notYet() == "RebalanceRunning")
        operation = rebalance()
        operation.running.cruiseControl = "null"
        #expect(try operation.refusal() == "CruiseControlMissing")
    }

    @Test(
        "A proposal is waited for when it is approved, not while it waits for somebody itself",
        arguments: [
            ("{}", nil), ("{strimzi.io/rebalance-auto-approval: \"false\"}", nil),
            ("{strimzi.io/rebalance: stop}", nil),
            ("{strimzi.io/rebalance: approve}", "RebalanceRunning"),
            ("{strimzi.io/rebalance-auto-approval: \"true\"}", "RebalanceRunning"),
        ]
    )
    func proposals(_ annotations: String, _ reason: String?) throws {
        let other = RunningKafka.rebalance(
            "other",
            state: "ProposalReady",
            request: "def",
            more: "annotations: \(annotations)"
        )
        for request in ["type: Restart", "type: Custom, custom: {operation: rebalance}"] {
            var operation = KafkaOperation(request)
            operation.more = [other]
            #expect(try operation.notYet() == reason)
            #expect(try operation.intents().isEmpty == (reason != nil))
        }
    }

    @Test("The state of the KafkaRebalance is the operation's")
    func rebalanceStates() throws {
        func state(_ name: String) -> KafkaOperation {
            var operation = rebalance().executed(60)
            operation.more = [RunningKafka.rebalance("op", state: name)]
            return operation
        }
        #expect(try state("PendingProposal").missing()?.contains("minutes of metrics") == true)
        #expect(try state("ProposalReady").missing() != nil)
        let key = ObjectKey(namespace: "default", name: "op")
        #expect(try state("Rebalancing").report() == .need([.object(.configMap, key)]))
        var moving = state("Rebalancing")
        moving.answers[.object(.configMap, key)] = .object(["data": ["completedByteMovementPercentage": "50"]])
        #expect(try moving.report() == .running(percent: 60, waitingFor: "Cruise Control to move the partitions"))
        #expect(
            try state("Ready").evidence() == [
                "KafkaRebalance op is Ready", "dataToMoveMB = 120", "numReplicaMovements = 7",
            ]
        )
        #expect(try state("NotReady").failure()?.message.contains("words of Strimzi") == true)
        #expect(try state("Stopped").failure()?.reason == "RebalanceStopped")
        var hidden = state("NotReady")
        hidden.running.conditions = RunningKafka.notReady("RuntimeException", "x")
        #expect(try hidden.missing() != nil)
        #expect(try rebalance().executed(60).failure()?.reason == "RebalanceGone")
    }

    @Test("Finished rebalances of ours go, but for the newest and those that are still needed")
    func retirements() throws {
        let cluster = try Manifests.cluster("operations: {historyLimit: 1}", engine: "kafka")
        let observed = try RunningKafka().observed([
            RunningKafka.rebalance("a", state: "Ready"), RunningKafka.rebalance("b", state: "NotReady"),
            RunningKafka.rebalance("c", state: "Rebalancing"),
            RunningKafka.rebalance("d", state: "Ready", request: "running"),
        ])
        let gone = RunningKafka.provider.view(of: cluster, observed).retirements(underWay: ["running"])
        #expect(targets(gone) == ["KafkaRebalance a"])
    }

    // MARK: - Pause and resume

    @Test("Pausing is proved by Strimzi's own condition, and resuming by its end")
    func pauseAndResume() throws {
        var pause = KafkaOperation("type: Custom, custom: {operation: pause}")
        #expect(
            try pause.intents().first?.body?.at("metadata", "annotations", "strimzi.io/pause-reconciliation") == "true"
        )
        pause.running.annotations["strimzi.io/pause-reconciliation"] = "true"
        #expect(try pause.executed(5).missing() != nil)
        pause.running.conditions = "[{type: ReconciliationPaused, status: \"True\"}]"
        #expect(try pause.executed(5).evidence() != nil)
        #expect(try pause.isAlreadySo())
        var resume = KafkaOperation("type: Custom, custom: {operation: resume}", pause.running)
        #expect(
            try resume.intents().first?.body?.at("metadata", "annotations", "strimzi.io/pause-reconciliation") == .null
        )
        resume.running.annotations = [:]
        #expect(try resume.executed(5).missing() != nil)
        resume.running.conditions = RunningKafka().conditions
        #expect(try resume.executed(5).evidence() != nil)
    }

    @Test("An operation that is not there is refused with those that are")
    func unknown() throws {
        guard case .refused(let refusal) = try KafkaOperation("type: Custom, custom: {operation: fly}").answer() else {
            throw CancellationError()
        }
        #expect(refusal.message.contains("pause, rebalance, restart-instance, resume"))
    }
}
