import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("Operations on Kafka that change the spec, and what proves them")
struct StrimziOperationsTests {
    @Test(
        "What Strimzi cannot do is refused at once, in every phase, saying why",
        arguments: [
            "type: Start", "type: Stop", "type: Backup", "type: Restore, restore: {backup: x, into: other}",
            "type: Switchover",
        ]
    )
    func unsupported(_ request: String) throws {
        let operation = KafkaOperation(request)
        #expect(try operation.refusal() == "Unsupported")
        let type = try operation.context().request.spec.type
        #expect(RunningKafka.provider.operations.allowedPhases(of: type).contains(.initializing))
    }

    @Test("While Strimzi is paused every change is refused, since it would never be carried out")
    func paused() throws {
        let running = RunningKafka(annotations: ["strimzi.io/pause-reconciliation": "true"])
        for request in [
            "type: Restart", "type: HorizontalScaling, horizontalScaling: {replicas: 4}",
            "type: VerticalScaling, verticalScaling: {size: db.t3.large}",
            "type: VolumeExpansion, volumeExpansion: {storage: 20Gi}", "type: Upgrade, upgrade: {version: 4.3.1}",
        ] {
            #expect(try KafkaOperation(request, running).refusal() == "ReconciliationPaused", "\(request)")
        }
    }

    @Test("While partitions move, what restarts nodes or moves more waits")
    func busy() throws {
        for request in ["type: Restart", "type: HorizontalScaling, horizontalScaling: {replicas: 4}"] {
            var operation = KafkaOperation(request)
            operation.more = [RunningKafka.rebalance("other", state: "Rebalancing", request: "def")]
            #expect(try operation.notYet() == "RebalanceRunning")
            operation.more = [RunningKafka.rebalance("other", state: "Ready", request: "def")]
            #expect(try operation.notYet() == nil)
        }
    }

    // MARK: - Horizontal scaling

    private let out = "type: HorizontalScaling, horizontalScaling: {replicas: 4}"

    @Test("Scaling out writes clusterSize, and is done when the brokers are ready and were given partitions")
    func scaleOut() throws {
        #expect(try KafkaOperation(out).patch() == ["clusterSize": 4])
        var operation = KafkaOperation(out, RunningKafka(ids: [3, 4, 5, 6])).executed(60, previous: "{clusterSize: 3}")
        operation.spec += ", clusterSize: 4"
        // Idle is the state of before: the round that begins the rebalance has not ended.
        #expect(try operation.missing()?.contains("Cruise Control") == true)
        operation.running.autoRebalance = "{state: RebalanceOnScaleUp, lastTransitionTime: \"\(RunningKafka.ago(30))\"}"
        #expect(try operation.missing()?.contains("RebalanceOnScaleUp") == true)
        operation.running.autoRebalance = "{state: Idle, lastTransitionTime: \"\(RunningKafka.ago(5))\"}"
        let evidence = try #require(try operation.evidence())
        #expect(evidence.contains("4 of 4 brokers are ready"))
        #expect(evidence.contains { $0.contains("3, 4, 5, 6") })
        operation.running.down = [6: 10]
        #expect(try operation.missing()?.contains("-6 to be ready") == true)
    }

    @Test("New brokers that Strimzi has forgotten to fill, as a round had failed, are filled by the operation itself")
    func forgotten() throws {
        var operation = KafkaOperation(out, RunningKafka(ids: [3, 4, 5, 6])).executed(60, previous: "{clusterSize: 3}")
        operation.spec += ", clusterSize: 4"
        operation.running.age = [6: 50]
        // The Kafka became Ready again after the broker: a round has ended, and the state is still that of before.
        operation.running.conditions =
            "[{type: Ready, status: \"True\", lastTransitionTime: \"\(RunningKafka.ago(10))\"}]"
        guard case .further(let intents, _) = try operation.report(),
            case .create(let object) = try #require(intents.first)
        else { throw CancellationError() }
        #expect(object.key.name == "op")
        #expect(object.content["spec"] == ["brokers": [6], "mode": "add-brokers"])
        operation.more = [RunningKafka.rebalance("op", state: "Rebalancing")]
        #expect(try operation.missing()?.contains("KafkaRebalance op, which is Rebalancing") == true)
        operation.more = [RunningKafka.rebalance("op", state: "Ready")]
        #expect(try operation.evidence()?.last == "KafkaRebalance op is Ready")
        operation.more = [RunningKafka.rebalance("op", state: "NotReady")]
        guard case .succeeded(_, let message) = try operation.report() else { throw CancellationError() }
        #expect(message.contains("words of Strimzi"))
    }

