import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("What a Kafka cluster cannot be is refused before anything is written")
struct StrimziValidationTests {
    private let provider = RunningKafka.provider

    private func refusals(_ spec: String, _ running: RunningKafka? = nil) throws -> [Refusal] {
        let cluster = try Manifests.cluster(spec, engine: "kafka")
        let observed = try running?.observed() ?? Manifests.observed(by: provider)
        return provider.validate(cluster, observed)
    }

    @Test(
        "A wish that Strimzi would refuse, ignore or drop in silence is refused with a reason and what to do",
        arguments: [
            ("version: \"4.3\"", "InvalidVersion", "all three numbers"),
            ("version: 4.1.0", "UnknownVersion", "4.2.0, 4.2.1, 4.3.0, 4.3.1"),
            ("shards: 2", "ShardsUnsupported", "leave shards out"),
            ("size: db.huge", "UnknownSize", "db.t3.micro"),
            ("resources: {requests: {cpu: \"0\"}}", "InvalidResources", "more than 0"),
            ("resources: {requests: {cpu: \"2\"}, limits: {cpu: \"1\"}}", "RequestOverLimit", "lower the one"),
            ("config: [{name: advertised.listeners, value: x}]", "ForbiddenParameter", "spec.expose"),
            ("config: [{name: LOG.DIRS, value: x}]", "ForbiddenParameter", "log.dir"),
            ("config: [{name: broker.rack, value: x}]", "ForbiddenParameter", "providerOptions.rack"),
            ("config: [{name: ssl.keystore.location, value: x}]", "ForbiddenParameter", "authentication"),
            ("config: [{name: \"a b\", value: x}]", "InvalidParameter", "letters"),
            ("config: [{name: default.replication.factor, value: many}]", "InvalidParameter", "number"),
            ("config: [{name: default.replication.factor, value: \"4\"}]", "TooFewBrokers", "clusterSize 3"),
            ("config: [{name: transaction.state.log.min.isr, value: \"4\"}]", "TooFewBrokers", "4 replicas"),
            ("config: [{name: min.insync.replicas, value: \"4\"}]", "TooFewReplicas", "no write"),
            ("proxy: {enabled: true}", "ProxyUnsupported", "leave proxy out"),
            ("expose: {type: NodePort, loadBalancerSourceRanges: [10.0.0.0/8]}", "InvalidExpose", "LoadBalancer"),
            ("monitoring: {pmm: {serverHost: pmm}}", "MonitoringUnsupported", "prometheus"),
            ("podSchedulingPolicy: {affinity: {podAfinity: {}}}", "InvalidScheduling", "podAfinity"),
            ("backup: {enabled: true}", "BackupUnsupported", "MirrorMaker 2"),
            ("dataSource: {backup: {name: x}}", "DataSourceUnsupported", "leave dataSource out"),
            ("stopped: true", "StopUnsupported", "set stopped to false"),
            ("providerOptions: {controlers: {}}", "UnknownOption", "controllers"),
            ("providerOptions: {controllers: {replicas: 4}}", "InvalidOption", "odd"),
            ("providerOptions: {metadataVersion: \"4.4\"}", "InvalidOption", "upgrade version first"),
            ("providerOptions: {metadataVersion: \"3.3-IV2\"}", "InvalidOption", "3.3-IV3"),
            ("providerOptions: {jvm: {xmx: 4gb}}", "InvalidOption", "4gb"),
            ("providerOptions: {podLabels: {strimzi.io/x: z}}", "InvalidOption", "Strimzi's own"),
            ("providerOptions: {plainListener: true, authentication: tls}", "InvalidOption", "no TLS"),
            ("providerOptions: {deleteClaim: true}, deletionPolicy: Retain", "InvalidOption", "Retain"),
            ("providerOptions: {metrics: {configMap: {key: x}}}", "InvalidOption", "needs the name"),
            ("providerOptions: {certificates: {validityDays: 20}}", "InvalidOption", "renewed 30 days"),
            ("clusterSize: 1, providerOptions: {cruiseControl: true}", "CruiseControlNeedsBrokers", "at least 2"),
        ]
    )
    func refuses(_ spec: String, _ reason: String, _ words: String) throws {
        let found = try refusals(spec)
        let refusal = try #require(found.first { $0.reason == reason }, "\(found)")
        #expect(refusal.message.contains(words), "\(refusal)")
    }

