import CRDs
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGValidationTests {
    @Test(
        "What CloudNativePG cannot do is refused before anything is written",
        arguments: [
            ("config: [{name: archive_command, value: x}]", "ForbiddenParameter"),
            ("config: [{name: shared_preload_libraries, value: x}]", "ForbiddenParameter"),
            ("config: [{name: \"bad name\", value: x}]", "InvalidParameter"),
            ("config: [{name: shared_buffers, value: 3GB}], size: db.t3.medium", "SharedBuffersTooLarge"),
            ("config: [{name: shared_buffers, value: lots}]", "InvalidParameter"),
            ("config: [{name: wal_level, value: minimal}]", "InvalidParameter"),
            ("config: [{name: wal_log_hints, value: \"off\"}]", "InvalidParameter"),
            ("config: [{name: min_wal_size, value: 2GB}, {name: max_wal_size, value: 1GB}]", "InvalidParameter"),
            ("version: \"13.2\"", "UnknownVersion"),
            ("version: latest", "InvalidVersion"),
            ("size: db.huge", "UnknownSize"),
            ("shards: 3", "ShardsUnsupported"),
            ("podSchedulingPolicy: {affinity: {nodeAffinity: x}}", "InvalidScheduling"),
            ("podSchedulingPolicy: {affinity: {nodeAfinity: {}}}", "InvalidScheduling"),
            ("podSchedulingPolicy: {nodeSelector: {\"$(rm)\": x}}", "InvalidScheduling"),
            ("podSchedulingPolicy: {nodeSelector: {disk: \"a\\nb\"}}", "InvalidScheduling"),
            ("podSchedulingPolicy: {tolerations: [{kee: x}]}", "InvalidScheduling"),
            (
                "podSchedulingPolicy: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone}]}",
                "InvalidScheduling"
            ),
            ("monitoring: {pmm: {serverHost: pmm}}", "MonitoringUnsupported"),
            ("backup: {enabled: true}", "BackupStorageMissing"),
            ("backup: {storage: s, schedules: [{name: a, schedule: \"0 2 31 2 *\"}]}", "InvalidSchedule"),
            ("backup: {storage: s, schedules: [{name: a, schedule: \"99 2 * * *\"}]}", "InvalidSchedule"),
            ("expose: {loadBalancerSourceRanges: [10.0.0.0/8]}", "InvalidExpose"),
            ("providerOptions: {databse: shop}", "UnknownOption"),
            ("providerOptions: {image: {flavour: standard}}", "UnknownOption"),
            ("providerOptions: {walStorage: {size: large}}", "InvalidOption"),
            ("providerOptions: {owner: postgres}", "ReservedName"),
            ("clusterSize: 2, providerOptions: {synchronous: {method: any, number: 2}}", "TooFewMembers"),
            ("providerOptions: {backup: {retentionPolicy: forever}}, backup: {storage: s}", "InvalidOption"),
        ]
    )
    func refuses(_ spec: String, _ reason: String) throws {
        let refusals = CNPGProvider().validate(try Manifests.cluster(spec), Manifests.observed())
        #expect(refusals.first?.reason == reason, "\(refusals)")
    }

    @Test(
        "What would damage a running cluster is refused",
        arguments: [
            ("storage: 5Gi", "StorageCannotShrink"),
            ("version: \"15.4\"", "DowngradeRefused"),
            ("version: \"17.2\", stopped: true", "ClusterStopped"),
            ("providerOptions: {database: other}", "ImmutableOption"),
        ]
    )
    func refusesForRunning(_ spec: String, _ reason: String) throws {
        var text = "apiVersion: dbaas.io/v1alpha1\nkind: DatabaseCluster\nmetadata: {name: demo, namespace: default}\n"
        text += "spec: {engine: postgresql, \(spec.contains("storage") ? "" : "storage: 10Gi, ")\(spec)}"
        let cluster = try Manifests.cluster(of: text)
        let refusals = CNPGProvider().validate(cluster, try Running().observed())
        #expect(refusals.map(\.reason) == [reason], "\(refusals)")
    }

    @Test(
        "Nothing is held against an ordinary cluster, however it is written",
        arguments: [
            "version: \"16\"",
            "podSchedulingPolicy: {nodeSelector: {example.com/disk: ssd}, tolerations: [{key: db, operator: Exists}]}",
            "config: [{name: work_mem, value: 64MB}, {name: pg_stat_statements.max, value: \"5000\"}]",
            "clusterSize: 1, config: [{name: wal_level, value: minimal}, {name: max_wal_senders, value: \"0\"}]",
            "backup: {storage: s, schedules: [{name: a, schedule: \"*/15 8-18 * jan-jun mon-fri\"}]}",
            "config: [{name: shared_buffers, value: \"16384\"}]",
        ]
    )
    func accepts(_ spec: String) throws {
        #expect(CNPGProvider().validate(try Manifests.cluster(spec), Manifests.observed()) == [])
    }

    @Test("The factory serves an engine by its default and refuses what it does not have")
    func factory() throws {
        let factory = ProviderFactory()
        #expect(try factory.provider(for: DatabaseClusterSpec(engine: .postgresql, storage: Quantity(1))).name == .cnpg)
        let refusal = #expect(throws: Refusal.self) {
            try ProviderFactory(providers: [CNPGProvider()])
                .provider(for: DatabaseClusterSpec(engine: .kafka, storage: Quantity(1)))
        }
        #expect(refusal?.reason == "ProviderUnknown")
    }
}