    @Test("The number in the pool alone proves nothing")
    func scaleOutNotBegun() throws {
        var operation = KafkaOperation(out, RunningKafka(replicas: 4)).executed(60, previous: "{clusterSize: 3}")
        operation.spec += ", clusterSize: 4"
        #expect(try operation.missing()?.contains("4 nodes in KafkaNodePool") == true)
    }

    @Test("Scaling in ends when the emptied brokers are gone, not while they are held")
    func scaleIn() throws {
        let request = "type: HorizontalScaling, horizontalScaling: {replicas: 3}"
        var running = RunningKafka(ids: [3, 4, 5, 6], replicas: 3)
        running.conditions = RunningKafka.readyWith("ScaleDownPreventionCheck", "broker 6 holds partitions")
        var operation = KafkaOperation(request, running).executed(600, previous: "{clusterSize: 4}")
        #expect(try operation.missing()?.contains("broker 6 holds partitions") == true)
        operation.running = RunningKafka()
        #expect(try operation.evidence()?.first == "3 of 3 brokers are ready")
        // Without Cruise Control nothing would ever empty the broker.
        running.cruiseControl = "null"
        running.foundation = #"{"combined":false,"controllers":3,"cruiseControl":false,"replicationFactor":3}"#
        let held = KafkaOperation(request, running).executed(600, previous: "{clusterSize: 4}")
        let failure = try #require(try held.failure())
        #expect(failure.reason == "ScaleDownPrevented")
        #expect(failure.message.contains("back to 4"))
    }

    @Test(
        "Numbers of brokers that cannot be are refused",
        arguments: [
            ("{replicas: 2}", "TooFewBrokers"), ("{replicas: 4, shards: 2}", "ShardsUnsupported"),
            ("{shards: 2}", "ShardsUnsupported"),
        ]
    )
    func refusedNumbers(_ block: String, _ reason: String) throws {
        #expect(try KafkaOperation("type: HorizontalScaling, horizontalScaling: \(block)").refusal() == reason)
    }

    @Test("A single node stays alone, Cruise Control needs two brokers, and without it none is taken away")
    func refusedLayouts() throws {
        var single = RunningKafka(ids: [0], isCombined: true)
        single.foundation = #"{"combined":true,"controllers":1,"cruiseControl":false,"replicationFactor":1}"#
        var operation = KafkaOperation(out, single)
        operation.spec += ", clusterSize: 1"
        #expect(try operation.refusal() == "SingleNodeCluster")
        var pair = RunningKafka(ids: [3, 4])
        pair.foundation = #"{"combined":false,"controllers":3,"cruiseControl":true,"replicationFactor":1}"#
        operation = KafkaOperation("type: HorizontalScaling, horizontalScaling: {replicas: 1}", pair)
        operation.spec += ", clusterSize: 2"
        #expect(try operation.refusal() == "CruiseControlNeedsBrokers")
        pair.foundation = #"{"combined":false,"controllers":3,"cruiseControl":false,"replicationFactor":1}"#
        operation.running = pair
        #expect(try operation.refusal() == "CruiseControlMissing")
    }

    // MARK: - Vertical scaling

    private let larger = "type: VerticalScaling, verticalScaling: {size: db.t3.xlarge}"

