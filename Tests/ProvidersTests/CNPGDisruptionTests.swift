import CRDs
import Foundation
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("What changes of CloudNativePG's objects disturb")
struct CNPGDisruptionTests {
    private static let cnpg = ResourceType(
        group: "postgresql.cnpg.io",
        version: "v1",
        plural: "clusters",
        kind: "Cluster"
    )
    private static let key = ObjectKey(namespace: "default", name: "demo")

    private func judge(
        _ act: ChildChange.Act,
        on resource: ResourceType = cnpg,
        _ running: Running = Running(),
        spec: String = ""
    ) throws -> Disruption {
        let change = ChildChange(resource, Self.key, act)
        return CNPGProvider().disruption(of: change, on: try Manifests.cluster(spec), try running.observed())
    }

    private func field(_ path: String, _ before: JSONValue?, _ after: JSONValue?) -> ChildChange.Act {
        .field(FieldChange(path.split(separator: "/").map(String.init), from: before, to: after))
    }

    @Test(
        "Fields of the Cluster disturb as CloudNativePG acts on them",
        arguments: [
            ("spec/instances", 3, 5, Disruption.none), ("spec/instances", 3, 2, .rolling),
            ("spec/imageName", "x:16.4-standard-trixie", "x:16.6-standard-trixie", .rolling),
            ("spec/imageName", "x:16.4-standard-trixie", "x:17.2-standard-trixie", .downtime),
            ("spec/resources/requests/memory", "2Gi", "4Gi", .rolling), ("spec/storage/size", "10Gi", "20Gi", .none),
            ("spec/postgresql/parameters/work_mem", "4MB", "8MB", .none),
            ("spec/postgresql/parameters/max_connections", "100", "200", .rolling),
            ("spec/postgresql/parameters/pg_stat_statements.max", "100", "200", .rolling),
            ("spec/postgresql/synchronous/number", 1, 2, .none), ("spec/enablePDB", false, true, .none),
            ("spec/affinity/nodeSelector/disk", "ssd", "nvme", .rolling),
            ("spec/aFieldOfTomorrow", 1, 2, .rolling), ("metadata/labels/team", "a", "b", .none),
            ("metadata/annotations/cnpg.io~hibernation", "off", "on", .downtime),
            ("metadata/annotations/kubectl.kubernetes.io~restartedAt", "a", "b", .rolling),
            ("metadata/annotations/cnpg.io~fencedInstances", "[]", "[\"demo-2\"]", .rolling),
            ("metadata/annotations/cnpg.io~fencedInstances", "[]", "[\"demo-1\"]", .downtime),
            ("status/targetPrimary", "demo-1", "demo-2", .rolling),
        ] as [(String, JSONValue, JSONValue, Disruption)]
    )
    func fields(_ path: String, _ before: JSONValue, _ after: JSONValue, _ expected: Disruption) throws {
        let names = path.split(separator: "/").map { String($0).replacing("~", with: "/") }
        #expect(try judge(.field(FieldChange(names, from: before, to: after))) == expected)
    }

    @Test("A parameter that is set for the first time counts as the parameter, not as its whole map")
    func wholeMap() throws {
        #expect(try judge(field("spec/postgresql", nil, ["parameters": ["work_mem": "8MB"]])) == .none)
        #expect(try judge(field("spec/postgresql", nil, ["parameters": ["wal_level": "logical"]])) == .rolling)
        #expect(try judge(field("spec/postgresql/shared_preload_libraries", nil, ["pg_cron"])) == .rolling)
    }

    @Test("With one member alone every restart is downtime")
    func single() throws {
        let alone = Running(members: 1, ready: 1, instances: 1)
        #expect(try judge(field("spec/resources/requests/memory", "2Gi", "4Gi"), alone) == .downtime)
        #expect(try judge(field("spec/postgresql/parameters/max_connections", "1", "2"), alone) == .downtime)
        #expect(try judge(field("spec/instances", 1, 3), alone) == .none)
        #expect(try judge(field("spec/postgresql/parameters/work_mem", "1MB", "2MB"), alone) == .none)
    }

    @Test("Of a stopped cluster only what takes its data disturbs")
    func stopped() throws {
        var running = Running()
        running.conditions = "[{type: cnpg.io/hibernation, status: \"True\", reason: Hibernated}]"
        #expect(try judge(field("spec/resources/requests/memory", "2Gi", "4Gi"), running) == .none)
        #expect(try judge(.deletion(.background), running) == .dataLoss)
    }

    @Test("Deletion follows the policy, and takes what it takes")
    func deletion() throws {
        #expect(try judge(.deletion(.background)) == .dataLoss)
        #expect(try judge(.deletion(.orphan), spec: "deletionPolicy: Retain") == .downtime)
        #expect(try judge(.deletion(.background), on: .pod) == .rolling)
        #expect(try judge(.deletion(.background), on: .pod, Running(members: 1, ready: 1, instances: 1)) == .downtime)
        #expect(
            try judge(.deletion(.background), on: .persistentVolumeClaim, Running(members: 1, ready: 1, instances: 1))
                == .dataLoss
        )
    }

    @Test("A shorter retention loses backups, a longer one nothing")
    func retention() throws {
        let store = ResourceType(
            group: "barmancloud.cnpg.io",
            version: "v1",
            plural: "objectstores",
            kind: "ObjectStore"
        )
        #expect(try judge(field("spec/retentionPolicy", "30d", "4w"), on: store) == .dataLoss)
        #expect(try judge(field("spec/retentionPolicy", "7d", "2w"), on: store) == .none)
        #expect(try judge(field("spec/retentionPolicy", "7d", nil), on: store) == .none)
        #expect(try judge(field("spec/instanceSidecarConfiguration/env", nil, []), on: store) == .rolling)
    }

    @Test("Nothing disturbs a database that is not there")
    func absent() throws {
        let change = ChildChange(Self.cnpg, Self.key, .creation)
        #expect(
            CNPGProvider().disruption(of: change, on: try Manifests.cluster(""), Manifests.observed())
                == Disruption.none
        )
    }

    @Test("A rendering with another ladder of sizes has another name")
    func rendering() throws {
        let larger = try SizeLadder(["classes": [["name": "one", "cpu": "1", "memory": "1Gi"]], "default": "one"])
        #expect(CNPGProvider(sizes: larger).rendering != CNPGProvider().rendering)
        #expect(CNPGProvider(sizes: larger).rendering == CNPGProvider(sizes: larger).rendering)
    }
}
