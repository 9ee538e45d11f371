import Foundation
import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("KubeDB stand-in: requests to the ops-manager")
struct KubeDBOperationTests {
    static func spec(_ engine: DatabaseEngine) throws -> JSONValue {
        try #require(KubeDBCreationTests.cases.first { $0.engine.name == engine.name }).spec
    }

    private func database(_ engine: DatabaseEngine) async throws -> FakeWorld {
        var world = try FakeWorld.kubeDB(engine)
        try await world.haveDatabase(Self.spec(engine))
        return world
    }

    @Test(
        "A restart makes every pod anew, the leader last, and the definition stays as it was",
        arguments: [DatabaseEngine.mongodb, .postgres, .mysql, .mariadb, .redis, .elasticsearch, .kafka]
    )
    func restart(_ engine: DatabaseEngine) async throws {
        var world = try await database(engine)
        let (uids, spec, pods) = (world.pods.map(\.objectUID), world.cluster["spec"], world.pods.count)
        let leader = world.pods.first { $0.label("kubedb.com/role") == engine.roles?.primary && engine.roles != nil }
        try await world.perform("ops", "Restart")
        #expect(world.requestPhase("ops") == "Successful")
        try await world.reach { $0.isReady }
        #expect(Set(world.pods.map(\.objectUID)).isDisjoint(with: uids) && world.pods.count == pods)
        #expect(world.cluster["spec"] == spec)
        // The world counts uids up, so the last one made has the highest.
        let last = world.pods.max { $0.objectUID.compare($1.objectUID, options: .numeric) == .orderedAscending }
        if let leader { #expect(last?.objectName == leader.objectName) }
        #expect(world.count(.failovers) == 0)
        #expect(world.count(.restarts) == 1 && world.count(.podCreations) == 2 * pods)
        #expect(world.message("ops", "Successful") == "Successfully completed the modification process.")
        #expect(world.phases.contains(engine.pausesHealthCheck ? "Unknown" : "Critical"))
    }

    @Test("A successful restart of Postgres keeps conditions that say False")
    func falseConditions() async throws {
        var world = try await database(.postgres)
        try await world.perform("ops", "Restart")
        let conditions = world.request("ops")["conditions"]?.array ?? []
        #expect(conditions.contains { $0["type"] == "CheckPodReady--db-1" && $0["status"] == "False" })
        #expect(conditions.contains { $0["type"] == "CheckPodReady" && $0["status"] == "True" })
        #expect(world.requestPhase("ops") == "Successful")
    }

    struct Scaling: Sendable, CustomTestStringConvertible {
        let engine: DatabaseEngine
        let block: JSONValue
        let path: [String]
        let replicas: Int64
        let pods: Int

        var testDescription: String { "\(engine.kind) to \(pods) pods" }
    }

    static let scalings: [Scaling] = [
        Scaling(engine: .mongodb, block: ["replicas": 5], path: ["replicas"], replicas: 5, pods: 5),
        Scaling(engine: .postgres, block: ["replicas": 5], path: ["replicas"], replicas: 5, pods: 5),
        Scaling(engine: .mysql, block: ["member": 5], path: ["replicas"], replicas: 5, pods: 5),
        Scaling(engine: .mariadb, block: ["member": 5], path: ["replicas"], replicas: 5, pods: 6),
        Scaling(engine: .redis, block: ["shards": 4], path: ["cluster", "shards"], replicas: 4, pods: 8),
        Scaling(
            engine: .elasticsearch,
            block: ["topology": ["data": 3]],
            path: ["topology", "data", "replicas"],
            replicas: 3,
            pods: 5
        ),
        Scaling(engine: .kafka, block: ["node": 4], path: ["replicas"], replicas: 4, pods: 4),
    ]

    @Test("Horizontal scaling writes the definition only when the pods are there", arguments: scalings)
    func horizontalScaling(_ wish: Scaling) async throws {
        var world = try await database(wish.engine)
        let before = world.cluster.at("spec")?.at(path: wish.path)
        try world.request("ops", "HorizontalScaling", ["horizontalScaling": wish.block])
        let pods = world.pods.count
        try await world.reach { $0.pods.count > pods }
        #expect(world.cluster.at("spec")?.at(path: wish.path) == before)
        try await world.reach { $0.requestPhase("ops") == "Successful" && $0.isReady }
        #expect(world.cluster.at("spec")?.at(path: wish.path) == .integer(wish.replicas))
        #expect(world.pods.count == wish.pods && world.pods.allSatisfy(\.isReadyPod))
        #expect(world.count(.scalings) == 1 && world.count(.restarts) == 0)
        #expect(world.cluster.conditionStatus("Paused") == nil)
    }

    @Test("Scaling down takes the last pods and their volumes, and a leader among them gives the lead away first")
    func scalingDown() async throws {
        var world = try FakeWorld.kubeDB(.mongodb)
        try await world.haveDatabase(JSONMergePatch.apply(["replicas": 5], to: Self.spec(.mongodb)))
        for (pod, role) in [("db-4", "primary"), ("db-0", "standby")] {
            let key = ObjectKey(namespace: "default", name: pod)
            let labels: JSONValue = ["metadata": ["labels": ["kubedb.com/role": .string(role)]]]
            _ = try world.api.patch(.pod, key, merge: labels, subresource: nil)
        }
        try await world.perform("ops", "HorizontalScaling", ["horizontalScaling": ["replicas": 3]])
        try await world.reach { $0.isReady }
        #expect(world.databasePods == ["db-0", "db-1", "db-2"] && world.claims.count == 3)
        #expect(world.pods.map { $0.label("kubedb.com/role") } == ["primary", "standby", "standby"])
        #expect(world.count(.failovers) == 0)
    }

    @Test("An even number of Postgres pods brings an arbiter; a request without modes sends the schema's ones")
    func arbiter() async throws {
        var world = try await database(.postgres)
        try await world.perform(
            "ops",
            "HorizontalScaling",
            ["horizontalScaling": ["replicas": 4, "standbyMode": "Hot", "streamingMode": "Asynchronous"]]
        )
        try await world.reach { $0.isReady && $0.pods.count == 5 }
        #expect(world.databasePods.contains("db-arbiter-0"))
        #expect(world.cluster.at("spec", "streamingMode") == "Asynchronous")
    }

    @Test("Vertical scaling gives the main container its resources and leaves the sidecar's alone")
    func verticalScaling() async throws {
        var world = try await database(.mongodb)
        let resources: JSONValue = [
            "requests": ["cpu": "1000m", "memory": "2Gi"], "limits": ["cpu": "1000m", "memory": "2Gi"],
        ]
        try await world.perform("ops", "VerticalScaling", ["verticalScaling": ["replicaSet": ["resources": resources]]])
        try await world.reach { $0.isReady }
        let asGoWrites: JSONValue = [
            "requests": ["cpu": "1", "memory": "2Gi"], "limits": ["cpu": "1", "memory": "2Gi"],
        ]
        #expect(world.mainContainers.allSatisfy { $0["resources"] == asGoWrites })
        let own = world.cluster.at("spec", "podTemplate", "spec", "containers")
        #expect(own?.item(named: "mongodb")?["resources"] == asGoWrites)
        #expect(own?.item(named: "replication-mode-detector")?.at("resources", "requests", "cpu") == "200m")
        #expect(world.count(.resourceChanges) == 1 && world.count(.restarts) == 1)
    }

    @Test("A key that does not fit the topology is taken for done, and nothing changes")
    func wrongKey() async throws {
        var world = try await database(.mongodb)
        let spec = world.cluster["spec"]
        let resources: JSONValue = ["requests": ["cpu": "2", "memory": "4Gi"]]
        try await world.perform("ops", "VerticalScaling", ["verticalScaling": ["standalone": ["resources": resources]]])
        #expect(world.requestPhase("ops") == "Successful" && world.cluster["spec"] == spec)
    }

    @Test("Resources in place reach running pods")
    func inPlace() async throws {
        var world = try await database(.postgres)
        let uids = world.pods.map(\.objectUID)
        let resources: JSONValue = [
            "requests": ["cpu": "2", "memory": "4Gi"], "limits": ["cpu": "2", "memory": "4Gi"],
        ]
        try await world.perform(
            "ops",
            "VerticalScaling",
            ["verticalScaling": ["mode": "InPlace", "postgres": ["resources": resources]]]
        )
        #expect(world.requestPhase("ops") == "Successful" && world.pods.map(\.objectUID) == uids)
        #expect(world.mainContainers.allSatisfy { $0["resources"] == resources })
        #expect(world.count(.restarts) == 0)
    }

    @Test("A request with two kinds of scaling carries out the one of its type and ends successfully")
    func combined() async throws {
        var world = try await database(.mongodb)
        let before = world.mainContainers.first?["resources"]
        try await world.perform(
            "ops",
            "HorizontalScaling",
            [
                "horizontalScaling": ["replicas": 5],
                "verticalScaling": ["replicaSet": ["resources": ["requests": ["cpu": "4", "memory": "8Gi"]]]],
            ]
        )
        #expect(world.requestPhase("ops") == "Successful" && world.pods.count == 5)
        #expect(world.mainContainers.allSatisfy { $0["resources"] == before })
    }

    @Test("Volumes grow under running pods, and the definition says so afterwards")
    func volumeExpansion() async throws {
        var world = try await database(.elasticsearch)
        let uids = world.pods.map(\.objectUID)
        try await world.perform("ops", "VolumeExpansion", ["volumeExpansion": ["mode": "Online", "data": "20Gi"]])
        #expect(world.requestPhase("ops") == "Successful" && world.pods.map(\.objectUID) == uids)
        for claim in world.claims {
            let size: JSONValue =
                claim.objectName.contains("-data-") && !claim.objectName.contains("master") ? "20Gi" : "10Gi"
            guard claim.objectName.hasPrefix("data-db-data") || claim.objectName.contains("master") else { continue }
            #expect(claim.at("status", "capacity", "storage") == size)
        }
        #expect(world.cluster.at("spec", "topology", "data", "storage", "resources", "requests", "storage") == "20Gi")
        #expect(world.count(.resizes) == 1)
    }

    @Test("Volumes that grow offline take the pods with them one by one")
    func offlineExpansion() async throws {
        var world = try await database(.mysql)
        let uids = world.pods.map(\.objectUID)
        try await world.perform("ops", "VolumeExpansion", ["volumeExpansion": ["mode": "Offline", "mysql": "20Gi"]])
        #expect(world.requestPhase("ops") == "Successful")
        #expect(world.claims.allSatisfy { $0.at("status", "capacity", "storage") == "20Gi" })
        #expect(Set(world.pods.map(\.objectUID)).isDisjoint(with: uids))
        #expect(world.count(.resizes) == 1 && world.count(.restarts) == 1)
    }

    @Test("A migration gives each pod a volume of another class")
    func storageMigration() async throws {
        var world = try await database(.postgres)
        try await world.perform(
            "ops",
            "StorageMigration",
            ["timeout": "10m", "migration": ["storageClassName": "rigid"]]
        )
        try await world.reach { $0.isReady }
        #expect(world.requestPhase("ops") == "Successful" && world.claims.count == 3)
        #expect(world.claims.allSatisfy { $0.at("spec", "storageClassName") == "rigid" })
        #expect(world.cluster.at("spec", "storage", "storageClassName") == "rigid")
        #expect(world.count(.rebuilds) == 1)
    }

    @Test("TLS comes with certificates and the engine's own switch, and goes with both")
    func tls() async throws {
        var world = try await database(.mongodb)
        let issuer: JSONValue = ["issuerRef": ["apiGroup": "cert-manager.io", "kind": "Issuer", "name": "ca"]]
        try await world.perform("add", "ReconfigureTLS", ["tls": issuer])
        try await world.reach { $0.isReady && $0.object(.secret, "db-server-cert") != nil }
        #expect(world.cluster.at("spec", "sslMode") == "requireSSL")
        #expect(world.cluster.at("spec", "tls", "issuerRef", "name") == "ca")
        try world.request("remove", "ReconfigureTLS", ["tls": ["remove": true]], at: 1)
        try await world.reach { $0.requestPhase("remove") == "Successful" && $0.isReady }
        #expect(world.cluster.at("spec", "tls") == nil && world.cluster.at("spec", "sslMode") == "disabled")
        #expect(world.count(.credentialRenewals) == 2)
    }

    @Test("Rotated certificates are others in other pods, unless KubeDB's word for it is all that is asked for")
    func rotatedCertificates() async throws {
        var world = try await database(.postgres)
        let issuer: JSONValue = ["issuerRef": ["apiGroup": "cert-manager.io", "kind": "Issuer", "name": "ca"]]
        try await world.perform("add", "ReconfigureTLS", ["tls": issuer])
        try await world.reach { $0.isReady && $0.object(.secret, "db-client-cert") != nil }
        func state(_ world: FakeWorld) -> [JSONValue?] {
            ["server", "client"].map { world.object(.secret, "db-\($0)-cert")?.at("data", "tls.crt") }
        }
        let (certificates, uids, spec) = (state(world), world.pods.map(\.objectUID), world.cluster["spec"])
        try world.annotate("sandbox.dbaas.io/fail", "certificates")
        let wish: JSONValue = ["tls": ["rotateCertificates": true]]
        try await world.perform("word", "ReconfigureTLS", wish)
        try await world.reach { $0.requestPhase("word") == "Successful" && $0.isReady }
        #expect(state(world) == certificates)
        try world.annotate("sandbox.dbaas.io/fail", "")
        try await world.perform("deed", "ReconfigureTLS", wish)
        try await world.reach { $0.requestPhase("deed") == "Successful" && $0.isReady }
        #expect(zip(state(world), certificates).allSatisfy { $0 != $1 && $0 != nil })
        #expect(Set(world.pods.map(\.objectUID)).isDisjoint(with: uids) && world.cluster["spec"] == spec)
        #expect(world.message("deed", "CertificateSynced") == "Successfully synced all certificates")
    }

    @Test("A class that cannot expand fails the request; a volume that does not grow does so after the timeout")
    func expansionFails() async throws {
        var world = try FakeWorld.kubeDB(.mongodb)
        try await world.haveDatabase(
            JSONMergePatch.apply(["storage": ["storageClassName": "rigid"]], to: Self.spec(.mongodb))
        )
        try await world.perform(
            "rigid",
            "VolumeExpansion",
            ["volumeExpansion": ["mode": "Online", "replicaSet": "20Gi"]]
        )
        #expect(world.message("rigid", "Failed")?.contains("must support resize") == true)
        #expect(world.cluster.at("spec", "storage", "resources", "requests", "storage") == "10Gi")

        world = try await database(.mongodb)
        try world.annotate("sandbox.dbaas.io/fail", "resize")
        let wish: JSONValue = ["mode": "Online", "replicaSet": "20Gi"]
        try world.request("slow", "VolumeExpansion", ["volumeExpansion": wish, "timeout": "30s", "maxRetries": 1])
        try await world.reach { $0.requestPhase("slow") == "Failed" }
        #expect(world.message("slow", "Retrying") == "retry 1 of 1")
        #expect(world.message("slow", "Failed")?.hasPrefix("context deadline exceeded") == true)
        #expect(world.cluster.conditionStatus("Paused") == nil)
    }

    @Test("A direct change of the storage grows nothing, and makes the request for that size refused")
    func directStorage() async throws {
        var world = try await database(.mongodb)
        let size: JSONValue = ["storage": ["resources": ["requests": ["storage": "20Gi"]]]]
        try world.patch(["spec": size])
        _ = await world.run(seconds: 60)
        #expect(world.claims.allSatisfy { $0.at("spec", "resources", "requests", "storage") == "10Gi" })
        let wish: JSONValue = ["volumeExpansion": ["mode": "Online", "replicaSet": "20Gi"]]
        #expect(throws: APIFailure.self) { try world.request("late", "VolumeExpansion", wish) }
        try world.patch(["spec": ["replicas": 4]])
        try await world.reach { $0.isReady && $0.pods.count == 4 }
        let added = world.object(.persistentVolumeClaim, "datadir-db-3")
        #expect(added?.at("status", "capacity", "storage") == "20Gi")
    }

    @Test("A version goes to every pod and then into the definition")
    func updateVersion() async throws {
        var world = try await database(.mongodb)
        try await world.perform("ops", "UpdateVersion", ["updateVersion": ["targetVersion": "8.0.17"]])
        try await world.reach { $0.isReady }
        #expect(world.cluster.at("spec", "version") == "8.0.17")
        let image = world.mainContainers.first?["image"]?.string
        #expect(image?.hasSuffix(":8.0.17") == true)
        #expect(Set(world.mainContainers.compactMap { $0["image"]?.string }).count == 1)
        #expect(world.object(.kubeDBAppBinding, "db")?.at("spec", "version") == "8.0.17")
        #expect(world.count(.majorUpgrades) == 1 && world.count(.restarts) == 1)
    }

    @Test("A reconfiguration restarts the pods where it must, and not where the server can load it")
    func reconfigure() async throws {
        var world = try await database(.postgres)
        let uids = world.pods.map(\.objectUID)
        func wish(_ text: JSONValue) -> JSONValue { ["configuration": ["applyConfig": ["user.conf": text]]] }
        try await world.perform("reload", "Reconfigure", wish("work_mem = '16MB'\n"))
        #expect(world.pods.map(\.objectUID) == uids)
        try await world.perform("restart", "Reconfigure", wish("max_connections = 300\n"))
        #expect(world.requestPhase("restart") == "Successful")
        #expect(Set(world.pods.map(\.objectUID)).isDisjoint(with: uids))
        #expect(world.cluster.at("spec", "configuration", "inline", "user.conf") == "max_connections = 300\n")
        #expect(world.count(.reconfigurations) == 2 && world.count(.restarts) == 1)
    }

    @Test("A configuration that lets no server start leaves one crashing pod, and fails after the timeout")
    func badConfiguration() async throws {
        var world = try await database(.postgres)
        let configuration: JSONValue = ["applyConfig": ["user.conf": "max_connections = many\n"]]
        try world.request("bad", "Reconfigure", ["configuration": configuration, "timeout": "20s"])
        try await world.reach { $0.requestPhase("bad") == "Failed" }
        #expect(world.pods.count { $0.isCrashing } == 1)
        #expect(world.pods.count { $0.isReadyPod } == 2)
        #expect(world.cluster.at("spec", "configuration") == nil)
        #expect(world.status["phase"] == "Critical")
        // Only a request that does not wait for health repairs it.
        try world.request("waits", "Restart", at: 1)
        _ = await world.run(seconds: 60)
        #expect(world.requestPhase("waits") == "Pending")
        try world.request("repairs", "Restart", ["apply": "Always"], at: 2)
        try await world.reach { $0.requestPhase("repairs") == "Successful" && $0.isReady }
        #expect(world.requestPhase("waits") == "Skipped")
    }

    @Test("New credentials keep the former ones beside them")
    func rotateAuth() async throws {
        var world = try await database(.mongodb)
        let before = world.object(.secret, "db-auth")?["data"]
        try await world.perform("ops", "RotateAuth")
        let after = world.object(.secret, "db-auth")?["data"]
        #expect(after?["password"] != before?["password"] && after?["password.prev"] == before?["password"])
        #expect(after?["username.prev"] == before?["username"])
        #expect(world.count(.credentialRenewals) == 1)
    }

    @Test("A forced promotion moves the lead to the candidate; bad standbys get new volumes")
    func failover() async throws {
        var world = try await database(.postgres)
        try await world.perform(
            "ops",
            "ForceFailOver",
            ["apply": "Always", "forceFailOver": ["candidates": ["db-2"]]]
        )
        #expect(world.pods.map { $0.label("kubedb.com/role") } == ["standby", "standby", "primary"])
        #expect(world.count(.switchovers) == 1 && world.count(.failovers) == 0)

        try world.annotate("sandbox.dbaas.io/fail", "pod-start")
        let key = ObjectKey(namespace: "default", name: "db-1")
        let volume = world.object(.persistentVolumeClaim, "data-db-1")?.objectUID
        try world.api.delete(.pod, key, propagation: .background)
        try await world.reach { $0.object(.pod, "db-1")?.isCrashing == true }
        try world.annotate("sandbox.dbaas.io/fail", "pod-start,none")
        try world.request("reconnect", "ReconnectStandby", ["apply": "Always"], at: 5)
        try await world.reach { $0.requestPhase("reconnect") == "Progressing" }
        try world.annotate("sandbox.dbaas.io/fail", .null)
        try await world.reach { $0.requestPhase("reconnect") == "Successful" }
        #expect(world.object(.persistentVolumeClaim, "data-db-1")?.objectUID != volume)
        #expect(world.count(.rebuilds) == 1)
    }
}
