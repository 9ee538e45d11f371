import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Percona MongoDB stand-in: operations that go wrong, and what is left behind")
struct MongoOperationsTests {
    private func size(_ text: String) -> JSONValue {
        ["volumeSpec": ["persistentVolumeClaim": ["resources": ["requests": ["storage": .string(text)]]]]]
    }

    private func storage(_ world: FakeWorld) -> JSONValue? {
        world.cluster.at("spec", "replsets")?[0]?
            .at("volumeSpec", "persistentVolumeClaim", "resources", "requests", "storage")
    }

    @Test("Volumes grow by whole gibibytes around running pods, with a mark on the stateful set")
    func growth() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        let pods = world.pods.map(\.objectUID)
        try world.patchReplset(size("1500Mi"))
        try await world.reach {
            $0.stored(.statefulSet, "mongo-rs0")?.annotation("percona.com/pvc-resize-in-progress") != nil
        }
        try await world.reach { $0.replset["size"] == 0 && $0.status["state"] == "initializing" }
        try await world.reach {
            $0.isReadyMongo(3) && $0.stored(.statefulSet, "mongo-rs0")?.annotations.isEmpty == false
                && $0.claims.allSatisfy { $0.at("status", "capacity", "storage") == "2Gi" }
        }
        _ = await world.run(seconds: 10)
        #expect(world.pods.map(\.objectUID) == pods && world.isReadyMongo(3))
        let set = world.stored(.statefulSet, "mongo-rs0")
        #expect(set?.annotation("percona.com/pvc-resize-in-progress") == nil)
        #expect(set?.controllerUID == world.cluster.objectUID && world.count(.resizes) == 1)
    }

    @Test("A smaller size is an error until it is put back; without the flag a larger one is ignored without a word")
    func refusedSizes() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.patchReplset(size("500Mi"))
        _ = await world.run(seconds: 20)
        // Rounded up it is what is there, but no stateful set takes another template.
        #expect(world.status["state"] == "error")
        #expect(world.status["message"]?.string?.contains("updates to statefulset spec for fields other") == true)
        try world.patchReplset(size("2Gi"))
        try await world.reach { world in
            world.isReadyMongo(3) && world.claims.allSatisfy { $0.at("status", "capacity", "storage") == "2Gi" }
        }
        _ = await world.run(seconds: 10)
        try world.patchReplset(size("1Gi"))
        _ = await world.run(seconds: 60)
        #expect(world.status["state"] == "error" && storage(world) == "1Gi")
        #expect(world.status["message"]?.string?.contains("is less than actual storage (2Gi)") == true)
        try world.patchReplset(size("2Gi"))
        try await world.reach { $0.isReadyMongo(3) }

        try world.patch(["spec": ["storageScaling": ["enableVolumeScaling": false]]])
        try world.patchReplset(size("3Gi"))
        _ = await world.run(seconds: 60)
        #expect(world.isReadyMongo(3) && storage(world) == "3Gi")
        #expect(world.claims.allSatisfy { $0.at("status", "capacity", "storage") == "2Gi" })
    }

    @Test("Volumes that cannot grow have the old size written back, with all defaults of the replica sets")
    func revertedGrowth() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.annotate("sandbox.dbaas.io/fail", "resize")
        try world.patchReplset(size("4Gi"))
        try await world.reach { storage($0) == "1Gi" && $0.isReadyMongo(3) }
        #expect(world.phases.contains("error"))
        #expect(world.cluster.at("spec", "replsets")?[0]?["livenessProbe"] != nil)
        #expect(world.count(.resizes) == 1)
    }

    @Test("A bad setting crashes the last member and stops the update; the rest serves on, and the old text heals it")
    func badConfiguration() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.patchReplset(["configuration": "systemLog:\n  verbosity: 1\nnoSuchSection:\n  a: 1\n"])
        _ = await world.run(seconds: 300)
        #expect(world.pods.count(where: \.isCrashing) == 1 && world.replset["ready"] == 2)
        #expect(world.pods.last?.isCrashing == true)
        #expect(world.phases.contains("error"), "once, when the operator has waited long enough")
        #expect(world.status["state"] == "initializing")
        try world.patchReplset(["configuration": .null])
        try await world.reach { $0.isReadyMongo(3) }
        #expect(world.count(.reconfigurations) == 2)
    }

    @Test("A wrong image stops the update at one pod, and the old image does not heal it before that pod is deleted")
    func wrongImage() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        let image = world.cluster.at("spec", "image") ?? .null
        try world.patch(["spec": ["image": "percona/does-not-exist:8.0.20-8"]])
        _ = await world.run(seconds: 120)
        #expect(world.replset["ready"] == 2 && world.status["mongoVersion"] == "8.0.19-7")
        try world.patch(["spec": ["image": image]])
        _ = await world.run(seconds: 120)
        #expect(world.replset["ready"] == 2)
        try world.remove(.pod, "mongo-rs0-2")
        try await world.reach { $0.isReadyMongo(3) }
    }

    @Test("A member with a higher priority takes over; the last of an even number has no vote and never does")
    func switchover() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.patchReplset(["replsetOverrides": ["mongo-rs0-2": ["priority": 10]]])
        try await world.reach { $0.primary == "mongo-rs0-2" && $0.isReadyMongo(3) }
        #expect(world.count(.switchovers) == 1 && world.count(.restarts) == 0)
        try world.patchReplset(["replsetOverrides": ["mongo-rs0-2": ["priority": 2]]])
        _ = await world.run(seconds: 60)
        #expect(world.primary == "mongo-rs0-2")

        var pair = FakeWorld.mongo()
        try await pair.haveMongo(2)
        try pair.patchReplset(["replsetOverrides": ["mongo-rs0-1": ["priority": 10]]])
        _ = await pair.run(seconds: 120)
        #expect(pair.primary == "mongo-rs0-0" && pair.count(.switchovers) == 0)
    }

    @Test("A lost primary fails over; a member whose claim and pod are deleted copies the data anew")
    func losses() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.remove(.pod, "mongo-rs0-0")
        try await world.reach { $0.isReadyMongo(3) && $0.primary != "mongo-rs0-0" }
        #expect(world.count(.failovers) == 1)

        let claim = "mongod-data-mongo-rs0-0"
        let volume = world.stored(.persistentVolumeClaim, claim)?.objectUID
        try world.remove(.persistentVolumeClaim, claim)
        _ = await world.run(seconds: 30)
        #expect(world.stored(.persistentVolumeClaim, claim)?.objectUID == volume, "its pod still uses it")
        try world.remove(.pod, "mongo-rs0-0")
        try await world.reach { $0.replset["members"]?["mongo-rs0-0"]?["stateStr"] == "STARTUP2" }
        try await world.reach { $0.isReadyMongo(3) }
        #expect(world.stored(.persistentVolumeClaim, claim)?.objectUID != volume)
        #expect(world.count(.rebuilds) == 1)
    }

    @Test("New passwords reach the servers only while the cluster is ready, and restart nothing")
    func credentials() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        let key = ObjectKey(namespace: "default", name: "mongo-secrets")
        let data: JSONValue = ["data": .secretData(["MONGODB_DATABASE_ADMIN_PASSWORD": "a b"])]
        _ = try world.api.patch(.secret, key, merge: data, subresource: nil)
        try await world.reach { world in
            let texts = world.stored(.secret, "internal-mongo-users")?.secretTexts
            return texts?["MONGODB_DATABASE_ADMIN_PASSWORD"] == "a b"
                && texts?["MONGODB_DATABASE_ADMIN_PASSWORD_ESCAPED"] == "a%20b"
        }
        _ = await world.run(seconds: 30)
        #expect(world.count(.restarts) == 0 && world.isReadyMongo(3))
    }

    @Test(
        "With both finalizers members go one after the other, and then volumes and their Secrets",
        arguments: [true, false]
    )
    func deletion(cleans: Bool) async throws {
        var world = FakeWorld.mongo()
        let finalizers: JSONValue =
            cleans ? ["percona.com/delete-psmdb-pods-in-order", "percona.com/delete-psmdb-pvc"] : []
        try await world.haveMongo(3, finalizers: finalizers)
        try world.remove(.perconaMongoDB, "mongo")
        if cleans {
            try await world.reach { $0.pods.count == 1 }
            #expect(world.pods.first?.objectName == "mongo-rs0-0" && world.status["state"] == "stopping")
            #expect(world.cluster.at("spec", "replsets")?[0]?["livenessProbe"] != nil, "the whole object is written")
        }
        _ = await world.run(seconds: 60)
        #expect(world.cluster == .null && world.pods.isEmpty && world.children(.service).isEmpty)
        #expect(world.claims.isEmpty == cleans && world.count(.restarts) == 0)
        for secret in ["mongo-secrets", "internal-mongo-users", "mongo-mongodb-encryption-key"] {
            #expect((world.stored(.secret, secret) == nil) == cleans, "\(secret)")
        }
        #expect(world.stored(.secret, "mongo-ssl") == nil)
        guard !cleans else { return }
        try world.createMongo(3)
        try await world.reach { $0.isReadyMongo(3) }
    }

    @Test("A wrong spec at deletion lets everything go: volumes stay, whatever the finalizers say")
    func wrongDeletion() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3, finalizers: ["percona.com/delete-psmdb-pvc"])
        try world.patch(["spec": ["image": ""]])
        try world.remove(.perconaMongoDB, "mongo")
        _ = await world.run(seconds: 60)
        #expect(world.cluster == .null && world.claims.count == 3)
    }

    @Test("A sharded cluster has routers in front, and each shard is added once the routers are ready")
    func sharding() async throws {
        var world = FakeWorld.mongo()
        let volume: JSONValue = ["persistentVolumeClaim": ["resources": ["requests": ["storage": "1Gi"]]]]
        let sharding: JSONValue = [
            "enabled": true, "configsvrReplSet": ["size": 3, "volumeSpec": volume], "mongos": ["size": 2],
        ]
        try world.createMongo(3, ["sharding": sharding])
        try await world.reach { $0.isReadyMongo(3) && $0.status.at("mongos", "status") == "ready" }
        #expect(world.status["size"] == 8 && world.status["ready"] == 8)
        #expect(world.replset["added_as_shard"] == true && world.status.at("replsets", "cfg", "status") == "ready")
        #expect(world.status["host"] == "mongo-mongos.default.svc.cluster.local:27017")
        try world.patch(["spec": ["pause": true]])
        try await world.reach { $0.status["state"] == "paused" && $0.pods.isEmpty }
        try world.patch(["spec": ["pause": false]])
        try await world.reach { $0.isReadyMongo(3) && $0.status.at("mongos", "status") == "ready" }
    }

    @Test("An exposed replica set has a Service for each pod, and a list for an address")
    func exposure() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.patchReplset(["expose": ["enabled": true, "type": "ClusterIP"]])
        try await world.reach { $0.stored(.service, "mongo-rs0-2") != nil && $0.isReadyMongo(3) }
        try await world.reach { $0.status["host"]?.string?.split(separator: ",").count == 3 }
        try world.patchReplset(["expose": ["enabled": true, "type": "LoadBalancer"]])
        try await world.reach { $0.status["host"]?.string?.hasPrefix("192.168.") == true && $0.isReadyMongo(3) }
        _ = await world.run(seconds: 10)
        let version = world.stored(.service, "mongo-rs0-0")?.at("metadata", "resourceVersion")
        _ = await world.run(seconds: 60)
        #expect(world.stored(.service, "mongo-rs0-0")?.at("metadata", "resourceVersion") == version)
    }
}

extension JSONValue {
    fileprivate var annotations: [String: String] { at("metadata", "annotations")?.strings ?? [:] }
    fileprivate var controllerUID: String? { controller?["uid"]?.string }
}
