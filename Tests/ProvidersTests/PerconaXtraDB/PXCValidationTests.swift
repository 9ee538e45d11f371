import CRDs
import Foundation
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("What a Percona XtraDB Cluster is refused for") struct PXCValidationTests {
    private func refusals(
        _ spec: String,
        storage: String = "10Gi",
        _ running: PXCRunning? = nil
    ) throws -> [Refusal] {
        let cluster = try Manifests.cluster(spec, engine: "mysql", storage: storage)
        let observed = try running?.observed() ?? Manifests.observed(by: PXCRunning.provider)
        return PXCRunning.provider.validate(cluster, observed)
    }

    @Test(
        "A wish that cannot be carried out is refused with a reason and with what to do",
        arguments: [
            ("clusterSize: 2", "UnsafeSize", "3 or 5"), ("clusterSize: 7", "UnsafeSize", "3 or 5"),
            ("shards: 2", "ShardsUnsupported", "leave shards out"),
            ("size: db.t9.huge", "UnknownSize", "db.t3.medium"),
            ("version: \"9.1\"", "UnknownVersion", "8.4.7-7.1"), ("version: newest", "InvalidVersion", "8.0.44-35.1"),
            ("version: \"8.0.36\"", "UnknownVersion", "Percona's own number"),
            ("proxy: {replicas: 1}", "UnsafeProxySize", "2 or more"),
            ("proxy: {enabled: false}, expose: {type: NodePort}", "InvalidExpose", "enable proxy"),
            ("expose: {loadBalancerSourceRanges: [10.0.0.0/8]}", "InvalidExpose", "LoadBalancer"),
            ("monitoring: {prometheus: {}}", "MonitoringUnsupported", "monitoring.pmm"),
            (
                "monitoring: {pmm: {serverHost: pmm, credentialsSecret: token}}", "MonitoringUnsupported",
                "demo-secrets as pmmservertoken"
            ),
            ("backup: {schedules: []}", "BackupStorageMissing", "backup.storage"),
            (
                "backup: {storage: s3, schedules: [{name: a, schedule: \"0 0 30 2 *\"}]}", "InvalidSchedule",
                "ever fires"
            ),
            ("dataSource: {cluster: {name: other}}", "DataSourceUnsupported", "dataSource.backup"),
            ("providerOptions: {colour: red}", "UnknownOption", "unsafeSizes"),
            ("providerOptions: {proxysql: {storage: 1Gi}}", "InvalidOption", "proxy.type proxysql"),
            ("providerOptions: {user: {name: root}}", "ReservedName", "choose another"),
            ("providerOptions: {crVersion: newest}", "InvalidOption", "1.19.0"),
            ("podSchedulingPolicy: {affinity: {node: {}}}", "InvalidScheduling", "nodeAffinity"),
        ]
    )
    func refused(_ spec: String, _ reason: String, _ advice: String) throws {
        let refusal = try #require(try refusals(spec).first)
        #expect(refusal.reason == reason)
        #expect(refusal.message.contains(advice))
    }

    @Test(
        "What can be carried out is accepted",
        arguments: [
            "clusterSize: 1", "clusterSize: 5", "clusterSize: 4, providerOptions: {unsafeSizes: true}",
            "version: \"8.4\"", "version: 8.0.30-22.1", "proxy: {type: proxysql, replicas: 3}",
            "proxy: {enabled: false}",
            "monitoring: {pmm: {serverHost: pmm, credentialsSecret: demo-secrets}}",
        ]
    )
    func accepted(_ spec: String) throws { #expect(try refusals(spec) == []) }

    @Test("A name over 22 characters is refused with the limit")
    func name() throws {
        let name = "a-name-of-23-characters"
        let cluster = try Manifests.cluster(
            of: """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: \(name), namespace: default, uid: x}
                spec: {engine: mysql, storage: 10Gi}
                """
        )
        let refusal = PXCRunning.provider.validate(cluster, Manifests.observed(by: PXCRunning.provider)).first
        #expect(refusal?.reason == "InvalidName")
        #expect(refusal?.message.contains("22 at most") == true)
    }

    @Test(
        "Parameters that would break the members, or be read as something else, are refused",
        arguments: [
            ("wsrep_cluster_name", "x", "ForbiddenParameter"), ("wsrep-node-address", "x", "ForbiddenParameter"),
            ("mysqld.server-id", "1", "ForbiddenParameter"), ("loose_datadir", "/x", "ForbiddenParameter"),
            ("skip-log-bin", "", "ForbiddenParameter"), ("log_bin", "OFF", "ForbiddenParameter"),
            ("max connections", "1", "InvalidParameter"), ("[mysqld]", "1", "InvalidParameter"),
            ("init_connect", "{{ containerMemoryLimit }}", "InvalidParameter"),
            ("innodb_buffer_pool_size", "3G", "BufferPoolTooLarge"),
            ("innodb-buffer-pool-size", "lots", "InvalidParameter"),
        ]
    )
    func parameters(_ name: String, _ value: String, _ reason: String) throws {
        let config: JSONValue = [["name": .string(name), "value": .string(value)]]
        #expect(try refusals("config: \(config)").first?.reason == reason)
    }

    @Test("The same option in two spellings is refused; options of other sections and plugins are taken")
    func spellings() throws {
        let twice = "config: [{name: max_connections, value: a}, {name: mysqld.max-connections, value: b}]"
        #expect(try refusals(twice).map(\.reason) == ["InvalidParameter"])
        let fine =
            "config: [{name: client.port, value: a}, {name: validate_password.policy, value: LOW}, "
            + "{name: wsrep_provider_options, value: gcache.size=1G}, {name: log_bin, value: binlog}]"
        #expect(try refusals(fine) == [])
    }

    @Test("Volumes do not shrink, data does not go back, and a series is not left")
    func running() throws {
        #expect(try refusals("", storage: "5Gi", PXCRunning()).first?.reason == "StorageCannotShrink")
        #expect(try refusals("version: 8.0.41-32.1", PXCRunning()).first?.reason == "DowngradeRefused")
        #expect(try refusals("version: \"8.4\"", PXCRunning()).first?.reason == "UpgradePathUnsupported")
        #expect(try refusals("version: \"5.7\"", PXCRunning()).first?.reason == "DowngradeRefused")
        #expect(try refusals("version: 8.0.44-35.1", PXCRunning()) == [])
        // Taken back while no member has run the new one yet.
        #expect(
            try refusals("version: 8.0.42-33.1", PXCRunning(image: "percona/percona-xtradb-cluster:8.0.44-35.1")) == []
        )
        #expect(
            try refusals("providerOptions: {crVersion: 1.20.0}", PXCRunning()).first?.reason == "UpgradePathUnsupported"
        )
        #expect(try refusals("providerOptions: {crVersion: 1.19.0}", PXCRunning()) == [])
    }

    @Test("The samples are accepted", arguments: ["mysql.yaml", "mysql-full.yaml"])
    func samples(_ file: String) throws {
        let folder = GoldenCase.root.appending(path: "../../../config/samples")
        let text = String(decoding: try Data(contentsOf: folder.appending(path: file)), as: UTF8.self)
        let cluster = try Manifests.cluster(of: text)
        #expect(PXCRunning.provider.validate(cluster, Manifests.observed(by: PXCRunning.provider)) == [])
    }
}
