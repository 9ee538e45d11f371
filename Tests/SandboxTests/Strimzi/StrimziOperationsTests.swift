import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Strimzi stand-in: changes of a running cluster")
struct StrimziOperationsTests {
    private func setConfig(_ world: FakeWorld, _ name: String, _ value: JSONValue) throws {
        try world.patch(["spec": ["kafka": ["config": [name: value]]]])
    }

    private func setResources(_ world: FakeWorld, _ memory: String) throws {
        let amounts: JSONValue = ["requests": ["memory": .string(memory)], "limits": ["memory": .string(memory)]]
        try world.change(.kafkaNodePool, "b", ["spec": ["resources": amounts]])
    }

    private func setVolume(_ world: FakeWorld, _ volume: JSONValue) throws {
        let base: JSONValue = ["id": 0, "type": "persistent-claim", "size": "10Gi", "class": "fast"]
        let volumes: JSONValue = [JSONMergePatch.apply(volume, to: base)]
        try world.change(.kafkaNodePool, "b", ["spec": ["storage": ["volumes": volumes]]])
    }

    @Test(
        "New resources roll one broker after the other, while Ready stays and the pool says at once that it has seen them"
    )
    func resources() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let before = world.podUIDs
        try setResources(world, "4Gi")
        try await world.reach { $0.get(.kafkaNodePool, "b")?.at("status", "observedGeneration") == 2 }
        #expect(world.podUIDs == before)
        var leastReady = 6
        try await world.reach { world in
            leastReady = min(leastReady, world.pods.count(where: \.isPodReady))
            return world.pods.allSatisfy { pod in
                let memory = pod.at("spec", "containers")?[0]?.at("resources", "limits", "memory")
                return pod.label("strimzi.io/pool-name") == "c" || (memory == "4Gi" && pod.isPodReady)
            }
        }
        #expect(leastReady == 5)
        _ = await world.run(seconds: 30)
        #expect(world.count(.restarts) == 1 && world.isKafkaReady)
        #expect(before.filter { world.podUIDs[$0.key] == $0.value }.keys.sorted() == ["k-c-3", "k-c-4", "k-c-5"])
        let reasons = world.api.list(.event, namespace: nil, labels: [:]).compactMap { $0["reason"]?.string }
        #expect(reasons == Array(repeating: "PodHasOldResourceRevision", count: 3))
    }

    @Test("A broker that finds no node stops the roll after the first and is told as fatal; the old resources heal it")
    func unschedulable() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try setResources(world, "600Gi")
        try await world.reach { $0.notReady?["reason"] == "FatalProblem" }
        #expect(world.pods.count(where: { !$0.isPodReady }) == 1)
        #expect(world.status.at("autoRebalance", "state") == "Idle", "a failure shows what only a success takes back")
        _ = await world.run(seconds: 60)
        #expect(world.notReady?["message"] == "Pod is unschedulable or is not starting")
        try setResources(world, "2Gi")
        try await world.reach { $0.isKafkaReady && $0.pods.allSatisfy(\.isPodReady) }
        _ = await world.run(seconds: 30)
        #expect(world.isKafkaReady && world.status["autoRebalance"] == nil)
    }

    @Test("Resources change in place when the Kafka asks for it")
    func resourcesInPlace() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.annotate("strimzi.io/in-place-resizing", "true")
        _ = await world.run(seconds: 20)
        let before = world.podUIDs
        try setResources(world, "4Gi")
        try await world.reach { world in
            world.get(.pod, "k-b-0")?.at("spec", "containers")?[0]?.at("resources", "limits", "memory") == "4Gi"
        }
        _ = await world.run(seconds: 30)
        #expect(world.podUIDs == before && world.count(.restarts) == 0)
    }

    // MARK: Volumes

    @Test("Volumes grow without a restart, a status or a phase of their own")
    func growth() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let before = world.podUIDs
        try setVolume(world, ["size": "20Gi"])
        try await world.reach { world in
            world.claims.count { $0.at("status", "capacity", "storage") == "20Gi" } == 3
        }
        _ = await world.run(seconds: 30)
        #expect(world.podUIDs == before && world.count(.resizes) == 1 && world.kafkaWarnings.isEmpty)
    }

    @Test("A file system that grows offline restarts its pod at a later look")
    func offlineGrowth() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let before = world.podUIDs
        try world.annotate("sandbox.dbaas.io/fail", "offline-resize")
        try setVolume(world, ["size": "20Gi"])
        try await world.reach { world in
            world.claims.contains { $0.conditionStatus("FileSystemResizePending") == "True" }
        }
        try await world.reach { world in
            world.claims.count { $0.at("status", "capacity", "storage") == "20Gi" } == 3
        }
        _ = await world.run(seconds: 60)
        #expect(world.podUIDs.count { before[$0.key] != $0.value } == 3)
        #expect(world.isKafkaReady)
    }

    @Test("A class that cannot expand is a warning, and the way back a refused shrink; Ready all the time")
    func fixedClass() async throws {
        var world = try FakeWorld.strimzi()
        let volume: JSONValue = ["id": 0, "type": "persistent-claim", "size": "10Gi", "class": "fixed"]
        try world.createPool("n", 3, ["controller", "broker"], ["storage": ["volumes": [volume]]])
        try world.createKafka()
        try await world.reach { $0.isKafkaReady }
        _ = await world.run(seconds: 30)
        func resize(_ size: JSONValue) throws {
            let volume: JSONValue = ["id": 0, "type": "persistent-claim", "size": size, "class": "fixed"]
            try world.change(.kafkaNodePool, "n", ["spec": ["storage": ["volumes": [volume]]]])
        }
        try resize("20Gi")
        try await world.reach { Set($0.kafkaWarnings) == ["PvcResizingWarning"] }
        #expect(world.isKafkaReady && world.count(.resizes) == 0)
        try resize("10Gi")
        try await world.reach { $0.kafkaWarnings.contains("KafkaStorage") }
        #expect(world.get(.kafkaNodePool, "n")?.condition("Warning")?["reason"] == "KafkaStorage")
    }

    @Test(
        "A shrink, another type or another class is ignored with everything beside it",
        arguments: [["size": "5Gi"], ["class": "fixed"], ["type": "ephemeral"]] as [JSONValue]
    )
    func refusedStorage(_ volume: JSONValue) async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try setVolume(world, volume)
        try await world.reach { $0.kafkaWarnings == ["KafkaStorage"] }
        #expect(world.isKafkaReady && world.count(.restarts) == 0)
        #expect(world.claims.allSatisfy { $0.at("spec", "resources", "requests", "storage") == "10Gi" })
    }

    @Test("A size whose suffix the operator does not know fails it although Kubernetes takes it")
    func suffix() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try setVolume(world, ["size": "20000000k"])
        try await world.reach { $0.notReady?["reason"] == "IllegalArgumentException" }
        #expect(world.notReady?["message"] == "Invalid memory suffix: k")
    }

    @Test("Another disk is added by a roll, and taken away without any question")
    func disks() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let first: JSONValue = ["id": 0, "type": "persistent-claim", "size": "10Gi", "class": "fast"]
        let second: JSONValue = ["id": 1, "type": "persistent-claim", "size": "10Gi", "deleteClaim": true]
        try world.change(.kafkaNodePool, "b", ["spec": ["storage": ["volumes": [first, second]]]])
        try await world.reach { $0.count(.restarts) == 1 }
        _ = await world.run(seconds: 60)
        #expect(world.claims.count == 9 && world.get(.persistentVolumeClaim, "data-1-k-b-0") != nil)
        try world.change(.kafkaNodePool, "b", ["spec": ["storage": ["volumes": [first]]]])
        try await world.reach { $0.claims.count == 6 && $0.isKafkaReady }
    }

    // MARK: Configuration

    @Test("A dynamic option is taken by the running servers, a fixed one restarts every one of them, once each")
    func configuration() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let before = world.podUIDs
        try setConfig(world, "num.io.threads", 12)
        try await world.reach { $0.isKafkaReady }
        _ = await world.run(seconds: 30)
        #expect(world.podUIDs == before && world.count(.restarts) == 0)
        try setConfig(world, "num.partitions", 6)
        #expect(world.cluster.conditionStatus("Ready") == "True", "the status is still that of before")
        try await world.reach { $0.isKafkaReady }
        #expect(Set(world.podUIDs.values).isDisjoint(with: before.values))
        #expect(world.count(.restarts) == 1 && world.count(.reconfigurations) == 2)
    }

    @Test("An option that nobody knows restarts; a forbidden one is dropped without a word")
    func strangeOptions() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let before = world.podUIDs
        try setConfig(world, "ssl.keystore.location", "/tmp/x")
        try await world.reach { $0.isKafkaReady }
        _ = await world.run(seconds: 30)
        #expect(world.podUIDs == before && world.kafkaWarnings.isEmpty)
        #expect(world.get(.configMap, "k-b-0")?.at("data", "server.config")?.string?.contains("keystore") == false)
        try setConfig(world, "my.plugin.option", true)
        try await world.reach { $0.isKafkaReady && $0.count(.restarts) == 1 }
    }

    @Test(
        "A known option with a bad value is refused and nothing is applied",
        arguments: [
            ("num.io.threads", "many", "num.io.threads has value 'many' which is not a long"),
            ("compression.type", "best", "compression.type has value 'best' which is not one of the allowed values"),
        ]
    )
    func badOption(name: String, value: String, words: String) async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try setConfig(world, name, .string(value))
        try await world.reach { $0.notReady?["reason"] == "InvalidResourceException" }
        #expect(world.notReady?["message"]?.string?.contains(words) == true)
        #expect(world.status["observedGeneration"] == 2, "a refusal is observed as well")
        #expect(world.get(.configMap, "k-b-0")?.at("data", "server.config")?.string?.contains(value) == false)
        try setConfig(world, name, .null)
        try await world.reach { $0.isKafkaReady }
        #expect(world.count(.restarts) == 0)
    }

    @Test("Options that no server starts with leave one pod crashing, and taking them back heals it")
    func crashingOption() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try setConfig(world, "replica.fetch.wait.max.ms", 60_000)
        try await world.reach { $0.notReady?["reason"] == "FatalProblem" }
        #expect(world.pods.count(where: \.isCrashing) == 1)
        try setConfig(world, "replica.fetch.wait.max.ms", .null)
        try await world.reach { $0.isKafkaReady && $0.pods.allSatisfy(\.isPodReady) }
    }

    // MARK: Restarts

    @Test("Annotated pods are restarted, controllers first, and only once something else makes the operator look")
    func restart() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let before = world.podUIDs
        for pod in ["k-b-1", "k-c-3"] { try world.annotate(.pod, pod, "strimzi.io/manual-rolling-update", "true") }
        _ = await world.run(seconds: 1)
        #expect(world.podUIDs == before)
        try world.annotate("example.com/touched", "1")
        try await world.reach { $0.podUIDs["k-c-3"] != before["k-c-3"] && $0.pods.count == 6 }
        #expect(world.podUIDs["k-b-1"] == before["k-b-1"])
        try await world.reach { $0.podUIDs["k-b-1"] != before["k-b-1"] && $0.pods.allSatisfy(\.isPodReady) }
        _ = await world.run(seconds: 60)
        #expect(world.podUIDs.count { before[$0.key] != $0.value } == 2)
        #expect(world.pods.allSatisfy { $0.annotation("strimzi.io/manual-rolling-update") == nil })
        #expect(world.count(.restarts) == 1)
    }

    @Test("An annotated pod set restarts all of its pods and loses the annotation")
    func restartOfPodSet() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let before = world.podUIDs
        try world.annotate(.strimziPodSet, "k-b", "strimzi.io/manual-rolling-update", "true")
        try await world.reach { $0.get(.strimziPodSet, "k-b")?.annotation("strimzi.io/manual-rolling-update") == nil }
        _ = await world.run(seconds: 30)
        #expect(world.podUIDs.count { before[$0.key] != $0.value } == 3)
        #expect(world.count(.restarts) == 1)
    }

    @Test("A topic under its minimum blocks the restart of a broker without a word until it is over")
    func underMinimum() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.annotate("sandbox.dbaas.io/fail", "under-min-isr")
        try setResources(world, "4Gi")
        try await world.reach { $0.notReady?["reason"] == "UnforceableProblem" }
        #expect(world.notReady?["message"] == "Pod k-b-0 cannot be updated right now.")
        try world.annotate("sandbox.dbaas.io/fail", .null)
        try await world.reach { $0.isKafkaReady }
        #expect(world.count(.restarts) == 1)
    }

    @Test("A pod given up is made anew with its volumes under its name and id")
    func rebuild() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let pods = world.podUIDs
        let volume = world.get(.persistentVolumeClaim, "data-0-k-b-1")?.objectUID
        try world.annotate(.pod, "k-b-1", "strimzi.io/delete-pod-and-pvc", "true")
        try world.annotate("example.com/touched", "1")
        try await world.reach { $0.podUIDs["k-b-1"] != pods["k-b-1"] && $0.get(.pod, "k-b-1")?.isPodReady == true }
        #expect(world.get(.persistentVolumeClaim, "data-0-k-b-1")?.objectUID != volume)
        _ = await world.run(seconds: 30)
        #expect(world.isKafkaReady && world.podUIDs.count { pods[$0.key] != $0.value } == 1)
        #expect(world.count(.rebuilds) == 1 && world.count(.scalings) == 0 && world.count(.restarts) == 0)
    }

    @Test("A pause leaves little of the status and changes nothing, but a deleted pod comes back")
    func pause() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.annotate("strimzi.io/pause-reconciliation", "true")
        try await world.reach { $0.cluster.conditionStatus("ReconciliationPaused") == "True" }
        #expect(world.status["listeners"] == nil && world.status["kafkaVersion"] == nil)
        #expect(world.status["clusterId"] != nil && world.cluster.conditionStatus("Ready") == nil)
        try world.scale("b", to: 4)
        try world.api.delete(.pod, ObjectKey(namespace: "default", name: "k-b-0"), propagation: .background)
        _ = await world.run(seconds: 60)
        #expect(world.podNames == ["k-b-0", "k-b-1", "k-b-2", "k-c-3", "k-c-4", "k-c-5"])
        try world.annotate("strimzi.io/pause-reconciliation", .null)
        try await world.reach { $0.podNames.count == 7 && $0.isKafkaReady }
        #expect(world.status["listeners"] != nil)
    }

    @Test("Whatever moment the stand-in dies at in a roll, it goes on and restarts no pod twice", arguments: 0..<8)
    func dying(_ moment: Int) async throws {
        var world = try FakeWorld.strimzi(seed: UInt64(moment))
        try await world.haveKafka()
        let before = world.podUIDs
        try setConfig(world, "num.partitions", 6)
        _ = await world.run(seconds: Int64(moment))
        await world.restartStandIn()
        try await world.reach { $0.isKafkaReady }
        _ = await world.run(seconds: 30)
        #expect(Set(world.podUIDs.values).isDisjoint(with: before.values))
        #expect(world.count(.podCreations) == 12)
    }
}