    @Test("Vertical scaling is proved by the container of every broker")
    func vertical() throws {
        #expect(try KafkaOperation(larger).patch() == ["size": "db.t3.xlarge"])
        let medium = "type: VerticalScaling, verticalScaling: {size: db.t3.medium}"
        #expect(try KafkaOperation(medium).patch() != nil)
        var operation = KafkaOperation(medium, RunningKafka(podMemory: "1Gi")).executed(60)
        #expect(try operation.missing()?.contains("to get its resources") == true)
        operation.running.podMemory = nil
        operation.running.currentPods = 2
        #expect(try operation.missing()?.contains("2 are current") == true)
        operation.running.currentPods = nil
        #expect(try operation.evidence()?.count == 3)
        operation.running.memory = "1Gi"
        #expect(try operation.missing()?.contains("to be told") == true)
    }

    @Test("A roll that stops at its first node fails, in Strimzi's words, but not for what it said before")
    func stoppedRoll() throws {
        var running = RunningKafka()
        running.conditions = RunningKafka.notReady("FatalProblem", "Pod is unschedulable", secondsAgo: 10)
        running.podMemory = "1Gi"
        let medium = "type: VerticalScaling, verticalScaling: {size: db.t3.medium}"
        let failure = try #require(try KafkaOperation(medium, running).executed(60).failure())
        #expect(failure.reason == "ChildFailed")
        #expect(failure.message.contains("Pod is unschedulable"))
        running.conditions = RunningKafka.notReady("FatalProblem", "Pod is unschedulable", secondsAgo: 600)
        #expect(try KafkaOperation(medium, running).executed(60).missing() != nil)
        running.conditions = RunningKafka.notReady("StrimziTimeoutException", "slow", secondsAgo: 10)
        #expect(try KafkaOperation(medium, running).executed(60).missing() != nil)
    }

    @Test("A broker that crashes with its new resources fails the operation with the pod's words")
    func crash() throws {
        var running = RunningKafka()
        running.down = [4: 20]
        running.age = [4: 30]
        running.containers = [
            4: "{name: kafka, state: {waiting: {reason: CrashLoopBackOff}}, "
                + "lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}"
        ]
        let medium = "type: VerticalScaling, verticalScaling: {size: db.t3.medium}"
        let failure = try #require(try KafkaOperation(medium, running).executed(60).failure())
        #expect(failure.reason == "MemberCannotStart")
        #expect(failure.message.contains("OOMKilled"))
    }

    @Test("Unknown classes and components are refused")
    func refusedResources() throws {
        #expect(try KafkaOperation("type: VerticalScaling, verticalScaling: {size: x}").refusal() == "UnknownSize")
        let controllers = "type: VerticalScaling, verticalScaling: {size: db.t3.large, component: controller}"
        #expect(try KafkaOperation(controllers).refusal() == "UnknownComponent")
    }

    @Test("Scaling does both in one write and needs the evidence of both")
    func scaling() throws {
        let request = "type: Scaling, horizontalScaling: {replicas: 4}, verticalScaling: {size: db.t3.medium}"
        #expect(try KafkaOperation(request).patch() == ["clusterSize": 4, "size": "db.t3.medium"])
        var operation = KafkaOperation(request, RunningKafka(ids: [3, 4, 5, 6], podMemory: "1Gi"))
            .executed(60, previous: "{clusterSize: 3}")
        operation.spec += ", clusterSize: 4, size: db.t3.medium"
        operation.running.autoRebalance = "{state: Idle, lastTransitionTime: \"\(RunningKafka.ago(5))\"}"
        #expect(try operation.missing()?.contains("resources") == true)
        operation.running.podMemory = nil
        #expect(try operation.evidence()?.contains("4 of 4 brokers are ready") == true)
    }

    // MARK: - Volumes

    private let expand = "type: VolumeExpansion, volumeExpansion: {storage: 20Gi}"

