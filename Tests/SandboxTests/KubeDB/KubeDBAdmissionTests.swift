import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("KubeDB stand-in: webhooks")
struct KubeDBAdmissionTests {
    private func refusal(_ attempt: () throws -> Void) -> APIFailure? {
        do {
            try attempt()
            return nil
        } catch { return error as? APIFailure }
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let engine: DatabaseEngine
        let change: JSONValue
        let code: Int
        let words: String

        init(_ engine: DatabaseEngine, _ change: JSONValue, _ code: Int, _ words: String) {
            self.engine = engine
            self.change = change
            self.code = code
            self.words = words
        }

        var testDescription: String { "\(engine.kind): \(words)" }
    }

    static let refusedDatabases: [Refused] = [
        Refused(.mongodb, ["version": "7.9.9"], 404, "mongodbversions.catalog.kubedb.com \"7.9.9\" not found"),
        Refused(.mongodb, ["replicaSet": .null], 403, "invalid for 'MongoDB Standalone' instance"),
        Refused(
            .mongodb,
            ["shardTopology": ["shard": ["shards": 2, "replicas": 3]]],
            403,
            "doesn't support 'spec.replicas'"
        ),
        Refused(.mongodb, ["storage": ["storageClassName": "gone"]], 403, "storageClassName \"gone\" not found"),
        Refused(.mongodb, ["storage": .null], 403, "spec.storage is missing for durable storage type"),
        Refused(
            .mongodb,
            ["storageType": "Ephemeral", "storage": .null, "deletionPolicy": "Halt"],
            403,
            "'Ephemeral' storage"
        ),
        Refused(
            .mongodb,
            ["halted": true, "deletionPolicy": "DoNotTerminate"],
            403,
            "Can't halt, since deletion policy"
        ),
        Refused(.postgres, ["replicas": 0], 403, "Value must be greater than zero"),
        Refused(.postgres, ["sslMode": "require"], 403, "when postgres.Spec.TLS is null"),
        Refused(.postgres, ["configuration": ["inline": ["my.conf": "a=1"]]], 403, "only \"user.conf\" is allowed"),
        Refused(.mysql, ["replicas": 2], 403, "is in range [3, 9]"),
        Refused(.mysql, ["topology": ["mode": .null, "group": ["name": "a"]]], 403, "a valid 'spec.topology.mode'"),
        Refused(.mariadb, ["replicas": 2, "topology": .null], 403, "Value must be 3 for mariadb cluster"),
        Refused(.redis, ["mode": "Standalone", "replicas": 2], 403, "Value must be one"),
        Refused(.redis, ["cluster": ["shards": 2]], 403, "Value must be >= 3"),
        Refused(.redis, ["mode": "Sentinel"], 403, "need to provide sentinelRef"),
        Refused(.elasticsearch, ["replicas": 3], 403, "doesn't support spec.replicas"),
        Refused(.elasticsearch, ["version": "xpack-8.11.1"], 403, "is using deprecated version"),
        Refused(.elasticsearch, ["topology": ["data": ["suffix": "master"]]], 403, "cannot have same suffix"),
        Refused(.kafka, ["version": "9.9.9"], 422, "version not supported"),
        Refused(.kafka, ["enableSSL": true], 422, ".spec.tls can't be nil"),
        Refused(.kafka, ["topology": ["broker": [:], "controller": [:]]], 422, "doesn't support spec.replicas"),
    ]

    @Test("A database that cannot be is refused in the webhook's words", arguments: refusedDatabases)
    func databases(_ refused: Refused) throws {
        let world = try FakeWorld.kubeDB(refused.engine)
        let spec = JSONMergePatch.apply(refused.change, to: try KubeDBOperationTests.spec(refused.engine))
        let failure = try #require(refusal { try world.createDatabase(spec) })
        #expect(failure.code == refused.code, "\(failure)")
        #expect(failure.message.contains(refused.words), "\(failure)")
        #expect(failure.message.hasPrefix("admission webhook \"\(refused.engine.kind.lowercased())webhook."))
    }

