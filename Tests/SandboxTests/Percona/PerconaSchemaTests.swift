import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Percona stand-ins: what they write fits the definitions")
struct PerconaSchemaTests {
    /// What the schema of an object's kind says against it: errors, and fields it does not know.
    private func complaints(
        _ object: JSONValue,
        _ resource: ResourceType,
        _ definitions: [JSONValue]
    ) throws -> [String] {
        let definition = try #require(
            definitions.first { $0.at("spec", "names", "kind")?.string == resource.kind }
        )
        let version = try #require(
            definition.at("spec", "versions")?.array?.first { $0["storage"]?.bool == true }
        )
        let schema = try StructuralSchema(compiling: version.at("schema", "openAPIV3Schema") ?? [:])
        var object = object
        let unknown = schema.prune(&object)
        let errors = schema.validate(object, old: nil).filter { $0.field.hasPrefix("status") }
        return unknown + errors.map { "\($0.field): \($0.detail)" }
    }

    @Test("MongoDB: a cluster with shards, its backup, its restore, and the object written back at deletion")
    func mongo() async throws {
        var world = FakeWorld.mongo()
        let definitions = world.childOperator.definitions()
        let secret: JSONValue = ["metadata": ["name": "s3", "namespace": "default"]]
        _ = try world.api.create(.secret, secret)
        let volume: JSONValue = ["persistentVolumeClaim": ["resources": ["requests": ["storage": "1Gi"]]]]
        let storage: JSONValue = ["type": "s3", "s3": ["bucket": "b", "credentialsSecret": "s3"]]
        let spec: JSONValue = [
            "backup": ["storages": ["s3": storage]],
            "sharding": [
                "enabled": true, "configsvrReplSet": ["size": 3, "volumeSpec": volume], "mongos": ["size": 2],
            ],
        ]
        try world.createMongo(3, spec, finalizers: ["percona.com/delete-psmdb-pods-in-order"])
        try await world.reach { $0.isReadyMongo(3) && $0.status.at("mongos", "status") == "ready" }
        #expect(try complaints(world.cluster, .perconaMongoDB, definitions) == [])
        let wrong = JSONMergePatch.apply(["status": ["phase": "ready", "ready": "all"]], to: world.cluster)
        #expect(try complaints(wrong, .perconaMongoDB, definitions).count == 2)

        for (resource, name, jobSpec) in [
            (.perconaMongoDBBackup, "one", ["clusterName": "mongo", "storageName": "s3", "type": "logical"]),
            (.perconaMongoDBRestore, "back", ["clusterName": "mongo", "backupName": "one"]),
        ] as [(ResourceType, String, JSONValue)] {
            _ = try world.api.create(
                resource,
                ["metadata": ["name": .string(name), "namespace": "default"], "spec": jobSpec]
            )
            try await world.reach { $0.jobState(resource, name) == "ready" }
            let object = try #require(world.stored(resource, name))
            #expect(try complaints(object, resource, definitions) == [])
        }
        try await world.reach { $0.isReadyMongo(3) && $0.status.at("mongos", "status") == "ready" }
        try world.remove(.perconaMongoDB, "mongo")
        try await world.reach { $0.cluster.at("spec", "replsets")?[0]?["livenessProbe"] != nil }
        #expect(try complaints(world.cluster, .perconaMongoDB, definitions) == [])
    }

    @Test("XtraDB: a cluster, a failed and a successful backup, and a restore")
    func xtra() async throws {
        var world = FakeWorld.xtra()
        let definitions = world.childOperator.definitions()
        try await world.haveXtra(3, ["backup": ["pitr": ["enabled": true, "storageName": "s3"]]])
        #expect(try complaints(world.cluster, .perconaXtraDB, definitions) == [])
        try world.createXtraBackup("lost", ["storageName": "none"])
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "lost") == "Failed" }
        try world.createXtraBackup("one")
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "one") == "Succeeded" }
        for name in ["lost", "one"] {
            let backup = try #require(world.stored(.perconaXtraDBBackup, name))
            #expect(try complaints(backup, .perconaXtraDBBackup, definitions) == [])
        }
        try world.createXtraRestore("back", ["backupName": "one"])
        try await world.reach { $0.jobState(.perconaXtraDBRestore, "back") == "Succeeded" }
        let restore = try #require(world.stored(.perconaXtraDBRestore, "back"))
        #expect(try complaints(restore, .perconaXtraDBRestore, definitions) == [])
        #expect(try complaints(world.cluster, .perconaXtraDB, definitions) == [])
    }
}