    @Test("Volumes grow only with a class that allows it, which is read first")
    func expansion() throws {
        var operation = KafkaOperation(expand)
        let need = Need.object(.storageClass, ObjectKey(name: "standard"))
        #expect(try operation.answer() == .need([need]))
        operation.answers[need] = .object(["allowVolumeExpansion": false])
        #expect(try operation.refusal() == "StorageClassCannotExpand")
        operation.answers[need] = .object(["allowVolumeExpansion": true])
        #expect(try operation.patch() == ["storage": "20Gi"])
        operation.running.claimConditions = "[{type: Resizing, status: \"True\"}]"
        #expect(try operation.notYet() == "ResizeRunning")
        #expect(
            try KafkaOperation("type: VolumeExpansion, volumeExpansion: {storage: 5Gi}").refusal()
                == "StorageCannotShrink"
        )
    }

    @Test("Volumes are large when their capacity says so and nothing is pending")
    func expanded() throws {
        var operation = KafkaOperation(expand, RunningKafka(size: "20Gi")).executed(60)
        operation.spec = "storageClassName: standard"
        #expect(try operation.missing()?.contains("to grow to 20Gi; it has 10Gi") == true)
        operation.running.capacity = "20Gi"
        operation.running.claimConditions = "[{type: FileSystemResizePending, status: \"True\"}]"
        #expect(try operation.missing()?.contains("restarts its node") == true)
        operation.running.claimConditions = "[]"
        #expect(try operation.evidence()?.count == 3)
        #expect(try operation.irreversible()?.reason == "StorageCannotShrink")
    }

    @Test("A volume that a broker which is gone left behind is not waited for")
    func leftBehind() throws {
        var operation = KafkaOperation(expand, RunningKafka(size: "20Gi", capacity: "20Gi")).executed(60)
        operation.more = [
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data-0-demo-\(RunningKafka.brokers)-9, namespace: default, labels: {dbaas.io/cluster: demo}}
            spec: {storageClassName: standard}
            status: {phase: Bound, capacity: {storage: 1Gi}}
            """
        ]
        #expect(try operation.evidence()?.count == 3)
    }

    @Test("A warning while volumes do not grow ends the operation")
    func refusedExpansion() throws {
        var running = RunningKafka(size: "20Gi")
        running.conditions = RunningKafka.readyWith("PvcResizingWarning", "class does not allow it")
        let failure = try #require(try KafkaOperation(expand, running).executed(60).failure())
        #expect(failure.reason == "ExpansionRefused")
        #expect(failure.message.contains("class does not allow it"))
    }

    // MARK: - Parameters

    private let set = "type: Reconfiguring, reconfiguring: {config: [{name: log.retention.ms, value: \"9\"}]}"

    @Test("Parameters are in force when Strimzi has finished the generation that has them")
    func reconfiguring() throws {
        #expect(try KafkaOperation(set).patch() == ["config": [["name": "log.retention.ms", "value": "9"]]])
        var operation = KafkaOperation(set).executed(60)
        operation.spec += ", config: [{name: log.retention.ms, value: \"9\"}]"
        #expect(try operation.missing()?.contains("to be told of log.retention.ms") == true)
        operation.running.config["log.retention.ms"] = "9"
        operation.running.generation = 5
        #expect(try operation.missing()?.contains("finish its work") == true)
        operation.running.observedGeneration = 5
        #expect(try operation.evidence()?.first == "the Kafka has log.retention.ms = 9")
        operation.running.conditions = RunningKafka.notReady("InvalidResourceException", "not a number")
        #expect(try operation.failure()?.reason == "ChildFailed")
    }

    @Test("A removed parameter goes back to what the cluster began with, or to Kafka's default")
    func removed() throws {
        let request = "type: Reconfiguring, reconfiguring: {remove: [min.insync.replicas, log.retention.ms]}"
        var operation = KafkaOperation(request).executed(60)
        operation.running.config["log.retention.ms"] = "9"
        #expect(try operation.missing()?.contains("log.retention.ms is removed") == true)
        operation.running.config["log.retention.ms"] = nil
        #expect(try operation.evidence() != nil)
        operation.running.config["min.insync.replicas"] = "1"
        #expect(try operation.missing()?.contains("min.insync.replicas is removed") == true)
    }

    @Test(
        "Parameters that cannot be are refused",
        arguments: [
            ("{config: [{name: node.id, value: \"9\"}]}", "ForbiddenParameter"),
            ("{config: [{name: min.insync.replicas, value: \"9\"}]}", "TooFewReplicas"),
            ("{config: [{name: a, value: \"9\"}], remove: [a]}", "InvalidParameter"),
        ]
    )
    func refusedParameters(_ block: String, _ reason: String) throws {
        #expect(try KafkaOperation("type: Reconfiguring, reconfiguring: \(block)").refusal() == reason)
    }

    // MARK: - Upgrade

    private let upgrade = "type: Upgrade, upgrade: {version: 4.3.1}"

    @Test("An upgrade is done when every node, the Kafka and its metadata have the version")
    func upgrading() throws {
        #expect(try KafkaOperation(upgrade).patch() == ["version": "4.3.1"])
        var operation = KafkaOperation(upgrade, RunningKafka(version: "4.3.1", podVersion: "4.2.1")).executed(60)
        operation.spec += ", version: 4.3.1"
        operation.running.kafkaVersion = "4.2.1"
        #expect(try operation.missing()?.contains("to run Kafka 4.3.1") == true)
        operation.running.podVersion = nil
        #expect(try operation.missing()?.contains("status.kafkaVersion") == true)
        operation.running.kafkaVersion = nil
        #expect(try operation.missing()?.contains("it is 4.2-IV1") == true)
        operation.running.metadataVersion = "4.3-IV0"
        #expect(try operation.evidence()?.count == 7)
        operation.running.conditions = RunningKafka.readyWith("MetadataUpdateFailed", "a broker says no")
        #expect(try operation.missing()?.contains("a broker says no") == true)
    }

    @Test("With a pinned metadata version the upgrade is done without it moving")
    func pinned() throws {
        var operation = KafkaOperation(upgrade, RunningKafka(version: "4.3.1")).executed(60)
        operation.spec += ", version: 4.3.1, providerOptions: {metadataVersion: \"4.2\"}"
        operation.running.conditions = RunningKafka.readyWith("KafkaMetadataVersion", "older than the version")
        #expect(try operation.evidence() != nil)
    }

    @Test("A version that is not there is refused with those that are, and one that cannot read the metadata too")
    func refusedVersions() throws {
        #expect(try KafkaOperation("type: Upgrade, upgrade: {version: 3.9.0}").refusal() == "UnknownVersion")
        let back = KafkaOperation(
            "type: Upgrade, upgrade: {version: 4.2.1}",
            RunningKafka(version: "4.3.1", metadataVersion: "4.3-IV0")
        )
        #expect(try back.refusal() == "DowngradeRefused")
    }

    @Test("There is a way back until the metadata has followed")
    func wayBack() throws {
        var operation = KafkaOperation(upgrade, RunningKafka(version: "4.3.1")).executed(
            60,
            previous: "{version: 4.2.1}"
        )
        #expect(try operation.irreversible() == nil)
        operation.running.metadataVersion = "4.3-IV0"
        #expect(try operation.irreversible()?.reason == "DowngradeRefused")
    }

    @Test("What is so already is told as that, and proved")
    func alreadySo() throws {
        var operation = KafkaOperation("type: HorizontalScaling, horizontalScaling: {replicas: 3}")
        #expect(try operation.isAlreadySo())
        operation = KafkaOperation("type: Upgrade, upgrade: {version: 4.2.1}")
        #expect(try operation.isAlreadySo())
        operation = KafkaOperation("type: VolumeExpansion, volumeExpansion: {storage: 10Gi}")
        #expect(try operation.isAlreadySo())
        operation.running.capacity = "5Gi"
        #expect(try !operation.isAlreadySo())
    }
}
