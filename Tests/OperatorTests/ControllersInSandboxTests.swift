import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import Sandbox
import ServiceLifecycle
import Testing

@testable import Operator

/// The real controllers on a real API server, in this process.
struct SandboxWorld: Sendable {
    let client: KubernetesClient

    static let cnpgCluster = ResourceType(
        group: "postgresql.cnpg.io",
        version: "v1",
        plural: "clusters",
        kind: "Cluster",
        isNamespaced: true
    )
    static let name = ObjectKey(namespace: "default", name: "orders")

    /// Runs `body` beside a sandbox and so many operators, none of which is asked to be the only one.
    static func run(
        operators: Int,
        engines: Set<SandboxConfiguration.ChildEngine> = [.cnpg],
        providers: ProviderFactory? = nil,
        _ body: @Sendable @escaping (SandboxWorld) async throws -> Void
    ) async throws {
        var configuration = SandboxConfiguration()
        configuration.engines = engines
        configuration.speed = 100
        configuration.seed = 7
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = SandboxServer(configuration, logger: logger)
        try await withThrowingTaskGroup { [logger] group in
            group.addTask { try await server.run() }
            let address = try #require(await server.boundAddress())
            func client(_ userAgent: String) -> KubernetesClient {
                KubernetesClient(configuration: ClientConfiguration(server: "http://\(address)"), userAgent: userAgent)
            }
            let own = client("test")
            group.addTask { await own.run() }
            for number in 0..<operators {
                var settings = OperatorSettings()
                settings.isLeaderElected = false
                settings.interval = .seconds(1)
                let services = OperatorServices(
                    client: client("operator"),
                    settings: settings,
                    providers: providers,
                    identity: "operator-\(number)",
                    logger: logger
                )
                group.addTask { try await services.services.run(untilSignalled: false, logger: logger) }
            }
            try await body(SandboxWorld(client: own))
            own.shutDown()
            group.cancelAll()
        }
    }

    func create(
        _ resource: ResourceType,
        _ name: String,
        _ spec: JSONValue,
        annotations: [String: String] = [:]
    ) async throws {
        let object: JSONValue = [
            "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind),
            "metadata": [
                "name": .string(name), "namespace": "default", "annotations": JSONValue(annotations),
            ], "spec": spec,
        ]
        _ = try await client.create(resource, namespace: "default", object, fieldManager: "person")
    }

    func createCluster(_ more: JSONObject = JSONObject()) async throws {
        var spec: JSONObject = ["engine": "postgresql", "storage": "1Gi", "clusterSize": 2]
        for field in more { spec[field.name] = field.value }
        try await create(DatabaseCluster.resource, "orders", .object(spec))
    }

    func object(_ resource: ResourceType, _ name: String = "orders") async throws -> JSONValue? {
        try await client.get(resource, ObjectKey(namespace: "default", name: name)).map { try JSONValue(parsing: $0) }
    }

    /// Looks until it is so; how long that takes proves nothing, but it must not take for ever.
    func wait(
        for what: Comment,
        until isSo: (SandboxWorld) async throws -> Bool,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while try await !isSo(self) {
            try #require(ContinuousClock.now < end, what, sourceLocation: location)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func condition(_ type: String) async throws -> Condition? {
        try await client.get(DatabaseCluster.kind, Self.name)?.status.conditions[type]
    }

    func request(_ name: String) async throws -> OpsRequest? {
        try await client.get(OpsRequest.kind, ObjectKey(namespace: "default", name: name))
    }
}

@Suite("The controllers on an API server")
struct ControllersInSandboxTests {
    @Test("Somebody else's object of the name is refused and left untouched; when it goes, ours is made")
    func foreignChild() async throws {
        try await SandboxWorld.run(operators: 1) { world in
            try await world.create(SandboxWorld.cnpgCluster, "orders", ["instances": 1, "storage": ["size": "1Gi"]])
            let before = try #require(try await world.object(SandboxWorld.cnpgCluster))
            try await world.createCluster()
            try await world.wait(for: "NameTaken") { try await $0.condition("ChildSynced")?.reason == "NameTaken" }
            #expect(try await world.condition("Stalled")?.status == .true)
            let after = try #require(try await world.object(SandboxWorld.cnpgCluster))
            #expect(after["spec"] == before["spec"])
            #expect(after.at("metadata", "labels") == before.at("metadata", "labels"))
            #expect(after.at("metadata", "generation") == before.at("metadata", "generation"))
            _ = try await world.client.delete(SandboxWorld.cnpgCluster, SandboxWorld.name)
            try await world.wait(for: "the cluster's own child") {
                try await $0.object(SandboxWorld.cnpgCluster)?.at("metadata", "labels", "dbaas.io/cluster") == "orders"
            }
            try await world.wait(for: "an end of the trouble") { try await $0.condition("Stalled") == nil }
        }
    }

