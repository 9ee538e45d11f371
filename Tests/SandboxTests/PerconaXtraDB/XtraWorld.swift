import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

extension FakeWorld {
    /// A world with Percona's operator for XtraDB Cluster that watches the cluster `mysql`.
    static func xtra(seed: UInt64 = 1) -> FakeWorld {
        var world = FakeWorld(.perconaXtraDB, seed: seed)
        world.watched = ObjectReference(.perconaXtraDB, "default", "mysql")
        world.phasePath = ("status", "state")
        world.clusterLabel = "app.kubernetes.io/instance"
        return world
    }

    /// Creates the cluster `mysql` with as many servers and two HAProxies; `spec` is merged into what is usual.
    func createXtra(_ size: Int, _ spec: JSONValue = [:], finalizers: JSONValue = []) throws {
        let base: JSONValue = [
            "crVersion": "1.19.0", "secretsName": "mysql-secrets", "enableVolumeExpansion": true,
            "updateStrategy": "SmartUpdate",
            "pxc": [
                "size": JSONValue(size), "image": "percona/percona-xtradb-cluster:8.0.44-35.1",
                "volumeSpec": ["persistentVolumeClaim": ["resources": ["requests": ["storage": "1Gi"]]]],
            ],
            "haproxy": ["enabled": true, "size": 2, "image": "percona/haproxy:2.8.17"],
            "backup": [
                "image": "percona/percona-xtrabackup:8.0.35-34.1",
                "storages": ["s3": ["type": "s3", "s3": ["bucket": "bucket/prefix", "credentialsSecret": "s3"]]],
            ],
        ]
        _ = try api.create(
            .perconaXtraDB,
            [
                "apiVersion": "pxc.percona.com/v1", "kind": "PerconaXtraDBCluster",
                "metadata": ["name": "mysql", "namespace": "default", "finalizers": finalizers],
                "spec": JSONMergePatch.apply(spec, to: base),
            ]
        )
    }

    /// Creates the cluster and waits until it is ready and at rest.
    mutating func haveXtra(_ size: Int, _ spec: JSONValue = [:], finalizers: JSONValue = []) async throws {
        try createXtra(size, spec, finalizers: finalizers)
        try await reach { $0.isReadyXtra(size) }
        _ = await run(seconds: 10)
        forgetPhases()
    }

    var servers: [JSONValue] { pods.filter { $0.label("app.kubernetes.io/component") == "pxc" } }

    /// Whether it is ready with its present spec.
    func isReadyXtra(_ size: Int) -> Bool {
        status["state"] == "ready" && status["observedGeneration"] == cluster.at("metadata", "generation")
            && status.at("pxc", "ready") == JSONValue(size) && status.at("pxc", "size") == JSONValue(size)
    }

    /// Creates a backup of the cluster.
    func createXtraBackup(_ name: String, _ spec: JSONValue = [:], finalizers: JSONValue = []) throws {
        _ = try api.create(
            .perconaXtraDBBackup,
            [
                "apiVersion": "pxc.percona.com/v1", "kind": "PerconaXtraDBClusterBackup",
                "metadata": [
                    "name": .string(name), "namespace": "default", "finalizers": finalizers,
                    "creationTimestamp": .string(now.description),
                ],
                "spec": JSONMergePatch.apply(spec, to: ["pxcCluster": "mysql", "storageName": "s3"]),
            ]
        )
    }

    /// Creates a restore of the cluster.
    func createXtraRestore(_ name: String, _ spec: JSONValue) throws {
        _ = try api.create(
            .perconaXtraDBRestore,
            [
                "apiVersion": "pxc.percona.com/v1", "kind": "PerconaXtraDBClusterRestore",
                "metadata": ["name": .string(name), "namespace": "default"],
                "spec": JSONMergePatch.apply(spec, to: ["pxcCluster": "mysql"]),
            ]
        )
    }

    /// The state of a backup or restore.
    func jobState(_ resource: ResourceType, _ name: String) -> String? {
        stored(resource, name)?.at("status", "state")?.string
    }
}
