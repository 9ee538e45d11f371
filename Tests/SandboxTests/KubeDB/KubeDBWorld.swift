import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

/// A world with KubeDB in it, and one database that is looked at.
extension FakeWorld {
    /// A world whose database of that engine is called `db`.
    static func kubeDB(_ engine: DatabaseEngine, failing failure: String? = nil) throws -> FakeWorld {
        var world = FakeWorld(.kubedb)
        world.watched = ObjectReference(engine.database, "default", "db")
        world.clusterLabel = "app.kubernetes.io/instance"
        for (resource, object) in ChildOperator.kubedb.installed()
        where resource == engine.catalogue || resource == .kubeDBPlacementPolicy {
            _ = try world.api.create(resource, object)
        }
        _ = try world.api.create(
            .storageClass,
            ["metadata": ["name": "standard"], "allowVolumeExpansion": true]
        )
        _ = try world.api.create(.storageClass, ["metadata": ["name": "rigid"]])
        return world
    }

    var engine: DatabaseEngine? { DatabaseEngine.of(database: watched.resource) }

    static let durable: JSONValue = [
        "storageClassName": "standard", "accessModes": ["ReadWriteOnce"],
        "resources": ["requests": ["storage": "10Gi"]],
    ]

    /// Creates the database as written.
    func createDatabase(_ spec: JSONValue, annotations: JSONValue = [:]) throws {
        let resource = watched.resource
        _ = try api.create(
            resource,
            [
                "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind),
                "metadata": ["name": "db", "namespace": "default", "annotations": annotations],
                "spec": spec,
            ]
        )
    }

    /// Creates the database and waits until it is ready.
    mutating func haveDatabase(_ spec: JSONValue) async throws {
        try createDatabase(spec)
        try await reach { $0.isReady }
        _ = await run(seconds: 10)
        forgetPhases()
    }

    var isReady: Bool { status["phase"] == "Ready" && status.at("observedGeneration") != nil }

    func object(_ resource: ResourceType, _ name: String) -> JSONValue? {
        api.get(resource, ObjectKey(namespace: "default", name: name))
    }

    /// Files a request with the ops-manager.
    ///
    /// - Parameter second: when it is filed, as seconds of one minute.
    func request(
        _ name: String,
        _ type: String,
        _ spec: JSONValue = [:],
        at second: Int = 0,
        annotations: JSONValue = [:]
    ) throws {
        guard let resource = engine?.operation else { return }
        let base: JSONValue = ["type": .string(type), "databaseRef": ["name": "db"]]
        let stamp = "2026-01-01T00:00:\(second < 10 ? "0" : "")\(second)Z"
        _ = try api.create(
            resource,
            [
                "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind),
                "metadata": [
                    "name": .string(name), "namespace": "default", "creationTimestamp": .string(stamp),
                    "annotations": annotations,
                ],
                "spec": JSONMergePatch.apply(spec, to: base),
            ]
        )
    }

    /// The status of a request.
    func request(_ name: String) -> JSONValue {
        engine.flatMap { object($0.operation, name) }?["status"] ?? [:]
    }

    func requestPhase(_ name: String) -> String? { request(name)["phase"]?.string }

    /// The message of a condition of a request.
    func message(_ name: String, _ type: String) -> String? {
        request(name)["conditions"]?.array?.first { $0["type"]?.string == type }?["message"]?.string
    }

    /// Files a request and waits until it ends.
    mutating func perform(_ name: String, _ type: String, _ spec: JSONValue = [:]) async throws {
        try request(name, type, spec)
        try await reach { ["Successful", "Failed"].contains($0.requestPhase(name)) }
    }

    /// The names of the database's pods, in order.
    var databasePods: [String] { pods.map(\.objectName) }

    /// The main container of each pod.
    var mainContainers: [JSONValue] {
        pods.compactMap { $0.at("spec", "containers")?.item(named: engine?.container ?? "") }
    }
}
