import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

extension FakeWorld {
    /// A world with Percona's operator for MongoDB that watches the cluster `mongo`.
    static func mongo(seed: UInt64 = 1) -> FakeWorld {
        var world = FakeWorld(.perconaMongoDB, seed: seed)
        world.watched = ObjectReference(.perconaMongoDB, "default", "mongo")
        world.phasePath = ("status", "state")
        world.clusterLabel = "app.kubernetes.io/instance"
        return world
    }

    /// Creates the cluster `mongo` with one replica set; `replset` and `spec` are merged into what is usual.
    func createMongo(
        _ size: Int,
        replset: JSONValue = [:],
        _ spec: JSONValue = [:],
        annotations: JSONValue = [:],
        finalizers: JSONValue = []
    ) throws {
        let volume: JSONValue = ["persistentVolumeClaim": ["resources": ["requests": ["storage": "1Gi"]]]]
        let member = JSONMergePatch.apply(replset, to: ["name": "rs0", "size": JSONValue(size), "volumeSpec": volume])
        let base: JSONValue = [
            "crVersion": "1.22.0", "image": "percona/percona-server-mongodb:8.0.19-7", "replsets": [member],
            "secrets": ["users": "mongo-secrets"], "storageScaling": ["enableVolumeScaling": true],
            "unsafeFlags": ["replsetSize": true],
            "backup": ["enabled": true, "image": "percona/percona-backup-mongodb:2.12.0"],
        ]
        _ = try api.create(
            .perconaMongoDB,
            [
                "apiVersion": "psmdb.percona.com/v1", "kind": "PerconaServerMongoDB",
                "metadata": [
                    "name": "mongo", "namespace": "default", "annotations": annotations, "finalizers": finalizers,
                ],
                "spec": JSONMergePatch.apply(spec, to: base),
            ]
        )
    }

    /// Creates the cluster and waits until it is ready and at rest.
    mutating func haveMongo(
        _ size: Int,
        replset: JSONValue = [:],
        _ spec: JSONValue = [:],
        finalizers: JSONValue = []
    ) async throws {
        try createMongo(size, replset: replset, spec, finalizers: finalizers)
        try await reach { $0.isReadyMongo(size) }
        _ = await run(seconds: 10)
        forgetPhases()
    }

    /// Changes the only replica set of the cluster; the whole list is sent, as every client has to.
    func patchReplset(_ merge: JSONValue) throws {
        let replset = cluster.at("spec", "replsets")?[0] ?? [:]
        try patch(["spec": ["replsets": [JSONMergePatch.apply(merge, to: replset)]]])
    }

    var replset: JSONValue { status.at("replsets", "rs0") ?? [:] }

    /// Whether it is ready with its present spec, and so are its servers.
    func isReadyMongo(_ size: Int) -> Bool {
        status["state"] == "ready" && status["observedGeneration"] == cluster.at("metadata", "generation")
            && replset["ready"] == JSONValue(size) && replset["size"] == JSONValue(size)
            && replset["members"]?.object?.count == size
            && children(.statefulSet).allSatisfy { set in
                let shown = set["status"] ?? [:]
                return shown["observedGeneration"] == set.at("metadata", "generation")
                    && shown["updatedReplicas"] == set.at("spec", "replicas")
                    && shown["readyReplicas"] == set.at("spec", "replicas")
            }
    }

    var primary: String? { replset["members"]?.object?.first { $0.value["stateStr"] == "PRIMARY" }?.name }

    func stored(_ resource: ResourceType, _ name: String) -> JSONValue? {
        api.get(resource, ObjectKey(namespace: "default", name: name))
    }

    func remove(_ resource: ResourceType, _ name: String) throws {
        try api.delete(resource, ObjectKey(namespace: "default", name: name), propagation: .background)
    }
}
