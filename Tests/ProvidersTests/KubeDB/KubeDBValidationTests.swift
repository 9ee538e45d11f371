import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct KubeDBValidationTests {
    private let provider = KubeDBProvider()

    private func reasons(_ spec: String, engine: String) throws -> [String] {
        let cluster = try Manifests.cluster("provider: kubedb, \(spec)", engine: engine)
        return provider.validate(cluster, Manifests.observed(by: provider)).map(\.reason)
    }

    @Test(
        "What KubeDB would refuse or choke on is refused before anything is written",
        arguments: [
            ("mysql", "clusterSize: 2", "MembersOutOfRange"),
            ("mysql", "clusterSize: 10", "MembersOutOfRange"),
            ("mysql", "clusterSize: 1, providerOptions: {topology: {mode: SemiSync}}", "MembersOutOfRange"),
            ("mariadb", "clusterSize: 2", "MembersOutOfRange"),
            ("redis", "clusterSize: 3, shards: 2", "TooFewShards"),
            ("redis", "clusterSize: 1, shards: 3", "MembersOutOfRange"),
            ("postgresql", "clusterSize: 3, shards: 2", "ShardsUnsupported"),
            ("kafka", "clusterSize: 3, expose: {type: LoadBalancer}", "ExposeUnsupported"),
            ("mysql", "clusterSize: 3, proxy: {type: proxysql}", "ProxyUnsupported"),
            ("mongodb", "clusterSize: 3, proxy: {type: mongos}", "ProxyNeedsShards"),
            ("elasticsearch", "clusterSize: 1, resources: {requests: {memory: 128Mi}}", "TooLittleMemory"),
            ("redis", "clusterSize: 1, size: db.huge", "UnknownSize"),
            ("redis", "clusterSize: 1, backup: {storage: s3}", "BackupUnsupported"),
            ("redis", "clusterSize: 1, dataSource: {backup: {name: b}}", "DataSourceUnsupported"),
            ("redis", "clusterSize: 1, monitoring: {pmm: {serverHost: x}}", "MonitoringUnsupported"),
            (
                "redis", "clusterSize: 1, podSchedulingPolicy: {affinity: {podAffinity: {a: b}}}",
                "SchedulingUnsupported"
            ),
            ("redis", "clusterSize: 1, providerOptions: {topology: {}}", "UnknownOption"),
            ("redis", "clusterSize: 1, config: [{name: \"a b\", value: c}]", "InvalidParameter"),
            ("mongodb", "clusterSize: 1, config: [{name: a, value: b}, {name: a.c, value: d}]", "InvalidParameter"),
            ("redis", "clusterSize: 1, stopped: true, providerOptions: {storageType: Ephemeral}", "CannotStop"),
            (
                "redis", "clusterSize: 1, deletionPolicy: Retain, providerOptions: {storageType: Ephemeral}",
                "NothingToRetain"
            ),
        ]
    )
    func refusals(_ engine: String, _ spec: String, _ reason: String) throws {
        #expect(try reasons(spec, engine: engine) == [reason])
    }

    @Test("A name over KubeDB's limit is refused with the limit; that of sentinels is longer than the cluster's")
    func names() throws {
        func message(_ name: String, _ engine: String, _ size: Int) throws -> String? {
            let cluster = try Manifests.cluster(
                of: """
                    apiVersion: dbaas.io/v1alpha1
                    kind: DatabaseCluster
                    metadata: {name: \(name), namespace: default, uid: u}
                    spec: {engine: \(engine), provider: kubedb, storage: 10Gi, clusterSize: \(size)}
                    """
            )
            return provider.validate(cluster, Manifests.observed(by: provider)).first?.message
        }
        let longest = String(repeating: "a", count: 32)
        #expect(try message(longest, "postgresql", 3) == nil)
        #expect(try message(longest + "a", "postgresql", 3)?.contains("32 characters") == true)
        #expect(try message(longest, "redis", 1) == nil)
        #expect(try message(longest, "redis", 3)?.contains("23 characters") == true)
    }

    @Test("A version is looked up in the catalogue, and one that is not there is refused with those that are")
    func versions() throws {
        let answers = try KubeDBVersions.answer(
            "Elasticsearch",
            [
                ("opensearch-3.4.0", "3.4.0", ", distribution: OpenSearch"),
                ("xpack-9.2.3", "9.2.3", ", distribution: ElasticStack"),
                ("searchguard-9.2.3", "9.2.3", ", distribution: SearchGuard"),
                ("xpack-8.2.0", "8.2.0", ", distribution: ElasticStack, deprecated: true"),
            ]
        )
        func look(_ version: String) throws -> (version: String?, refusals: [Refusal]) {
            let cluster = try Manifests.cluster("\(version)clusterSize: 3", engine: "elasticsearch")
            var observed = Manifests.observed(answers: answers, by: provider)
            for _ in 0..<3 {
                guard case .need(let needs) = provider.preReconcile(cluster, observed) else { break }
                for need in needs { observed.answers[need] = .absent }
            }
            let content = provider.desiredObjects(for: cluster, observed).first?.content
            return (content?.at("spec", "version")?.string, provider.validate(cluster, observed))
        }
        #expect(try look("version: 9.2.3, ").version == "xpack-9.2.3")
        #expect(try look("version: opensearch-3.4.0, ").version == "opensearch-3.4.0")
        #expect(try look("").version == "xpack-9.2.3", "the preferred one of those that are there")
        let unknown = try look("version: 7.0.0, ").refusals
        #expect(unknown.map(\.reason) == ["UnknownVersion"])
        #expect(unknown.first?.message.contains("opensearch-3.4.0, searchguard-9.2.3, xpack-9.2.3") == true)
        #expect(try look("version: xpack-8.2.0, ").refusals.map(\.reason) == ["DeprecatedVersion"])
    }

    @Test("Where all versions are past their end of life, as Kafka's are, a new cluster gets one of them")
    func endOfLife() throws {
        let answers = try KubeDBVersions.answer(
            "Kafka",
            [("3.4.0", "3.4.0", ", deprecated: true, endOfLife: true"), ("4.2.0", "4.2.0", ", endOfLife: true")]
        )
        let cluster = try Manifests.cluster("provider: kubedb, clusterSize: 3", engine: "kafka")
        let observed = Manifests.observed(answers: answers, by: provider)
        #expect(provider.validate(cluster, observed).isEmpty)
        let content = provider.desiredObjects(for: cluster, observed).first?.content
        #expect(content?.at("spec", "version") == "4.2.0")
    }

    @Test("A version that was put into the catalogue a moment ago is found by its name")
    func newVersion() throws {
        let answers = try KubeDBVersions.answer("Redis", [("8.2.2", "8.2.2", "")])
        let cluster = try Manifests.cluster("clusterSize: 1, version: 8.4.0", engine: "redis")
        guard
            case .need(let needs) = provider.preReconcile(cluster, Manifests.observed(answers: answers, by: provider)),
            let need = needs.first
        else {
            Issue.record("the version must be asked for by its name")
            return
        }
        var observed = Manifests.observed(answers: answers, by: provider)
        observed.answers[need] = .object(try Manifests.value("{metadata: {name: 8.4.0}, spec: {version: 8.4.0}}"))
        #expect(provider.preReconcile(cluster, observed) == .proceed)
    }

    @Test(
        "What a running database cannot become is refused, and it is left as it is",
        arguments: [
            ("clusterSize: 3, storage: 8Gi", "StorageCannotShrink"),
            ("clusterSize: 3, providerOptions: {storageType: Ephemeral}", "ImmutableOption"),
            ("clusterSize: 3, providerOptions: {authSecret: other}", "ImmutableOption"),
        ]
    )
    func changes(_ spec: String, _ reason: String) throws {
        var snapshot = KubeDBSnapshot()
        snapshot.spec += ", authSecret: {kind: Secret, name: demo-auth}"
        let cluster = try Manifests.cluster(
            of: """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: demo, namespace: default, uid: 0123456789ab}
                spec: {engine: postgresql, provider: kubedb, \(spec.contains("storage: ") ? "" : "storage: 10Gi, ")\(spec)}
                """
        )
        #expect(provider.validate(cluster, try snapshot.observed()).map(\.reason) == [reason])
    }

    @Test("Volumes that are larger than the database says do not shrink either")
    func volumesCount() throws {
        var snapshot = KubeDBSnapshot()
        snapshot.claims["data-demo-2"] = "20Gi"
        let refusals = provider.validate(try snapshot.cluster(), try snapshot.observed())
        #expect(refusals.map(\.message) == ["storage is 10Gi, but the volumes have 20Gi and cannot shrink"])
    }

    @Test("A downgrade is refused, by the numbers and not by the letters")
    func downgrade() throws {
        var snapshot = KubeDBSnapshot()
        snapshot.spec = snapshot.spec.replacing("17.9", with: "17.10")
        let answers = try KubeDBVersions.answer("Postgres", [("17.9", "17.9", ""), ("17.11", "17.11", "")])
        let observed = try snapshot.observed(answers: answers)
        func reasons(_ version: String) throws -> [String] {
            provider.validate(try snapshot.cluster("clusterSize: 3, version: \"\(version)\""), observed).map(\.reason)
        }
        #expect(try reasons("17.9") == ["DowngradeRefused"])
        #expect(try reasons("17.11").isEmpty)
        #expect(try reasons("17.10").isEmpty)
    }

    @Test("A database keeps the mode that it was created in")
    func modes() throws {
        let single = KubeDBSnapshot(
            engine: "mysql",
            apiKind: "MySQL",
            plural: "mysqls",
            container: "mysql",
            spec: "version: 8.4.8, replicas: 1, \(KubeDBSnapshot.storage)"
        )
        let refusal = provider.validate(try single.cluster("clusterSize: 3"), try single.observed()).first
        #expect(refusal?.reason == "TopologyFixed")
        #expect(refusal?.message.contains("created with a single member") == true)
        let sharded = KubeDBSnapshot.sharded
        #expect(
            provider.validate(try sharded.cluster("clusterSize: 2"), try sharded.observed()).map(\.reason)
                == ["TopologyFixed"]
        )
        let wanted = "clusterSize: 2, shards: 2, proxy: {replicas: 4}"
        #expect(provider.validate(try sharded.cluster(wanted), try sharded.observed()).isEmpty, "KubeDB scales them")
    }

    @Test("KubeDB scales MySQL to 8 members and no further, though 9 can be created")
    func ninthMember() throws {
        #expect(try reasons("clusterSize: 9", engine: "mysql").isEmpty)
        let running = KubeDBSnapshot(
            engine: "mysql",
            apiKind: "MySQL",
            plural: "mysqls",
            container: "mysql",
            spec: "version: 8.4.8, replicas: 3, topology: {mode: GroupReplication}, \(KubeDBSnapshot.storage)"
        )
        let refusals = provider.validate(try running.cluster("clusterSize: 9"), try running.observed())
        #expect(refusals.map(\.reason) == ["MembersOutOfRange"])
        #expect(provider.validate(try running.cluster("clusterSize: 8"), try running.observed()).isEmpty)
    }

    @Test("A placement policy that is not there holds up a new database, and never a running one")
    func placementPolicy() throws {
        let answers = try KubeDBVersions.answer("Postgres", [("17.9", "17.9", "")])
        let spec = "clusterSize: 3, version: \"17.9\", providerOptions: {placementPolicy: zones}"
        let cluster = try Manifests.cluster("provider: kubedb, \(spec)")
        var observed = Manifests.observed(answers: answers, by: provider)
        guard case .need(let needs) = provider.preReconcile(cluster, observed), let need = needs.first else {
            Issue.record("the policy must be asked for")
            return
        }
        observed.answers[need] = .absent
        guard case .wait(let reason, _, _) = provider.preReconcile(cluster, observed) else {
            Issue.record("a new database must wait")
            return
        }
        #expect(reason == "PlacementPolicyNotFound")
        #expect(provider.preReconcile(try KubeDBSnapshot().cluster(spec), try KubeDBSnapshot().observed()) == .proceed)
    }

    @Test("An engine whose kinds are not installed is missing for its own clusters alone")
    func installed() throws {
        var observed = Manifests.observed(by: provider)
        observed.installed = observed.installed.filter { $0.kind != "MongoDB" }
        #expect(provider.missingKinds(for: try Manifests.cluster("clusterSize: 3"), observed).isEmpty)
        let mongodb = try Manifests.cluster("clusterSize: 3", engine: "mongodb")
        #expect(provider.missingKinds(for: mongodb, observed).map(\.kind) == ["MongoDB"])
    }
}
