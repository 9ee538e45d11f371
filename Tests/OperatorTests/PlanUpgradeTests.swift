import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import Sandbox
import ServiceLifecycle
import Testing

@testable import Operator

/// An API server on which operators of different renderings follow each other.
private struct UpgradeWorld: Sendable {
    let world: SandboxWorld
    let address: String
    let logger: Logger

    /// What the next version of the operator makes of the same size class.
    static let next = Result { try SizeLadder(["classes": [["name": "db.t3.medium", "cpu": "1", "memory": "4Gi"]]]) }

    static func run(_ body: @Sendable @escaping (UpgradeWorld) async throws -> Void) async throws {
        var configuration = SandboxConfiguration()
        configuration.speed = 100
        configuration.seed = 7
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = SandboxServer(configuration, logger: logger)
        try await withThrowingTaskGroup { [logger] group in
            group.addTask { try await server.run() }
            let address = try #require(await server.boundAddress())
            let client = KubernetesClient(
                configuration: ClientConfiguration(server: "http://\(address)"),
                userAgent: "test"
            )
            group.addTask { await client.run() }
            try await body(UpgradeWorld(world: SandboxWorld(client: client), address: address, logger: logger))
            client.shutDown()
            group.cancelAll()
        }
    }

    /// Runs an operator for as long as `body` takes.
    func withOperator(
        _ ladder: SizeLadder = .standard,
        _ body: @Sendable @escaping () async throws -> Void
    ) async throws {
        var settings = OperatorSettings()
        settings.isLeaderElected = false
        settings.interval = .seconds(1)
        settings.ladder = ladder
        let client = KubernetesClient(
            configuration: ClientConfiguration(server: "http://\(address)"),
            userAgent: "test"
        )
        let services = OperatorServices(client: client, settings: settings, identity: "operator", logger: logger)
        try await withThrowingTaskGroup { [logger] group in
            group.addTask { try await services.services.run(untilSignalled: false, logger: logger) }
            try await body()
            group.cancelAll()
        }
    }

    var memory: String? {
        get async throws {
            try await world.object(SandboxWorld.cnpgCluster)?.at("spec", "resources", "limits", "memory")?.string
        }
    }

    /// The members' pods, by which a restart would be seen.
    var pods: Set<String> {
        get async throws {
            var uids: Set<String> = []
            _ = try await world.client.listAll(.pod, namespace: "default") { (page) throws(APIError) in
                for pod in (try? JSONValue(parsing: page.bytes))?["items"]?.array ?? [] {
                    if let uid = pod.at("metadata", "uid")?.string { uids.insert(uid) }
                }
            }
            return uids
        }
    }

    func patch(_ resource: ResourceType, _ body: JSONValue) async throws {
        _ = try await world.client.patch(resource, SandboxWorld.name, type: .merge, body, fieldManager: "person")
    }

    func waitForPending() async throws -> Condition {
        try await world.wait(for: "UpdatePending") { try await $0.condition("UpdatePending")?.status == .true }
        return try #require(try await world.condition("UpdatePending"))
    }

    func waitForRelease() async throws {
        try await world.wait(for: "the new size") { _ in try await memory == "4Gi" }
        try await world.wait(for: "the end of UpdatePending") { try await $0.condition("UpdatePending") == nil }
    }
}

@Suite("A new version of the operator", .serialized)
struct PlanUpgradeTests {
    @Test("It restarts no database: what would is held, an edit goes through, and a person lets the rest through")
    func annotation() async throws {
        try await UpgradeWorld.run { upgrade in
            let world = upgrade.world
            try await upgrade.withOperator {
                try await world.createCluster()
                try await world.wait(for: "Ready") { try await $0.condition("Ready")?.status == .true }
            }
            let pods = try await upgrade.pods
            try await upgrade.withOperator(try UpgradeWorld.next.get()) {
                let pending = try await upgrade.waitForPending()
                #expect(pending.message.contains("spec.resources.limits.memory: 2Gi → 4Gi"))
                #expect(try await world.condition("Ready")?.status == .true)
                #expect(try await upgrade.memory == "2Gi")
                try await upgrade.patch(
                    DatabaseCluster.resource,
                    ["spec": ["config": [["name": "work_mem", "value": "8MB"]]]]
                )
                try await world.wait(for: "the edit") {
                    try await $0.object(SandboxWorld.cnpgCluster)?.at("spec", "postgresql", "parameters", "work_mem")
                        == "8MB"
                }
                #expect(try await upgrade.memory == "2Gi")
                #expect(try await upgrade.waitForPending().message == pending.message)
                #expect(try await upgrade.pods == pods)
                let wish: JSONValue = [
                    "clusterRef": "orders", "type": "HorizontalScaling", "horizontalScaling": ["replicas": 3],
                    "dryRun": true,
                ]
                try await world.create(OpsRequest.resource, "grow", wish)
                try await world.wait(for: "a plan") { try await $0.request("grow")?.isFinished == true }
                let plan = try #require(try await world.request("grow")).status.plan
                #expect(plan.map(\.diff) == ["spec.clusterSize: 2 → 3", "spec.instances: 2 → 3"])
                let hash = try #require(pending.message.split(separator: "hash ").last?.prefix { $0 != ":" })
                try await upgrade.patch(
                    DatabaseCluster.resource,
                    ["metadata": ["annotations": ["dbaas.io/apply-pending": .string(String(hash))]]]
                )
                try await upgrade.waitForRelease()
                try await world.wait(for: "new pods") { _ in try await upgrade.pods.isDisjoint(with: pods) }
            }
        }
    }

    @Test("What an operator without renderings has made is left alone too, until the maintenance window opens")
    func window() async throws {
        try await UpgradeWorld.run { upgrade in
            let world = upgrade.world
            let today = CivilDate.weekday(CivilDate.days(Timestamp.now.seconds))
            let closed = "\(MaintenanceWindow.Day.allCases[(today + 3) % 7].name) 02:00-04:00"
            try await upgrade.withOperator {
                try await world.createCluster(["maintenance": ["window": .string(closed)]])
                try await world.wait(for: "Ready") { try await $0.condition("Ready")?.status == .true }
            }
            let marks: JSONValue = ["dbaas.io/rendering": .null]
            try await upgrade.patch(SandboxWorld.cnpgCluster, ["metadata": ["annotations": marks]])
            let pods = try await upgrade.pods
            try await upgrade.withOperator(try UpgradeWorld.next.get()) {
                _ = try await upgrade.waitForPending()
                #expect(try await upgrade.memory == "2Gi")
                #expect(try await upgrade.pods == pods)
                try await upgrade.patch(
                    DatabaseCluster.resource,
                    ["spec": ["maintenance": ["window": "00:00-24:00", "timeZone": "UTC"]]]
                )
                try await upgrade.waitForRelease()
            }
        }
    }
}
