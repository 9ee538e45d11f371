import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Percona XtraDB stand-in")
struct XtraStandInTests {
    @Test("A cluster comes up server by server beside its proxy, and then is at rest")
    func creation() async throws {
        var world = FakeWorld.xtra()
        try world.createXtra(3)
        try await world.reach { $0.isReadyXtra(3) }
        _ = await world.run(seconds: 10)

        #expect(world.phases == ["initializing", "ready"])
        #expect(world.servers.map(\.objectName) == ["mysql-pxc-0", "mysql-pxc-1", "mysql-pxc-2"])
        #expect(world.status["host"] == "mysql-haproxy.default")
        #expect(world.status["size"] == 5 && world.status["ready"] == 5)
        #expect(world.status.at("pxc", "version") == "8.0.44-35.1")
        #expect(world.status.at("haproxy", "status") == "ready" && world.status["proxysql"] == [:])
        let conditions = world.status["conditions"]?.array?.compactMap { $0["type"]?.string }
        #expect(conditions == ["tls", "initializing", "ready"])
        #expect(world.cluster.conditionStatus("tls") == "enabled")
        #expect(world.claims.map(\.objectName) == (0..<3).map { "datadir-mysql-pxc-\($0)" })
        let secrets = ["mysql-secrets", "internal-mysql", "mysql-ssl", "mysql-ssl-internal", "mysql-ca-cert"]
        for secret in secrets { #expect(world.stored(.secret, secret) != nil, "\(secret)") }
        let users = world.stored(.secret, "mysql-secrets")?["data"]?.object?.names.sorted()
        #expect(users == ["monitor", "operator", "proxyadmin", "replication", "root", "xtrabackup"])
        for service in ["mysql-pxc", "mysql-pxc-unready", "mysql-haproxy", "mysql-haproxy-replicas"] {
            #expect(world.stored(.service, service) != nil, "\(service)")
        }
        #expect(world.count(.clusterCreations) == 1 && world.count(.restarts) == 0)

        let version = world.cluster.at("metadata", "resourceVersion")
        _ = await world.run(seconds: 600)
        #expect(world.cluster.at("metadata", "resourceVersion") == version)
    }

    private static let refusals: [(JSONValue, Int, String)] = [
        ([:], 2, "check safe defaults: PXC size must be at least 3"),
        (["unsafeFlags": ["pxcSize": true], "haproxy": ["size": 1]], 1, "HAProxy size must be at least 2"),
        (["proxysql": ["enabled": true]], 3, "can't enable both HAProxy and ProxySQL"),
        (["haproxy": ["enabled": false]], 3, "ProxySQL or HAProxy should be enabled if SmartUpdate set"),
        (["backup": ["schedule": [["name": "a", "storageName": "b"]]]], 3, "storage b doesn't exist"),
        (["pxc": ["image": JSONValue.null]], 3, "pxc.Image can't be empty"),
    ]

    @Test(
        "A spec that is wrong is taken by the API, told in a list of messages, and blocks the deletion",
        arguments: refusals
    )
    func refusal(spec: JSONValue, size: Int, words: String) async throws {
        var world = FakeWorld.xtra()
        try world.createXtra(size, spec, finalizers: ["percona.com/delete-pxc-pvc"])
        _ = await world.run(seconds: 30)
        #expect(world.status["state"] == "error" && world.status["observedGeneration"] == nil)
        let messages = world.status["message"]?.array?.compactMap(\.string) ?? []
        #expect(messages.count == 1 && messages.first?.contains(words) == true, "\(messages)")
        #expect(messages.first?.hasPrefix("Error: wrong PXC options: ") == true)
        if words.contains("Image") {
            try world.remove(.perconaXtraDB, "mysql")
            _ = await world.run(seconds: 30)
            #expect(world.cluster.isBeingDeleted)
        }
    }

    @Test("A password that ProxySQL cannot read keeps the cluster in error")
    func password() async throws {
        var world = FakeWorld.xtra()
        let metadata: JSONValue = ["name": "mysql-secrets", "namespace": "default"]
        let secret: JSONValue = ["metadata": metadata, "data": .secretData(["proxyadmin": "a;b"])]
        _ = try world.api.create(.secret, secret)
        try world.createXtra(3)
        _ = await world.run(seconds: 30)
        #expect(world.status["state"] == "error" && world.pods.isEmpty)
        #expect(world.status["message"]?[0]?.string?.contains("invalid proxyadmin password") == true)
    }

    @Test("Servers are made anew from the last to the writer, and no ready is shown in between")
    func rollout() async throws {
        var world = FakeWorld.xtra()
        try await world.haveXtra(3)
        try world.patch(["spec": ["pxc": ["resources": ["limits": ["memory": "4Gi"]]]]])
        try await world.reach { $0.servers.contains(where: \.isBeingDeleted) }
        #expect(world.servers.first(where: \.isBeingDeleted)?.objectName == "mysql-pxc-2")
        try await world.reach { $0.isReadyXtra(3) }
        #expect(world.phases == ["initializing", "ready"])
        let limits = world.servers.map { $0.at("spec", "containers")?[0]?.at("resources", "limits", "memory") }
        #expect(limits == ["4Gi", "4Gi", "4Gi"])
        let tuning = world.stored(.configMap, "auto-mysql-pxc")?.at("data", "auto-config.cnf")?.string
        #expect(tuning?.contains("innodb_buffer_pool_size = 32212254") == true)
        #expect(world.count(.restarts) == 1)
    }

    @Test("An annotation once given to pods stays when it is taken away from the spec")
    func annotations() async throws {
        var world = FakeWorld.xtra()
        try await world.haveXtra(3)
        try world.patch(["spec": ["pxc": ["annotations": ["restartedAt": "1"]]]])
        try await world.reach { $0.isReadyXtra(3) && $0.servers.allSatisfy { $0.annotation("restartedAt") == "1" } }
        try world.patch(["spec": ["pxc": ["annotations": .null]]])
        _ = await world.run(seconds: 60)
        #expect(world.servers.allSatisfy { $0.annotation("restartedAt") == "1" })
        #expect(world.count(.restarts) == 1)
    }

    @Test(
        "A bad option crashes the last server, shows as an error with its name, and heals with the option's withdrawal"
    )
    func badOption() async throws {
        var world = FakeWorld.xtra()
        try await world.haveXtra(3)
        try world.patch(["spec": ["pxc": ["configuration": "[mysqld]\nno_such_option=1\n"]]])
        _ = await world.run(seconds: 120)
        #expect(world.status["state"] == "error")
        let message = world.status["message"]?.array?.last?.string
        #expect(message?.contains("pod mysql-pxc-2 is in CrashLoopBackOff state") == true, "\(world.status)")
        #expect(world.servers.count(where: \.isCrashing) == 1)
        try world.patch(["spec": ["pxc": ["configuration": "[mysqld]\nmax_connections=100\n"]]])
        try await world.reach { $0.isReadyXtra(3) }
        #expect(world.count(.reconfigurations) == 2)
    }

    @Test("Stopping takes all at once and waits for no backup; the volumes stay and the servers come back")
    func pause() async throws {
        var world = FakeWorld.xtra()
        try await world.haveXtra(3)
        let volumes = world.claims.map(\.objectUID)
        try world.patch(["spec": ["pause": true]])
        try await world.reach { $0.status["state"] == "paused" && $0.pods.isEmpty }
        #expect(world.phases == ["stopping", "paused"])
        #expect(world.status["size"] == 0 && world.status.at("pxc", "size") == nil)
        try world.patch(["spec": ["pause": false]])
        try await world.reach { $0.isReadyXtra(3) }
        #expect(world.claims.map(\.objectUID) == volumes)
        #expect(world.count(.hibernations) == 1 && world.count(.resumptions) == 1 && world.count(.restarts) == 0)
    }

    @Test("Volumes grow with a mark on the cluster, a smaller size is put back, and a class that cannot is told once")
    func volumes() async throws {
        var world = FakeWorld.xtra()
        try await world.haveXtra(3)
        func size(_ text: String) -> JSONValue {
            [
                "spec": [
                    "pxc": [
                        "volumeSpec": ["persistentVolumeClaim": ["resources": ["requests": ["storage": .string(text)]]]]
                    ]
                ]
            ]
        }
        func storage(_ world: FakeWorld) -> JSONValue? {
            world.cluster.at("spec", "pxc", "volumeSpec", "persistentVolumeClaim", "resources", "requests", "storage")
        }
        let pods = world.servers.map(\.objectUID)
        try world.patch(size("1500Mi"))
        try await world.reach { $0.cluster.annotation("percona.com/pvc-resize-in-progress") != nil }
        try await world.reach {
            $0.isReadyXtra(3) && $0.cluster.annotation("percona.com/pvc-resize-in-progress") == nil
        }
        #expect(world.claims.allSatisfy { $0.at("status", "capacity", "storage") == "2Gi" })
        #expect(world.servers.map(\.objectUID) == pods)
        #expect(world.count(.resizes) == 1)

        // Until the stateful set has been made anew, a smaller size would be put back to what the old one had.
        _ = await world.run(seconds: 10)
        try world.patch(size("1Gi"))
        try await world.reach { storage($0) == "1500Mi" && $0.isReadyXtra(3) }
        #expect(world.phases.contains("error"))

        let metadata: JSONValue = [
            "name": "fixed", "annotations": ["storageclass.kubernetes.io/is-default-class": "true"],
        ]
        _ = try world.api.create(.storageClass, ["metadata": metadata, "allowVolumeExpansion": false])
        world.forgetPhases()
        try world.patch(size("4Gi"))
        try await world.reach { storage($0) == "1500Mi" && $0.isReadyXtra(3) }
        #expect(world.phases.contains("error"))
    }

    @Test(
        "Deletion with finalizers leaves nothing of servers and certificates; without them volumes and users stay",
        arguments: [true, false]
    )
    func deletion(cleans: Bool) async throws {
        var world = FakeWorld.xtra()
        let finalizers: JSONValue =
            cleans
            ? [
                "percona.com/delete-pxc-pods-in-order", "percona.com/delete-pxc-pvc", "percona.com/delete-ssl",
                "foreign",
            ]
            : []
        try await world.haveXtra(3, finalizers: finalizers)
        try world.remove(.perconaXtraDB, "mysql")
        _ = await world.run(seconds: 60)
        #expect(world.cluster == .null && world.pods.isEmpty && world.children(.statefulSet).isEmpty)
        #expect(world.claims.isEmpty == cleans)
        #expect((world.stored(.secret, "mysql-secrets") == nil) == cleans)
        #expect((world.stored(.secret, "mysql-ssl") == nil) == cleans)
    }

    @Test("Whatever moment the operator dies at, the end is the same", arguments: 0..<10)
    func dying(_ moment: Int) async throws {
        var world = FakeWorld.xtra(seed: UInt64(moment))
        try world.createXtra(3)
        _ = await world.run(seconds: Int64(moment))
        await world.restartStandIn()
        try await world.reach { $0.isReadyXtra(3) }
        world.api.failNext(3)
        try world.patchUntilTaken(["spec": ["pxc": ["annotations": ["restartedAt": "2"]]]])
        _ = await world.run(seconds: Int64(moment))
        await world.restartStandIn()
        try await world.reach { $0.isReadyXtra(3) && $0.servers.allSatisfy { $0.annotation("restartedAt") == "2" } }
        #expect(world.count(.restarts) <= 1)
    }
}