    @Test("A field that the installed child operator does not know is named in a condition, not lost in silence")
    func unknownField() async throws {
        try await SandboxWorld.run(operators: 1) { world in
            let fields = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties"
            _ = try await world.client.patch(
                .customResourceDefinition,
                ObjectKey(name: "clusters.postgresql.cnpg.io"),
                type: .json,
                [["op": "remove", "path": .string("\(fields)/enablePDB")]],
                fieldManager: "person"
            )
            try await world.createCluster()
            try await world.wait(for: "ChildSynced=False") {
                try await $0.condition("ChildSynced")?.status == .false
            }
            let synced = try #require(try await world.condition("ChildSynced"))
            #expect(synced.message.contains("enablePDB"))
            #expect(try await world.condition("Ready")?.status == .false)
            #expect(try await world.object(SandboxWorld.cnpgCluster) == nil)
        }
    }

    @Test("Two operators at once, cluster and request applied together: made once, restarted once, labels put back")
    func twoOperators() async throws {
        try await SandboxWorld.run(operators: 2) { world in
            try await world.create(
                OpsRequest.resource,
                "restart",
                ["clusterRef": "orders", "type": "Restart", "ttlSecondsAfterFinished": 3600]
            )
            try await world.createCluster()
            try await world.wait(for: "the restart's end") { try await $0.request("restart")?.isFinished == true }
            let restart = try #require(try await world.request("restart"))
            #expect(restart.status.phase == .succeeded, "\(restart.status.message)")
            let counters = try JSONValue(
                parsing: try await world.client.raw("GET", "/sandbox/counters")
            )
            #expect(counters.at("default/orders", "clusterCreations") == 1)
            #expect(counters.at("default/orders", "restarts") == 1)

            _ = try await world.client.patch(
                SandboxWorld.cnpgCluster,
                SandboxWorld.name,
                type: .merge,
                ["metadata": ["labels": ["dbaas.io/cluster": .null]]],
                fieldManager: "person"
            )
            try await world.wait(for: "the label") {
                try await $0.object(SandboxWorld.cnpgCluster)?.at("metadata", "labels", "dbaas.io/cluster") == "orders"
            }
            _ = try await world.client.delete(DatabaseCluster.resource, SandboxWorld.name)
            try await world.wait(for: "the cluster and its requests to go") {
                let cluster = try await $0.object(DatabaseCluster.resource)
                let request = try await $0.request("restart")
                return cluster == nil && request == nil
            }
        }
    }

