import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("CloudNativePG stand-in")
struct CNPGStandInTests {
    @Test("A cluster comes up with one job and one pod after the other, in upstream's phases")
    func creation() async throws {
        var world = FakeWorld()
        try world.createCluster(3)
        try await world.reach { $0.isHealthy(3) }

        #expect(
            world.phases == [
                "Setting up primary", "Waiting for the instances to become active", "Creating a new replica",
                "Waiting for the instances to become active", "Creating a new replica",
                "Waiting for the instances to become active", "Cluster in healthy state",
            ]
        )
        #expect(world.status["instanceNames"] == ["pg-1", "pg-2", "pg-3"])
        #expect(world.status["currentPrimary"] == "pg-1")
        #expect(world.status["observedGeneration"] == nil)
        #expect(world.cluster.conditionStatus("Ready") == "True")
        #expect(world.cluster.conditionStatus("Initialized") == "True")
        #expect(world.pods.map { $0.label("cnpg.io/instanceRole") } == ["primary", "replica", "replica"])
        #expect(world.claims.allSatisfy { $0.at("status", "capacity", "storage") == "1Gi" })
        #expect(world.count(.podCreations) == 3)
        #expect(world.count(.restarts) == 0)
        _ = await world.run(seconds: 5)
        #expect(world.children(.job).isEmpty)
        let stamp = try #require(world.status["currentPrimaryTimestamp"]?.string)
        #expect(stamp.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
        let expiry = try #require(world.status.at("certificates", "expirations")?["pg-ca"]?.string)
        #expect(Timestamp(expiry) == nil && expiry.hasSuffix(" +0000 UTC"))
    }

    @Test("The application's secret has every documented key, and services and budgets are there")
    func objects() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        let key = ObjectKey(namespace: "default", name: "pg-app")
        let secret = try #require(world.api.get(.secret, key))
        let keys: Set<String> = [
            "username", "user", "password", "dbname", "host", "port", "pgpass", "uri", "jdbc-uri", "fqdn-uri",
            "fqdn-jdbc-uri",
        ]
        #expect(Set(secret["data"]?.object?.names ?? []) == keys)
        #expect(world.children(.service).map(\.objectName) == ["pg-r", "pg-ro", "pg-rw"])
        #expect(world.children(.podDisruptionBudget).map(\.objectName) == ["pg", "pg-primary"])
        #expect(
            world.children(.secret).allSatisfy { $0.controller?["blockOwnerDeletion"] == nil && $0.controller != nil }
        )
    }

    @Test("A healthy cluster at rest is not written to")
    func silence() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        let before = world.cluster
        _ = await world.run(seconds: 3600)
        #expect(world.cluster == before)
    }

    @Test("Scaling up joins replicas, scaling down shows no phase and reuses the lowest free number")
    func scaling() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        try world.patch(["spec": ["instances": 5]])
        try await world.reach { $0.isHealthy(5) }
        #expect(world.phases.contains("Creating a new replica"))
        world.forgetPhases()

        try world.patch(["spec": ["instances": 4]])
        try await world.reach { $0.isHealthy(4) }
        _ = await world.run(seconds: 5)
        #expect(
            world.phases.allSatisfy { $0 == "Cluster in healthy state" || $0.hasPrefix("Waiting for the instances") }
        )
        #expect(world.claims.map(\.objectName) == ["pg-1", "pg-2", "pg-3", "pg-4"])

        try world.api.delete(.pod, ObjectKey(namespace: "default", name: "pg-2"), propagation: .background)
        try world.api.delete(
            .persistentVolumeClaim,
            ObjectKey(namespace: "default", name: "pg-2"),
            propagation: .background
        )
        try await world.reach { $0.isHealthy(4) && $0.claims.map(\.objectName).contains("pg-2") }
        #expect(world.count(.scalings) == 2)
    }

    @Test("The restart stamp rolls replicas before the primary, once")
    func restart() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        let uids = Set(world.pods.map(\.objectUID))
        let stamp: JSONValue = "2026-11-01T00:00:00Z"
        try world.annotate("kubectl.kubernetes.io/restartedAt", stamp)
        let isRolled = { (world: FakeWorld) in
            world.isHealthy(3)
                && world.pods.allSatisfy {
                    $0.at("metadata", "annotations")?["kubectl.kubernetes.io/restartedAt"] == stamp
                }
        }
        try await world.reach(isRolled)
        #expect(Set(world.pods.map(\.objectUID)).isDisjoint(with: uids))
        #expect(world.phases.first == "Upgrading cluster")
        #expect(
            world.phases.suffix(2) == [
                "Primary instance is being restarted without a switchover", "Cluster in healthy state",
            ]
        )
        #expect(world.status["currentPrimary"] == "pg-1")
        #expect(world.count(.restarts) == 1)

        try world.annotate("kubectl.kubernetes.io/restartedAt", stamp)
        _ = await world.run(seconds: 60)
        #expect(world.count(.restarts) == 1)
        #expect(world.count(.podCreations) == 6)
    }

    @Test("New resources recreate every pod with them")
    func resources() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        let resources: JSONValue = ["requests": ["cpu": "500m", "memory": "1Gi"]]
        try world.patch(["spec": ["resources": resources]])
        try await world.reach { world in
            world.isHealthy(2) && world.pods.allSatisfy { $0.at("spec", "containers")?[0]?["resources"] == resources }
        }
        #expect(world.count(.restarts) == 1)
    }

    @Test("Hibernation keeps phase, condition and volumes while the pods go, and comes back without a word")
    func hibernation() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        try world.annotate("cnpg.io/hibernation", "on")
        try await world.reach { $0.cluster.conditionStatus("cnpg.io/hibernation") == "True" }
        #expect(world.pods.isEmpty)
        #expect(world.claims.count == 3)
        #expect(world.phases.isEmpty || world.phases == ["Cluster in healthy state"])
        #expect(world.cluster.conditionStatus("Ready") == "True")
        #expect(world.status["instances"] == 3)

        try world.patch(["spec": ["instances": 5]])
        _ = await world.run(seconds: 30)
        #expect(world.claims.count == 3)
        try world.patch(["spec": ["instances": 3]])

        try world.annotate("cnpg.io/hibernation", "off")
        _ = await world.run(seconds: 1) { $0.cluster.condition("cnpg.io/hibernation") == nil }
        #expect(world.status["phase"] == "Cluster in healthy state")
        #expect(world.status["readyInstances"] == 0)
        try await world.reach { $0.isHealthy(3) }
        #expect(world.status["currentPrimary"] == "pg-1")
        #expect(world.count(.hibernations) == 1 && world.count(.resumptions) == 1 && world.count(.failovers) == 0)
    }

    @Test("A broken cluster cannot be hibernated")
    func hibernationWaits() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        try world.annotate("sandbox.dbaas.io/fail", "pod-start")
        try world.api.delete(.pod, ObjectKey(namespace: "default", name: "pg-2"), propagation: .background)
        _ = await world.run(seconds: 20)
        try world.patch(["status": ["phase": "Waiting for the instances to become active"]], subresource: "status")
        try world.annotate("cnpg.io/hibernation", "on")
        _ = await world.run(seconds: 20)
        #expect(world.cluster.condition("cnpg.io/hibernation")?["reason"] == "WaitingForHealthy")
        #expect(world.pods.count == 2)
        try world.annotate("sandbox.dbaas.io/fail", .null)
        try await world.reach { $0.cluster.conditionStatus("cnpg.io/hibernation") == "True" }
    }

    @Test("Volumes grow without a phase; a class that cannot expand stops everything in silence")
    func resize() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        try world.patch(["spec": ["storage": ["size": "2Gi"]]])
        try await world.reach { $0.status["resizingPVC"] != nil }
        try await world.reach { $0.claims.allSatisfy { $0.at("status", "capacity", "storage") == "2Gi" } }
        #expect(world.phases.allSatisfy { $0 == "Cluster in healthy state" })
        #expect(world.count(.resizes) == 1)

        let stiff: JSONValue = [
            "metadata": ["name": "stiff", "annotations": ["storageclass.kubernetes.io/is-default-class": "true"]]
        ]
        _ = try world.api.create(.storageClass, stiff)
        try world.patch(["spec": ["storage": ["size": "3Gi"], "instances": 3]])
        _ = await world.run(seconds: 60)
        #expect(world.claims.count == 2)
        #expect(world.status["phase"] == "Cluster in healthy state")
    }

    @Test(
        "A dynamic parameter is loaded in silence, a restart-class one rolls, a lowered one restarts the primary first"
    )
    func parameters() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        try world.patch(["spec": ["postgresql": ["parameters": ["work_mem": "8MB"]]]])
        _ = await world.run(seconds: 30)
        #expect(world.phases.isEmpty)

        let uid = world.pods.first?.objectUID
        try world.patch(["spec": ["postgresql": ["parameters": ["max_connections": "300"]]]])
        try await world.reach { $0.phases.last == "Cluster in healthy state" && $0.isHealthy(2) }
        #expect(world.phases.prefix(2) == ["Applying configuration", "Upgrading cluster"])
        #expect(world.phases.contains("Primary instance is being restarted in-place"))
        #expect(world.pods.first?.objectUID == uid)
        _ = await world.run(seconds: 5)
        world.forgetPhases()

        try world.patch(["spec": ["postgresql": ["parameters": ["max_connections": "200"]]]])
        try await world.reach { $0.phases.last == "Cluster in healthy state" && $0.isHealthy(2) }
        #expect(
            world.phases.prefix(3) == [
                "Applying configuration", "Primary instance is being restarted in-place", "Upgrading cluster",
            ]
        )
        #expect(world.count(.restarts) == 2)
    }

    @Test("A promotion asked for in the status moves the primary")
    func switchover() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        try world.patch(
            ["status": ["targetPrimary": "pg-3", "phase": "Switchover in progress"]],
            subresource: "status"
        )
        try await world.reach { $0.status["currentPrimary"] == "pg-3" && $0.isHealthy(3) }
        #expect(world.status["timelineID"] == 2)
        #expect(world.pods.map { $0.label("cnpg.io/instanceRole") } == ["replica", "replica", "primary"])
        #expect(world.count(.switchovers) == 1)

        try world.patch(["status": ["targetPrimary": "pg-9"]], subresource: "status")
        try await world.reach { $0.status["targetPrimary"] == "pg-3" }
    }

    @Test("A lost primary fails over, a lost replica is made again, a declared one gets a new volume")
    func losses() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        try world.api.delete(.pod, ObjectKey(namespace: "default", name: "pg-1"), propagation: .background)
        try await world.reach { $0.status["currentPrimary"] == "pg-2" && $0.isHealthy(3) }
        #expect(world.phases.contains("Failing over"))

        let old = world.claims.last?.objectUID
        let mark: JSONValue = ["metadata": ["annotations": ["alpha.cnpg.io/unrecoverable": "true"]]]
        let key = ObjectKey(namespace: "default", name: "pg-3")
        _ = try world.api.patch(.pod, key, merge: mark, subresource: nil)
        try await world.reach { $0.isHealthy(3) && $0.claims.last?.objectUID != old }
        let primary = ObjectKey(namespace: "default", name: "pg-2")
        _ = try world.api.patch(.pod, primary, merge: mark, subresource: nil)
        _ = await world.run(seconds: 30)
        #expect(world.isHealthy(3) && world.status["currentPrimary"] == "pg-2")
    }

    @Test("A wrong image stops the rollout at one pod, and reverting needs that pod's deletion")
    func wrongImage() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        let good = world.cluster.at("spec", "imageName") ?? .null
        try world.patch(["spec": ["imageName": "ghcr.io/cloudnative-pg/does-not-exist:17.6"]])
        _ = await world.run(seconds: 60)
        #expect(world.status["phase"] == "Waiting for the instances to become active")
        #expect(world.status["readyInstances"] == 2)
        try world.patch(["spec": ["imageName": good]])
        _ = await world.run(seconds: 60)
        #expect(world.status["readyInstances"] == 2)
        try world.api.delete(.pod, ObjectKey(namespace: "default", name: "pg-3"), propagation: .background)
        try await world.reach { $0.isHealthy(3) }
    }

    @Test("A failed major upgrade shows only in its job; the old image takes everything back")
    func majorUpgrade() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        try world.annotate("sandbox.dbaas.io/fail", "upgrade")
        try world.patch(["spec": ["imageName": "ghcr.io/cloudnative-pg/postgresql:18.1-standard-trixie"]])
        _ = await world.run(seconds: 60)
        #expect(world.status["phase"] == "Upgrading Postgres major version")
        #expect(world.children(.job).first?.conditionStatus("Failed") == "True")
        #expect(world.pods.isEmpty)

        try world.annotate("cnpg.io/validation", "disabled")
        try world.patch(["spec": ["imageName": "ghcr.io/cloudnative-pg/postgresql:17.5-standard-trixie"]])
        try await world.reach { $0.isHealthy(2) && $0.status["targetPgDataImageInfo"] == nil }
        _ = await world.run(seconds: 5)

        try world.annotate("sandbox.dbaas.io/fail", .null)
        try world.patch(["spec": ["imageName": "ghcr.io/cloudnative-pg/postgresql:18.1-standard-trixie"]])
        try await world.reach { $0.isHealthy(2) && $0.status.at("pgDataImageInfo", "majorVersion") == 18 }
        #expect(world.count(.majorUpgrades) == 2)
    }

    @Test("A failed first job makes the cluster unrecoverable and names the job")
    func failedBootstrap() async throws {
        var world = FakeWorld()
        try world.createCluster(1, annotations: ["sandbox.dbaas.io/fail": "initdb"])
        try await world.reach { $0.phases.last == "Cluster is unrecoverable and needs manual intervention" }
        #expect(world.status["phaseReason"]?.string?.contains("pg-1-initdb") == true)
    }

    @Test("Deleting a cluster leaves nothing of it")
    func deletion() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        try world.api.delete(.cnpgCluster, world.watched.key, propagation: .background)
        _ = await world.run(seconds: 30)
        for resource: ResourceType in [.pod, .persistentVolumeClaim, .secret, .service, .job, .podDisruptionBudget] {
            #expect(world.children(resource).isEmpty, "\(resource)")
        }
    }

    @Test("A cluster deleted with orphans leaves volumes that one of the same name takes over")
    func adoption() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        try world.patch(["status": ["targetPrimary": "pg-2"]], subresource: "status")
        try await world.reach { $0.isHealthy(3) && $0.status["currentPrimary"] == "pg-2" }
        _ = await world.run(seconds: 5)
        let volumes = world.claims.map(\.objectUID)
        try world.api.delete(.cnpgCluster, world.watched.key, propagation: .orphan)
        _ = await world.run(seconds: 5)
        #expect(world.claims.allSatisfy(\.isOrphan) && world.pods.count == 3)

        try world.createCluster(3)
        try await world.reach { $0.isHealthy(3) }
        #expect(world.claims.map(\.objectUID) == volumes)
        #expect(world.claims.allSatisfy { !$0.isOrphan })
        #expect(world.status["currentPrimary"] == "pg-2")
    }

    @Test("A foreign service of a reserved name is told, and nothing is made")
    func foreignService() async throws {
        var world = FakeWorld()
        let metadata: JSONValue = ["name": "pg-rw", "namespace": "default"]
        _ = try world.api.create(.service, ["kind": "Service", "metadata": metadata])
        try world.createCluster(1)
        _ = await world.run(seconds: 30)
        #expect(world.status["phase"] == "Unable to create required cluster objects")
        #expect(world.claims.isEmpty)
    }

    @Test("Whatever moment the stand-in dies at, the end is the same and nothing is restarted twice", arguments: 0..<12)
    func dying(_ moment: Int) async throws {
        var world = FakeWorld(seed: UInt64(moment))
        try world.createCluster(3)
        _ = await world.run(seconds: Int64(moment))
        await world.restartStandIn()
        try await world.reach { $0.isHealthy(3) }
        #expect(world.pods.count == 3 && world.claims.count == 3)
        #expect(world.count(.podCreations) == 3)
        world.api.failNext(3)
        try world.patchUntilTaken(["spec": ["instances": 4]])
        try await world.reach { $0.isHealthy(4) }
        #expect(world.claims.count == 4)
    }
}

extension FakeWorld {
    /// Patches as a client does that tries again after a conflict.
    func patchUntilTaken(_ merge: JSONValue) throws {
        for _ in 0..<10 {
            do { return try patch(merge) } catch let error as APIFailure where error.isConflict { continue }
        }
        try patch(merge)
    }
}