    @Test("What the operator fills in is there after the first write, and the same after the next")
    func defaults() throws {
        let world = try FakeWorld.kubeDB(.mongodb)
        try world.createDatabase([
            "version": "8.0.17", "replicaSet": ["name": "rs0"], "replicas": 3, "storage": FakeWorld.durable,
        ])
        let spec = world.cluster["spec"] ?? [:]
        #expect(spec["deletionPolicy"] == "Delete" && spec["clusterAuthMode"] == "keyFile")
        #expect(spec["authSecret"] == ["kind": "Secret", "name": ""])
        let containers = spec.at("podTemplate", "spec", "containers")
        #expect(containers?.array?.compactMap { $0["name"]?.string } == ["mongodb", "replication-mode-detector"])
        #expect(
            containers?.item(named: "mongodb")?["resources"] == [
                "requests": ["cpu": "800m", "memory": "1536Mi"], "limits": ["memory": "1536Mi"],
            ]
        )
        try world.annotate("touched", "yes")
        #expect(world.cluster["spec"] == spec)
    }

    @Test("A wrong container name is a second container, and the real one has default resources")
    func wrongContainer() throws {
        let world = try FakeWorld.kubeDB(.mongodb)
        let container: JSONValue = ["name": "mongo", "resources": ["requests": ["cpu": "4"]]]
        let template: JSONValue = ["podTemplate": ["spec": ["containers": [container]]]]
        try world.createDatabase(JSONMergePatch.apply(template, to: try KubeDBOperationTests.spec(.mongodb)))
        let containers = world.cluster.at("spec", "podTemplate", "spec", "containers")
        #expect(
            containers?.array?.compactMap { $0["name"]?.string } == ["mongo", "mongodb", "replication-mode-detector"]
        )
        #expect(containers?.item(named: "mongodb")?.at("resources", "requests", "cpu") == "800m")
    }

    @Test("A rewritten list of containers brings the sidecars back with default resources")
    func rewrittenContainers() async throws {
        var world = try FakeWorld.kubeDB(.mongodb)
        try await world.haveDatabase(KubeDBOperationTests.spec(.mongodb))
        let wish: JSONValue = ["coordinator": ["resources": ["requests": ["cpu": "300m", "memory": "300Mi"]]]]
        try await world.perform("ops", "VerticalScaling", ["verticalScaling": wish])
        func sidecar() -> JSONValue? {
            world.cluster.at("spec", "podTemplate", "spec", "containers")?.item(named: "replication-mode-detector")?
                .at("resources", "requests", "cpu")
        }
        #expect(sidecar() == "300m")
        try world.patch(["spec": ["podTemplate": ["spec": ["containers": [["name": "mongodb"]]]]]])
        #expect(sidecar() == "200m")
    }

    @Test("A group's missing name is made anew by each write")
    func groupName() throws {
        let world = try FakeWorld.kubeDB(.mysql)
        try world.createDatabase(KubeDBOperationTests.spec(.mysql))
        let first = try #require(world.cluster.at("spec", "topology", "group", "name")?.string)
        try world.patch(["spec": ["topology": ["group": .null]], "metadata": ["labels": ["a": "b"]]])
        let second = try #require(world.cluster.at("spec", "topology", "group", "name")?.string)
        #expect(first != second && first.wholeMatch(of: /[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/) != nil)
    }

    @Test(
        "Little is frozen, and a protected database is not deleted",
        arguments: [
            (["storageType": "Ephemeral"], "precondition failed"),
            (["replicaSet": ["name": "rs1"]], "spec.replicaSet.name"),
        ] as [(JSONValue, String)]
    )
    func changes(_ change: JSONValue, _ words: String) async throws {
        let world = try FakeWorld.kubeDB(.mongodb)
        try world.createDatabase(KubeDBOperationTests.spec(.mongodb))
        let failure = try #require(refusal { try world.patch(["spec": change]) })
        #expect(failure.code == 403 && failure.message.contains(words))
        // A smaller volume, fewer pods and another version are let through.
        try world.patch(["spec": ["storage": ["resources": ["requests": ["storage": "1Gi"]]], "replicas": 1]])
        try world.patch(["spec": ["deletionPolicy": "DoNotTerminate"]])
        let kept = refusal {
            try world.api.delete(world.watched.resource, world.watched.key, propagation: .background)
        }
        #expect(kept?.code == 403 && kept?.message.contains("can't be terminated") == true)
    }

    static let refusedRequests: [Refused] = [
        Refused(.mongodb, ["type": "HorizontalScaling"], 422, "`spec.horizontalScaling` field is nil"),
        Refused(.mongodb, ["type": "HorizontalScaling", "horizontalScaling": ["replicas": 0]], 422, "can not be 0"),
        Refused(
            .mongodb,
            ["type": "HorizontalScaling", "horizontalScaling": ["shard": ["shards": 2, "replicas": 3]]],
            422,
            "non-sharded mongoDB"
        ),
        Refused(
            .mongodb,
            ["type": "VolumeExpansion", "volumeExpansion": ["mode": "Online", "replicaSet": "10Gi"]],
            422,
            "desired replicaSet storage size must be greater than current storage. Current storage: 10Gi"
        ),
        Refused(
            .mongodb,
            ["type": "UpdateVersion", "updateVersion": ["targetVersion": "6.0.24"]],
            422,
            "upgrade from version 7.0.28 to 6.0.24 is not supported"
        ),
        Refused(
            .postgres,
            ["type": "UpdateVersion", "updateVersion": ["targetVersion": "17.9-bookworm"]],
            422,
            "different base OS variants"
        ),
        Refused(.postgres, ["type": "VerticalScaling", "verticalScaling": [:]], 422, "at least any of them"),
        Refused(.mysql, ["type": "HorizontalScaling", "horizontalScaling": ["member": 9]], 422, "range: [3,9]"),
        Refused(.mysql, ["type": "HorizontalScaling", "horizontalScaling": [:]], 500, "nil pointer dereference"),
        Refused(.mariadb, ["type": "ReconfigureTLS"], 500, "nil pointer dereference"),
        Refused(.redis, ["type": "HorizontalScaling"], 500, "nil pointer dereference"),
        Refused(
            .redis,
            ["type": "HorizontalScaling", "horizontalScaling": ["shards": 2]],
            422,
            "shards should be >= 3"
        ),
        Refused(
            .redis,
            ["type": "HorizontalScaling", "horizontalScaling": ["shards": 4, "replicas": 1]],
            422,
            "replica should be >= 2"
        ),
        Refused(
            .kafka,
            ["type": "HorizontalScaling", "horizontalScaling": ["topology": ["broker": 4]]],
            422,
            "is combined"
        ),
        Refused(.kafka, ["type": "VerticalScaling", "verticalScaling": ["broker": [:]]], 422, "is combined"),
        Refused(
            .kafka,
            ["type": "StorageMigration", "migration": ["node": ["storageClassName": "rigid"]]],
            422,
            "timeout"
        ),
        Refused(
            .postgres,
            ["type": "RotateAuth", "authentication": ["secretRef": ["name": "none"]]],
            422,
            "not found"
        ),
    ]

    @Test(
        "A request that cannot be carried out is refused, in the webhook's words and with its codes",
        arguments: refusedRequests
    )
    func requests(_ refused: Refused) throws {
        let world = try FakeWorld.kubeDB(refused.engine)
        try world.createDatabase(KubeDBOperationTests.spec(refused.engine))
        let type = refused.change["type"]?.string ?? ""
        let failure = try #require(refusal { try world.request("ops", type, refused.change) })
        #expect(failure.code == refused.code, "\(failure)")
        #expect(failure.message.contains(refused.words), "\(failure)")
    }

    @Test(
        "A request about a database that is not there",
        arguments: [
            (DatabaseEngine.mysql, 403), (.postgres, 403), (.kafka, 403), (.redis, 404), (.mongodb, 0),
            (.elasticsearch, 0),
        ]
    )
    func missingDatabase(engine: DatabaseEngine, code: Int) async throws {
        var world = try FakeWorld.kubeDB(engine)
        let failure = refusal { try world.request("ops", "Restart") }
        #expect(failure?.code ?? 0 == code)
        guard code == 0 else { return }
        _ = await world.run(seconds: 60)
        #expect(world.requestPhase("ops") == "Pending")
    }

    @Test("A request's spec never changes; its metadata may, as long as it would be let in again")
    func immutability() async throws {
        var world = try FakeWorld.kubeDB(.redis)
        try await world.haveDatabase(KubeDBOperationTests.spec(.redis))
        try await world.perform("ops", "Restart")
        let key = ObjectKey(namespace: "default", name: "ops")
        let resource = DatabaseEngine.redis.operation
        func patch(_ merge: JSONValue) -> APIFailure? {
            refusal { _ = try world.api.patch(resource, key, merge: merge, subresource: nil) }
        }
        #expect(patch(["spec": ["timeout": "5m"]])?.code == 403)
        #expect(patch(["metadata": ["labels": ["a": "b"]]]) == nil)
        try world.api.delete(world.watched.resource, world.watched.key, propagation: .background)
        _ = await world.run(seconds: 60)
        #expect(patch(["metadata": ["labels": ["a": "c"]]])?.code == 404)
    }
}