    @Test(
        "Of a Secret only the names of its keys are answered, and what tells a certificate; asking for more is an error"
    )
    func secrets() async throws {
        try await SandboxWorld.run(operators: 0) { world in
            let key = ObjectKey(namespace: "default", name: "s3")
            let secret: JSONValue = [
                "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s3", "namespace": "default"],
                "data": ["secretKey": "aHVudGVyMg==", "accessKey": "bWU="],
            ]
            _ = try await world.client.create(.secret, namespace: "default", secret, fieldManager: "person")
            let reader = NeedReader(client: world.client)
            let answers = try await reader.read([.secretKeys(key)])
            #expect(answers == [.secretKeys(key): .keys(["accessKey", "secretKey"])])
            func fingerprint(_ certificate: String, _ number: String) async throws -> NeedAnswer? {
                let data: JSONValue = ["data": ["tls.crt": .string(certificate), "tls.key": .string(number)]]
                _ = try await world.client.patch(.secret, key, type: .merge, data, fieldManager: "person")
                return try await reader.read([.certificate(key)], isFresh: true)[.certificate(key)]
            }
            #expect(try await reader.read([.certificate(key)]) == [.certificate(key): .absent])
            let first = try await fingerprint("b25l", "MQ==")
            guard case .fingerprint(let text)? = first else { throw TerminalError("no fingerprint: \(first as Any)") }
            #expect(!text.isEmpty && !text.contains("b25l"))
            #expect(try await fingerprint("b25l", "Mg==") == first, "of the certificate alone")
            #expect(try await fingerprint("dHdv", "Mg==") != first)
            await #expect(throws: TerminalError.self) { try await reader.read([.object(.secret, key)]) }
            await #expect(throws: TerminalError.self) {
                try await reader.read([.list(.secret, namespace: "default", labelSelector: "")])
            }
        }
    }

    @Test("A BackupStorage is remembered for as long as the store shows the same version, and then read again")
    func remembered() async throws {
        try await SandboxWorld.run(operators: 0) { world in
            let key = ObjectKey(namespace: "default", name: "s3")
            let need = Need.object(BackupStorage.resource, key)
            let reader = NeedReader(client: world.client)
            #expect(try await reader.read([need]) == [need: .absent])
            try await world.create(BackupStorage.resource, "s3", ["type": "filesystem", "bucket": "/backups"])
            #expect(try await reader.read([need]) == [need: .absent], "asked a moment ago")
            #expect(try await reader.read([need], isCurrent: { _, _ in true }) == [need: .absent])
            let stores = Stores(ProviderFactory(sizes: .standard))
            #expect(stores.isCurrent(need, .absent) == true)
            #expect(stores.isCurrent(.secretKeys(key), .absent) == nil)
            let fresh = try await reader.read([need], isCurrent: { _, _ in false })
            let found = try #require(try await world.object(BackupStorage.resource, "s3"))
            #expect(fresh == [need: .object(found)])
            #expect(stores.isCurrent(need, .object(found)) == false, "the store does not show it yet, or no more")
        }
    }

    @Test("A create that was carried out before is success; an object that somebody else made is not")
    func repeatedCreate() async throws {
        try await SandboxWorld.run(operators: 0) { world in
            let writer = IntentWriter(client: world.client, pending: PendingWrites())
            func configMap(_ labels: [String: String]) -> Intent {
                let key = ObjectKey(namespace: "default", name: "mark")
                let content: JSONValue = [
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": ["name": "mark", "namespace": "default", "labels": JSONValue(labels)],
                ]
                return .create(DesiredObject(resource: .configMap, key: key, content: content))
            }
            let first = try await writer.carryOut(configMap(["dbaas.io/ops-request": "1"]), for: SandboxWorld.name)
            let again = try await writer.carryOut(configMap(["dbaas.io/ops-request": "1"]), for: SandboxWorld.name)
            #expect(first.uid == again.uid && first.uid != nil)
            for labels in [["dbaas.io/ops-request": "2"], [:]] {
                await #expect(throws: Refusal.self) {
                    try await writer.carryOut(configMap(labels), for: SandboxWorld.name)
                }
            }
        }
    }

    @Test("What was created before is success also where the server would refuse it by now")
    func createRefusedSince() async throws {
        try await SandboxWorld.run(operators: 0) { world in
            let writer = IntentWriter(client: world.client, pending: PendingWrites())
            func request(_ type: JSONValue, by uid: String) -> Intent {
                let key = ObjectKey(namespace: "default", name: "mark")
                let labels = ["dbaas.io/ops-request": uid]
                let spec: JSONValue = ["clusterRef": "orders", "type": type]
                return .create(DesiredObject(OpsRequest.resource, key, labels: labels, spec: spec))
            }
            let first = try await writer.carryOut(request("Restart", by: "1"), for: SandboxWorld.name)
            let again = try await writer.carryOut(request("Nonsense", by: "1"), for: SandboxWorld.name)
            #expect(first.uid == again.uid && first.uid != nil)
            let refused = await #expect(throws: APIError.self) {
                try await writer.carryOut(request("Nonsense", by: "2"), for: SandboxWorld.name)
            }
            #expect(refused?.isInvalid == true)
        }
    }

    @Test("What has changed since it was looked at is not deleted by its version, and says so as a conflict")
    func deleteOfChanged() async throws {
        try await SandboxWorld.run(operators: 0) { world in
            try await world.createCluster()
            let writer = IntentWriter(client: world.client, pending: PendingWrites())
            let resource = DatabaseCluster.resource
            let seen = try #require(try await world.object(resource)?.at("metadata", "resourceVersion")?.string)
            let edit: Intent = .patch(
                resource,
                SandboxWorld.name,
                format: .merge,
                body: ["spec": ["clusterSize": 4]]
            )
            try await writer.carryOut(edit, for: SandboxWorld.name)
            let changed = try #require(try await world.object(resource))
            let uid = changed.at("metadata", "uid")?.string
            func deletion(_ version: String?) -> Intent {
                .delete(resource, SandboxWorld.name, uid: uid, resourceVersion: version)
            }
            let refused = await #expect(throws: APIError.self) {
                try await writer.carryOut(deletion(seen), for: SandboxWorld.name)
            }
            #expect(refused?.isConflict == true)
            #expect(try await world.object(resource) == changed)
            try await writer.carryOut(
                deletion(changed.at("metadata", "resourceVersion")?.string),
                for: SandboxWorld.name
            )
            #expect(try await world.object(resource) == nil)
        }
    }

    @Test("A test in a JSON patch that does not hold is a conflict, which may pass; an invalid merge patch is none")
    func testThatDoesNotHold() async throws {
        try await SandboxWorld.run(operators: 0) { world in
            try await world.createCluster()
            let writer = IntentWriter(client: world.client, pending: PendingWrites())
            let resource = DatabaseCluster.resource
            let scaling: Intent = .patch(
                resource,
                SandboxWorld.name,
                format: .json,
                body: [
                    ["op": "test", "path": "/spec/clusterSize", "value": 2],
                    ["op": "replace", "path": "/spec/clusterSize", "value": 4],
                ]
            )
            try await writer.carryOut(scaling, for: SandboxWorld.name)
            // As after an answer that was lost on its way: the same once more.
            let repeated = await #expect(throws: APIError.self) {
                try await writer.carryOut(scaling, for: SandboxWorld.name)
            }
            #expect(repeated?.isConflict == true && repeated?.isInvalid == false)
            #expect(repeated?.message.hasPrefix("DatabaseCluster orders has changed since it was looked at") == true)
            let invalid = await #expect(throws: APIError.self) {
                try await writer.carryOut(
                    .patch(resource, SandboxWorld.name, format: .merge, body: ["spec": ["clusterSize": "many"]]),
                    for: SandboxWorld.name
                )
            }
            #expect(invalid?.isInvalid == true && invalid?.isConflict == false)
            #expect(try await world.object(resource)?.at("spec", "clusterSize") == 4)
        }
    }
}
