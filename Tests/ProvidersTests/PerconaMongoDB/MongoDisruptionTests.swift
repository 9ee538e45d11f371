import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// What each change does to a running replica set.
@Suite struct MongoDisruptionTests {
    private let provider = MongoRunning.provider
    private let key = ObjectKey(namespace: "default", name: "demo")

    private func disruption(
        _ path: [String],
        _ before: JSONValue?,
        _ after: JSONValue?,
        _ running: MongoRunning = MongoRunning()
    ) throws -> Disruption {
        let change = ChildChange(.psmdb, key, .field(FieldChange(path, from: before, to: after)))
        return provider.disruption(of: change, on: try MongoCase.cluster("clusterSize: 3"), try running.observed())
    }

    /// A change of one field of the only replica set.
    private func inSet(
        _ name: String,
        _ before: JSONValue?,
        _ after: JSONValue?,
        _ running: MongoRunning = MongoRunning()
    ) throws -> Disruption {
        func list(_ value: JSONValue?) -> JSONValue {
            var item: JSONObject = ["name": "rs0", "size": 3]
            item[name] = value
            return [.object(item)]
        }
        return try disruption(["spec", "replsets"], list(before), list(after), running)
    }

    @Test("Within the list of replica sets each field is judged for itself")
    func replsets() throws {
        #expect(try inSet("size", 3, 5) == .none)
        #expect(try inSet("size", 5, 3) == .rolling)
        #expect(try inSet("resources", ["limits": ["cpu": "1"]], ["limits": ["cpu": "2"]]) == .rolling)
        #expect(
            try inSet(
                "resources",
                ["limits": ["cpu": "1"]],
                ["limits": ["cpu": "2"]],
                MongoRunning(members: 1, ready: 1)
            ) == .downtime
        )
        #expect(try inSet("configuration", "a", nil) == .rolling)
        #expect(try inSet("volumeSpec", ["a": "1"], ["a": "2"]) == .none)
        #expect(try inSet("replsetOverrides", nil, ["demo-rs0-1": ["priority": 10]]) == .rolling)
        #expect(try inSet("replsetOverrides", ["demo-rs0-1": ["priority": 10]], nil) == .none)
        #expect(try inSet("expose", nil, ["enabled": true]) == .none)
        #expect(try inSet("livenessProbe", ["a": 1], nil) == .none, "a default that Percona's operator has written")
        #expect(try inSet("resources", ["a": 1], ["a": 2], MongoRunning(paused: true)) == .none)
    }

    @Test("A replica set that goes takes its data along")
    func shards() throws {
        let one: JSONValue = [["name": "rs0", "size": 3]]
        let two: JSONValue = [["name": "rs0", "size": 3], ["name": "rs1", "size": 3]]
        #expect(try disruption(["spec", "replsets"], one, two) == .none)
        #expect(try disruption(["spec", "replsets"], two, one) == .dataLoss)
    }

    @Test("Elsewhere what is not known to be harmless rolls")
    func fields() throws {
        #expect(try disruption(["spec", "pause"], false, true) == .downtime)
        #expect(try disruption(["spec", "pause"], true, false) == .none)
        #expect(try disruption(["spec", "image"], "a", "b") == .rolling)
        #expect(try disruption(["spec", "crVersion"], "1.21.0", "1.22.0") == .rolling)
        #expect(try disruption(["spec", "unsafeFlags", "replsetSize"], true, false) == .none)
        #expect(try disruption(["spec", "secrets", "users"], "a", "b") == .downtime)
        #expect(try disruption(["spec", "somethingNew"], nil, 1) == .rolling)
        #expect(try disruption(["spec", "backup", "image"], "a", "b") == .rolling)
        #expect(try disruption(["spec", "backup", "storages", "x"], nil, ["type": "s3"]) == .none)
        #expect(
            try disruption(["metadata", "annotations", "dbaas.io/restart"], nil, "2026-11-01T12:00:00Z") == .rolling
        )
        #expect(try disruption(["metadata", "labels", "a"], nil, "b") == .none)
    }

    @Test("Fewer backups to keep means that some are deleted")
    func retention() throws {
        func tasks(_ count: Int64) -> JSONValue { [["name": "daily", "retention": ["count": .integer(count)]]] }
        #expect(try disruption(["spec", "backup", "tasks"], tasks(7), tasks(3)) == .dataLoss)
        #expect(try disruption(["spec", "backup", "tasks"], tasks(3), tasks(7)) == .none)
    }

    @Test("What a deletion takes along depends on the policy and on the object")
    func deletions() throws {
        func deletion(_ resource: ResourceType, policy: String = "Delete") throws -> Disruption {
            let change = ChildChange(resource, key, .deletion(.background))
            return provider.disruption(
                of: change,
                on: try MongoCase.cluster("deletionPolicy: \(policy)"),
                try MongoRunning().observed()
            )
        }
        #expect(try deletion(.psmdb) == .dataLoss)
        #expect(try deletion(.psmdb, policy: "Retain") == .downtime)
        #expect(try deletion(.psmdb("Backup")) == .dataLoss)
        #expect(try deletion(.pod) == .rolling)
        let restore = ChildChange(.psmdb("Restore"), key, .creation)
        #expect(
            provider.disruption(of: restore, on: try MongoCase.cluster("clusterSize: 3"), try MongoRunning().observed())
                == .dataLoss
        )
    }

    @Test("Only what belongs to the provider's clusters is watched, and backups that people make are seen too")
    func watches() throws {
        let byKind = Dictionary(provider.watches.map { ($0.resource.kind, $0) }) { first, _ in first }
        #expect(byKind["PerconaServerMongoDB"]?.labelSelector == "dbaas.io/cluster")
        #expect(byKind["Pod"]?.labelSelector?.contains("app.kubernetes.io/component in (mongod,") == true)
        let backup = try Manifests.child(MongoRunning.backup("by-hand", of: "another"), of: provider)
        #expect(byKind["PerconaServerMongoDBBackup"]?.owningCluster(of: backup.metadata)?.name == "another")
        let bare = Observed(now: Manifests.now)
        #expect(try provider.missingKinds(for: MongoCase.cluster("clusterSize: 3"), bare).count == 3)
    }

    @Test("A manual edit is counted by what it touches")
    func drift() {
        let types = [
            "spec.replsets[0].size", "spec.replsets[0].resources.limits.cpu", "spec.replsets[0].configuration",
            "spec.replsets[0].volumeSpec.persistentVolumeClaim.resources.requests.storage", "spec.image",
        ].map { provider.driftType(of: $0, in: .psmdb) }
        #expect(types == [.replicas, .size, .configuration, .storage, .other])
    }
}
