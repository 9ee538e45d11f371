import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Percona stand-ins over the sandbox's own server, which checks every write against upstream's definitions")
struct PerconaServerTests {
    private let server = APIServer()
    private let counters = StandInCounters()
    private var user: InProcessClient { InProcessClient(server: server, fieldManager: "user") }

    /// Does something while a stand-in and the controllers work.
    private func working(_ child: ChildOperator, _ body: @Sendable () async throws -> Void) async throws {
        server.install(child)
        let controllers = SandboxControllers(
            api: InProcessClient(server: server, fieldManager: "kube-controller-manager"),
            speed: 100,
            seed: 1
        )
        let client = InProcessClient(server: server, fieldManager: child.fieldManager)
        let standIn = child.loop(client, Delays(speed: 100, seed: 1), counters)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await controllers.run() }
            group.addTask { await standIn.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// Waits for an object of that name to satisfy the condition; nil stands for one that is not there.
    private func wait(
        _ resource: ResourceType,
        _ name: String,
        until condition: @Sendable (JSONValue?) -> Bool
    ) async {
        let key = ObjectKey(namespace: "default", name: name)
        if condition(user.get(resource, key)) { return }
        for await change in user.changes(of: [resource]) where change.key == key {
            if condition(user.get(resource, key)) { return }
        }
    }

    private func create(_ resource: ResourceType, _ name: String, _ spec: JSONValue, finalizers: [String] = []) throws {
        _ = try user.create(
            resource,
            [
                "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind),
                "metadata": [
                    "name": .string(name), "namespace": "default", "finalizers": JSONValue(finalizers),
                ],
                "spec": spec,
            ]
        )
    }

    private func change(_ resource: ResourceType, _ name: String, _ merge: JSONValue) throws {
        _ = try user.patch(resource, ObjectKey(namespace: "default", name: name), merge: merge)
    }

    private func isReady(_ object: JSONValue?, _ size: Int64, _ path: String...) -> Bool {
        let part = path.reduce(object?["status"]) { $0?[$1] }
        return object?.at("status", "state") == "ready" && part?["ready"]?.integer == size
            && object?.at("status", "observedGeneration") == object?.at("metadata", "generation")
    }

    @Test(
        "MongoDB from creation over growth, more members, a backup and a restore to its deletion",
        .timeLimit(.minutes(3))
    )
    func mongo() async throws {
        @Sendable func replset(_ size: Int64, _ storage: String) -> JSONValue {
            [
                "name": "rs0", "size": .integer(size),
                "volumeSpec": ["persistentVolumeClaim": ["resources": ["requests": ["storage": .string(storage)]]]],
            ]
        }
        let storage: JSONValue = ["type": "s3", "s3": ["bucket": "b", "region": "r", "credentialsSecret": "s3"]]
        try await working(.perconaMongoDB) {
            let metadata: JSONValue = ["name": "s3", "namespace": "default"]
            _ = try user.create(.secret, ["apiVersion": "v1", "kind": "Secret", "metadata": metadata])
            try create(
                .perconaMongoDB,
                "m",
                [
                    "crVersion": "1.22.0", "image": "percona/percona-server-mongodb:8.0.19-7",
                    "replsets": [replset(3, "1Gi")], "secrets": ["users": "m-secrets"],
                    "storageScaling": ["enableVolumeScaling": true],
                    "backup": [
                        "enabled": true, "image": "percona/percona-backup-mongodb:2.12.0", "storages": ["s3": storage],
                    ],
                ],
                finalizers: ["percona.com/delete-psmdb-pods-in-order", "percona.com/delete-psmdb-pvc"]
            )
            await wait(.perconaMongoDB, "m") {
                isReady($0, 3, "replsets", "rs0") && $0?.at("status", "mongoVersion") != nil
            }
            try change(.perconaMongoDB, "m", ["spec": ["replsets": [replset(3, "2Gi")]]])
            await wait(.persistentVolumeClaim, "mongod-data-m-rs0-2") {
                $0?.at("status", "capacity", "storage") == "2Gi"
            }
            try change(.perconaMongoDB, "m", ["spec": ["replsets": [replset(5, "2Gi")]]])
            await wait(.perconaMongoDB, "m") { isReady($0, 5, "replsets", "rs0") }
            let backup: JSONValue = ["clusterName": "m", "storageName": "s3", "startingDeadlineSeconds": 600]
            try create(.perconaMongoDBBackup, "one", backup)
            await wait(.perconaMongoDBBackup, "one") { $0?.at("status", "state") == "ready" }
            try create(.perconaMongoDBRestore, "back", ["clusterName": "m", "backupName": "one"])
            await wait(.perconaMongoDBRestore, "back") { $0?.at("status", "state") == "ready" }
            try user.delete(.perconaMongoDB, ObjectKey(namespace: "default", name: "m"), propagation: .background)
            await wait(.perconaMongoDB, "m") { $0 == nil }
            await wait(.persistentVolumeClaim, "mongod-data-m-rs0-0") { $0 == nil }
        }
        let cluster = ObjectKey(namespace: "default", name: "m")
        #expect(counters.value(.restores, for: cluster) == 1 && counters.value(.restarts, for: cluster) == 0)
    }

    @Test(
        "XtraDB from creation over a configuration, a stop, a backup and a restore to its deletion",
        .timeLimit(.minutes(3))
    )
    func xtra() async throws {
        let volume: JSONValue = ["persistentVolumeClaim": ["resources": ["requests": ["storage": "1Gi"]]]]
        let storage: JSONValue = ["type": "s3", "s3": ["bucket": "b/p", "credentialsSecret": "s3"]]
        try await working(.perconaXtraDB) {
            try create(
                .perconaXtraDB,
                "x",
                [
                    "crVersion": "1.19.0", "enableVolumeExpansion": true, "updateStrategy": "SmartUpdate",
                    "pxc": [
                        "size": 3, "image": "percona/percona-xtradb-cluster:8.0.44-35.1", "volumeSpec": volume,
                        "expose": ["enabled": true, "type": "NodePort"],
                    ],
                    "haproxy": ["enabled": true, "size": 2, "image": "percona/haproxy:2.8.17"],
                    "backup": [
                        "image": "percona/percona-xtrabackup:8.0.35-34.1", "storages": ["s3": storage],
                    ],
                ],
                finalizers: ["percona.com/delete-pxc-pods-in-order", "percona.com/delete-pxc-pvc"]
            )
            await wait(.perconaXtraDB, "x") { isReady($0, 3, "pxc") }
            try change(.perconaXtraDB, "x", ["spec": ["pxc": ["configuration": "[mysqld]\nmax_connections=200\n"]]])
            await wait(.statefulSet, "x-pxc") { set in
                set?.at("status", "updatedReplicas") == 3 && set?.at("status", "readyReplicas") == 3
                    && set?.at("status", "observedGeneration") == 2
            }
            await wait(.perconaXtraDB, "x") { isReady($0, 3, "pxc") }
            try change(.perconaXtraDB, "x", ["spec": ["pause": true]])
            await wait(.perconaXtraDB, "x") { $0?.at("status", "state") == "paused" }
            try change(.perconaXtraDB, "x", ["spec": ["pause": false]])
            await wait(.perconaXtraDB, "x") { isReady($0, 3, "pxc") }
            try create(.perconaXtraDBBackup, "one", ["pxcCluster": "x", "storageName": "s3"])
            await wait(.perconaXtraDBBackup, "one") { $0?.at("status", "state") == "Succeeded" }
            try create(.perconaXtraDBRestore, "back", ["pxcCluster": "x", "backupName": "one"])
            await wait(.perconaXtraDBRestore, "back") { $0?.at("status", "state") == "Succeeded" }
            try user.delete(.perconaXtraDB, ObjectKey(namespace: "default", name: "x"), propagation: .background)
            await wait(.perconaXtraDB, "x") { $0 == nil }
            await wait(.persistentVolumeClaim, "datadir-x-pxc-0") { $0 == nil }
        }
        let cluster = ObjectKey(namespace: "default", name: "x")
        #expect(counters.value(.backups, for: cluster) == 1 && counters.value(.restarts, for: cluster) == 1)
    }
}
