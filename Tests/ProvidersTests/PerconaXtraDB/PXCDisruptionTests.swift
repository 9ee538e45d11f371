import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("What changes of Percona's objects for MySQL disturb") struct PXCDisruptionTests {
    private func resource(_ kind: String) throws -> ResourceType {
        try #require(PXCRunning.provider.watches.map(\.resource).first { $0.kind == kind })
    }

    private func judge(
        _ act: ChildChange.Act,
        on kind: String = "PerconaXtraDBCluster",
        _ running: PXCRunning = PXCRunning(),
        spec: String = ""
    ) throws -> Disruption {
        let change = ChildChange(try resource(kind), ObjectKey(namespace: "default", name: "demo"), act)
        let cluster = try Manifests.cluster(spec, engine: "mysql")
        return PXCRunning.provider.disruption(of: change, on: cluster, try running.observed())
    }

    private func field(_ path: String, _ before: JSONValue?, _ after: JSONValue?) -> ChildChange.Act {
        .field(FieldChange(path.split(separator: "/").map(String.init), from: before, to: after))
    }

    @Test(
        "Fields of the cluster disturb as Percona's operator acts on them",
        arguments: [
            ("spec/pxc/size", 3, 5, Disruption.none), ("spec/pxc/size", 5, 3, .rolling),
            ("spec/pxc/image", "a", "b", .rolling), ("spec/pxc/resources/limits/cpu", "1", "2", .rolling),
            ("spec/pxc/configuration", "a", "b", .rolling), ("spec/pxc/annotations/dbaas.io", "a", "b", .rolling),
            ("spec/pxc/volumeSpec/persistentVolumeClaim/resources/requests/storage", "1Gi", "2Gi", .none),
            ("spec/pxc/aFieldOfTomorrow", 1, 2, .rolling), ("spec/aFieldOfTomorrow", 1, 2, .rolling),
            ("spec/crVersion", "1.18.0", "1.19.0", .rolling), ("spec/pause", false, true, .downtime),
            ("spec/pause", true, false, .none), ("spec/backup/image", "a", "b", .none),
            ("spec/backup/schedule", [1], [2], .none), ("spec/unsafeFlags/pxcSize", false, true, .none),
            ("spec/haproxy/size", 2, 3, .none), ("spec/haproxy/size", 3, 2, .rolling),
            ("spec/haproxy/image", "a", "b", .rolling), ("spec/haproxy/enabled", true, false, .downtime),
            ("spec/haproxy/exposePrimary/type", "ClusterIP", "LoadBalancer", .downtime),
            ("spec/haproxy/exposePrimary/loadBalancerSourceRanges", ["a"], ["b"], .none),
            ("spec/tls/SANs", ["a"], ["b"], .downtime), ("metadata/labels/team", "a", "b", .none),
            ("metadata/annotations/dbaas.io", "a", "b", .none),
        ] as [(String, JSONValue, JSONValue, Disruption)]
    )
    func fields(_ path: String, _ before: JSONValue, _ after: JSONValue, _ expected: Disruption) throws {
        #expect(try judge(field(path, before, after)) == expected)
    }

    @Test("A part that comes or goes as a whole counts by what is in it")
    func parts() throws {
        #expect(try judge(field("spec/haproxy", ["enabled": true], nil)) == .downtime)
        #expect(try judge(field("spec/pxc", ["size": 3], ["size": 5])) == .none)
        #expect(try judge(field("spec/pmm", nil, ["enabled": true])) == .rolling)
    }

    @Test("With one member alone every restart is downtime, and of a stopped cluster nothing disturbs")
    func states() throws {
        let alone = PXCRunning(members: 1, ready: 1, size: 1)
        #expect(try judge(field("spec/pxc/image", "a", "b"), alone) == .downtime)
        #expect(try judge(.deletion(.background), on: "PersistentVolumeClaim", alone) == .dataLoss)
        let stopped = PXCRunning(pods: 0, state: "paused", isPaused: true)
        #expect(try judge(field("spec/pxc/image", "a", "b"), stopped) == .none)
        #expect(try judge(.deletion(.background), stopped) == .dataLoss)
    }

    @Test("Deletions and restores take what they take")
    func objects() throws {
        #expect(try judge(.deletion(.background)) == .dataLoss)
        #expect(try judge(.deletion(.background), spec: "deletionPolicy: Retain") == .downtime)
        #expect(try judge(.deletion(.background), on: "Pod") == .rolling)
        #expect(try judge(.deletion(.background), on: "PerconaXtraDBClusterBackup") == .dataLoss)
        #expect(try judge(.creation, on: "PerconaXtraDBClusterRestore") == .dataLoss)
        #expect(try judge(.creation, on: "PerconaXtraDBClusterBackup") == .none)
    }

    @Test("A rendering has another name with another ladder")
    func rendering() throws {
        let one = try SizeLadder(["classes": [["name": "one", "cpu": "1", "memory": "1Gi"]], "default": "one"])
        #expect(PXCProvider(sizes: one).rendering != PXCProvider().rendering)
    }
}