    @Test(
        "What Strimzi takes is not refused",
        arguments: [
            "clusterSize: 1", "clusterSize: 2", "clusterSize: 100", "version: 4.2.0",
            "config: [{name: ssl.protocol, value: TLSv1.3}, {name: controller.quorum.fetch.timeout.ms, value: \"9\"}]",
            "config: [{name: listener.name.tls-9093.connections.max.reauth.ms, value: \"9\"}]",
            "config: [{name: my.plugin.option, value: x}, {name: log.retention.hours, value: \"1\"}]",
            "clusterSize: 1, providerOptions: {controllers: {replicas: 3}}",
        ]
    )
    func accepts(_ spec: String) throws { #expect(try refusals(spec) == []) }

    @Test("Exceptions of a forbidden prefix are exact, and those of listeners end as told")
    func exceptions() throws {
        for name in ["ssl.protocols", "listener.name.tls-9093.ssl.keystore", "listener.name.max.connections"] {
            let found = try refusals("config: [{name: \(name), value: x}]")
            #expect(found.map(\.reason) == ["ForbiddenParameter"], "\(name)")
        }
    }

    @Test("A name from which Strimzi would build one that is too long is refused with the limit")
    func names() throws {
        var cluster = try Manifests.cluster("clusterSize: 3", engine: "kafka")
        cluster.metadata.name = String(repeating: "a", count: 40)
        #expect(provider.validate(cluster, Manifests.observed(by: provider)) == [])
        cluster.metadata.name += "bbbb"
        let limit = try #require(provider.validate(cluster, Manifests.observed(by: provider)).first)
        #expect(limit.reason == "InvalidName")
        #expect(limit.message.contains("longer than 43 characters"))
    }

    @Test("What a cluster was created with stays: controllers, the single node, storage class, size of volumes")
    func creation() throws {
        let running = RunningKafka()
        let base = "storageClassName: standard"
        #expect(try refusals(base, running) == [])
        let five = try refusals("\(base), providerOptions: {controllers: {replicas: 5}}", running)
        #expect(five.map(\.reason) == ["ControllersImmutable"])
        #expect(try refusals("storageClassName: fast", running).map(\.reason).contains("StorageClassImmutable"))
        var grown = running
        grown.size = "20Gi"
        #expect(try refusals(base, grown).map(\.reason) == ["StorageCannotShrink"])
        var single = RunningKafka(ids: [0], isCombined: true)
        single.foundation = #"{"combined":true,"controllers":1,"cruiseControl":false,"replicationFactor":1}"#
        single.cruiseControl = "null"
        #expect(try refusals("\(base), clusterSize: 1", single) == [])
        #expect(try refusals("\(base), clusterSize: 3", single).map(\.reason) == ["SingleNodeCluster"])
    }

    @Test("The foundation is read from the running cluster when its note is lost")
    func lostNote() throws {
        var running = RunningKafka(ids: [3, 4])
        running.foundation = "lost"
        running.config["default.replication.factor"] = "2"
        let cluster = try Manifests.cluster("clusterSize: 5, storageClassName: standard", engine: "kafka")
        let objects = provider.desiredObjects(for: cluster, try running.observed())
        let kafka = try #require(objects.first { $0.resource.kind == "Kafka" })
        #expect(
            kafka.content.at("metadata", "annotations", "dbaas.io/foundation")?.string
                == #"{"combined":false,"controllers":3,"cruiseControl":true,"replicationFactor":2}"#
        )
        #expect(kafka.content.at("spec", "kafka", "config", "default.replication.factor") == "2")
    }

    @Test("A version that cannot read the metadata is a downgrade; one of the same release is not")
    func downgrade() throws {
        var running = RunningKafka(version: "4.3.1")
        running.metadataVersion = "4.3-IV0"
        #expect(try refusals("version: 4.3.0, storageClassName: standard", running) == [])
        let refused = try refusals("version: 4.2.1, storageClassName: standard", running)
        #expect(refused.map(\.reason) == ["DowngradeRefused"])
        running.metadataVersion = "4.2-IV1"
        #expect(try refusals("version: 4.2.1, storageClassName: standard", running) == [])
    }

    @Test("A ConfigMap with metrics rules is asked for first, and missing it holds the cluster up")
    func metricsRules() throws {
        let spec = "monitoring: {enabled: true}, providerOptions: {metrics: {configMap: {name: rules, key: k}}}"
        let cluster = try Manifests.cluster(spec, engine: "kafka")
        var observed = Manifests.observed(by: provider)
        let need = Need.object(.configMap, ObjectKey(namespace: "default", name: "rules"))
        #expect(provider.preReconcile(cluster, observed) == .need([need]))
        for answer in [NeedAnswer.absent, .object(["data": ["other": "x"]])] {
            observed.answers[need] = answer
            guard case .wait("MetricsConfigMapMissing", _, _) = provider.preReconcile(cluster, observed) else {
                Issue.record("\(answer) is enough")
                return
            }
        }
        observed.answers[need] = .object(["data": ["k": "x"]])
        #expect(provider.preReconcile(cluster, observed) == .proceed)
    }
}
