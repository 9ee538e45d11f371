import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// What is refused before anything is written, since nothing checks Percona's objects when they are.
@Suite struct MongoValidationTests {
    private func refusals(_ spec: String, _ observed: Observed? = nil) throws -> [Refusal] {
        let none = Manifests.observed(by: MongoRunning.provider)
        return MongoRunning.provider.validate(try MongoCase.cluster(spec), observed ?? none)
    }

    @Test(
        "Each refusal has a stable reason and says what to do",
        arguments: [
            ("clusterSize: 4", "InvalidSize", "use 3 or 5"), ("clusterSize: 2", "InvalidSize", "3"),
            ("version: \"5.0\"", "UnknownVersion", "8.0.19-7"), ("version: newest", "InvalidVersion", "8.0"),
            ("size: db.huge", "UnknownSize", "db.t3.micro"),
            ("config: [{name: net.port, value: \"1\"}]", "ForbiddenParameter", "27017"),
            (
                "config: [{name: storage.journal.x, value: abc}, {name: storage.journal, value: abc}]",
                "InvalidParameter",
                "journal"
            ),
            ("proxy: {type: haproxy}", "ProxyUnsupported", "mongos"),
            ("expose: {loadBalancerSourceRanges: [10.0.0.0/8]}", "InvalidExpose", "LoadBalancer"),
            ("monitoring: {enabled: true, prometheus: {}}", "MonitoringUnsupported", "monitoring.pmm"),
            (
                "monitoring: {enabled: true, pmm: {serverHost: h, credentialsSecret: s}}", "MonitoringUnsupported",
                "PMM_SERVER_TOKEN"
            ),
            ("podSchedulingPolicy: {affinity: {pods: {}}}", "InvalidScheduling", "podAffinity"),
            ("backup: {enabled: true}", "BackupStorageMissing", "backup.storage"),
            (
                "backup: {enabled: true, storage: s, schedules: [{name: a, schedule: \"0 0 31 2 *\"}]}",
                "InvalidSchedule", "a"
            ),
            ("providerOptions: {crVersion: latest}", "InvalidOption", "1.22.0"),
            ("providerOptions: {flavour: x}", "UnknownOption", "antiAffinity"),
            ("providerOptions: {configServers: {members: 2}}", "InvalidOption", "odd"),
            ("providerOptions: {configServers: {size: huge}}", "UnknownSize", "huge"),
            ("providerOptions: {mongosConfig: {storage.syncPeriodSecs: \"5\"}}", "InvalidParameter", "routers"),
            ("providerOptions: {tls: {issuer: {kind: Issuer}}}", "InvalidOption", "name"),
        ]
    )
    func refused(_ spec: String, _ reason: String, _ words: String) throws {
        let found = try refusals(spec)
        #expect(found.map(\.reason) == [reason])
        #expect(found.first?.message.contains(words) == true, "\(found)")
    }

    @Test(
        "Odd sizes, a single member and known versions are fine",
        arguments: ["clusterSize: 1", "clusterSize: 7", "version: \"7.0\"", "version: 8.0.12-4", "shards: 3"]
    )
    func accepted(_ spec: String) throws {
        #expect(try refusals(spec) == [])
    }

    @Test("A name for which Percona's operator has no room is refused with its limit")
    func names() throws {
        let name = String(repeating: "a", count: 48)
        let cluster = try Manifests.cluster(
            of: """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: \(name), namespace: default}
                spec: {engine: mongodb, storage: 10Gi}
                """
        )
        let refusal = MongoRunning.provider.validate(cluster, Manifests.observed(by: MongoRunning.provider)).first
        #expect(refusal?.reason == "InvalidName")
        #expect(refusal?.message.contains("takes 47") == true)
    }

    @Test(
        "What a running cluster cannot become is refused, and it is left as it is",
        arguments: [
            ("clusterSize: 1", "InvalidSize"), ("shards: 2", "ShardingImmutable"),
            ("proxy: {type: mongos}", "ShardingImmutable"), ("version: \"7.0\"", "DowngradeRefused"),
            ("version: 8.0.12-4", "DowngradeRefused"),
            ("providerOptions: {crVersion: 1.24.0}", "UpgradePathUnsupported"),
            ("providerOptions: {crVersion: 1.21.0}", "DowngradeRefused"),
        ]
    )
    func running(_ spec: String, _ reason: String) throws {
        #expect(try refusals(spec, try MongoRunning().observed()).map(\.reason) == [reason])
    }

    @Test("Volumes that are larger than the spec says are not asked to shrink, which would end in an error for good")
    func shrinking() throws {
        let running = MongoRunning(size: "20Gi", capacity: "20Gi")
        #expect(try refusals("clusterSize: 3", try running.observed()).map(\.reason) == ["StorageCannotShrink"])
    }

    @Test("Parameters become a file with sections, sorted, with numbers and truth values as such")
    func configuration() throws {
        let cluster = try MongoCase.cluster(
            """
            config: [{name: setParameter.a.b, value: "1"}, {name: net.maxIncomingConnections, value: "100"},
              {name: security.javascriptEnabled, value: "false"}, {name: systemLog.path, value: 'a"b'}, {name: setParameter.c, value: "-1.5"}]
            """
        )
        let child = MongoRunning.provider.desiredObjects(for: cluster, Manifests.observed(by: MongoRunning.provider))
            .first
        #expect(
            child?.content.at("spec", "replsets")?[0]?["configuration"]?.string == """
                net:
                  maxIncomingConnections: 100
                security:
                  javascriptEnabled: false
                setParameter:
                  a.b: 1
                  c: -1.5
                systemLog:
                  path: "a\\"b"

                """
        )
    }
}
