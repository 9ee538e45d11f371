import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("What a Kafka cluster's status says")
struct StrimziStatusTests {
    private let provider = RunningKafka.provider

    private func report(
        _ running: RunningKafka,
        spec: String = "storageClassName: standard",
        status: String = "phase: Ready, version: 4.2.1",
        more: [String] = []
    ) throws -> ClusterReport {
        let cluster = try Manifests.cluster(spec, engine: "kafka", status: status)
        return provider.status(of: cluster, try running.observed(more))
    }

    @Test("A cluster at rest is Ready, with its nodes, size class, endpoint, credentials and version")
    func ready() throws {
        let report = try report(RunningKafka())
        #expect(report.phase == .ready, "\(report.message)")
        #expect(report.message.isEmpty)
        #expect(report.instances == 3 && report.readyInstances == 3)
        #expect(report.members.count == 6)
        #expect(report.members.count { $0.role == .controller } == 3)
        #expect(report.current.resources?.requests.memory == Quantity("2Gi"))
        #expect(report.current.storage == Quantity("10Gi") && report.current.clusterSize == 3)
        #expect(report.endpoints.primary == "demo-kafka-bootstrap.default.svc:9093")
        #expect(report.credentialsSecret == "demo-admin")
        #expect(report.version == "4.2.1")
        #expect(report.selector == "strimzi.io/cluster=demo,strimzi.io/broker-role=true")
        #expect(report.primary == nil)
        #expect(report.child?.kind == "Kafka")
    }

    @Test("The size class is recognised from what runs")
    func sizeClass() throws {
        #expect(try report(RunningKafka()).current.size == "db.t3.medium")
    }

    @Test(
        "Strimzi's states become unified phases, its own words in the message",
        arguments: [
            (RunningKafka.notReady("Creating", "Kafka cluster is being deployed"), "xyz", "Initializing", "creates"),
            (RunningKafka.notReady("InvalidResourceException", "bad value"), "xyz", "Degraded", "bad value"),
            (RunningKafka.notReady("InvalidResourceException", "bad value"), nil, "Failed", "bad value"),
            (RunningKafka.notReady("StrimziTimeoutException", "Exceeded timeout"), nil, "Initializing", "Exceeded"),
            (RunningKafka.notReady("StrimziTimeoutException", "Exceeded timeout"), "xyz", "Updating", "Exceeded"),
            (
                RunningKafka.notReady("StrimziTimeoutException", "Exceeded timeout", secondsAgo: 400), "xyz",
                "Degraded",
                "Exceeded timeout"
            ),
            ("[{type: ReconciliationPaused, status: \"True\"}]", "xyz", "Degraded", "paused"),
            ("[]", "xyz", "Initializing", "watches namespace default"),
        ] as [(String, String?, String, String)]
    )
    func phases(_ conditions: String, _ clusterID: String?, _ phase: String, _ words: String) throws {
        var running = RunningKafka()
        running.conditions = conditions
        running.clusterID = clusterID
        let report = try report(running)
        #expect(report.phase.rawValue == phase, "\(report.message)")
        #expect(report.message.contains(words), "\(report.message)")
    }

    @Test("An error about a specification of before does not count against the new one")
    func outdatedError() throws {
        var running = RunningKafka()
        running.conditions = RunningKafka.notReady("InvalidResourceException", "bad value", secondsAgo: 900)
        running.generation = 5
        #expect(try report(running).phase == .updating)
    }

    @Test("Ready is not believed while something is still to be done")
    func unfinished() throws {
        let cases: [(name: String, phase: String, change: (inout RunningKafka) -> Void)] = [
            ("the Kafka is not seen", "Updating", { $0.generation = 5 }),
            ("a pool is not seen", "Updating", { $0.poolGeneration = 3 }),
            ("pods are of an old revision", "Updating", { $0.currentPods = 1 }),
            ("a pod runs another version", "Updating", { $0.podVersion = "4.2.0" }),
            ("a pod has other resources", "Updating", { $0.podMemory = "1Gi" }),
            ("a volume is smaller", "Updating", { $0.capacity = "5Gi" }),
            ("brokers are missing", "Scaling", { $0.replicas = 4 }),
            ("brokers are held", "Scaling", { $0.replicas = 2 }),
            ("partitions move", "Updating", { $0.autoRebalance = "{state: RebalanceOnScaleUp}" }),
            ("partitions are queued", "Updating", { $0.autoRebalance = "{state: Idle, modes: [{mode: add-brokers}]}" }),
            ("a pod restarts", "Updating", { $0.down = [4: 20] }),
            ("a pod is away for long", "Degraded", { $0.down = [4: 300] }),
        ]
        for (name, phase, change) in cases {
            var running = RunningKafka()
            change(&running)
            let report = try report(running)
            #expect(report.phase.rawValue == phase, "\(name): \(report.message)")
            #expect(!report.message.isEmpty)
        }
    }

    @Test("A refusal that Strimzi hides in a warning is told in condition and message")
    func silentRefusals() throws {
        var running = RunningKafka()
        running.conditions = RunningKafka.readyWith("ScaleDownPreventionCheck", "broker 5 holds partitions")
        running.replicas = 2
        let held = try report(running, spec: "clusterSize: 2, storageClassName: standard")
        #expect(held.phase == .scaling)
        #expect(held.message.contains("broker 5 holds partitions"))
        let condition = try #require(held.conditions.first { $0.type == "ChildWarnings" })
        #expect(condition.status == .true && condition.reason == "ScaleDownPreventionCheck")
        running = RunningKafka(size: "20Gi")
        running.conditions = RunningKafka.readyWith("PvcResizingWarning", "class standard does not expand")
        let small = try report(running)
        #expect(small.phase == .updating)
        #expect(small.message.contains("class standard does not expand"))
    }

    @Test("A warning alone leaves a cluster Ready")
    func warning() throws {
        var running = RunningKafka()
        running.conditions = RunningKafka.readyWith("DeprecatedFields", "old field")
        let report = try report(running)
        #expect(report.phase == .ready)
        #expect(report.conditions.contains { $0.type == "ChildWarnings" && $0.message.contains("old field") })
    }

    @Test("Endpoints that a failed or paused reconciliation leaves out are kept")
    func endpoints() throws {
        var running = RunningKafka()
        running.listeners = "[]"
        running.conditions = RunningKafka.notReady("RuntimeException", "x")
        let known = "phase: Ready, endpoints: {primary: \"kept:9093\", external: \"lb:9094\"}"
        let exposed = "storageClassName: standard, expose: {type: LoadBalancer}"
        #expect(try report(running, spec: exposed, status: known).endpoints.primary == "kept:9093")
        #expect(try report(running, spec: exposed, status: known).endpoints.external == "lb:9094")
        running.listeners = "[{name: tls, bootstrapServers: \"a:9093\"}, {name: ext, bootstrapServers: \"b:9094\"}]"
        #expect(try report(running, spec: exposed).endpoints.external == "b:9094")
        #expect(try report(running, status: known).endpoints.external == nil)
    }

    @Test("A new cluster is not Ready before its credentials are there")
    func credentials() throws {
        let user = """
            apiVersion: kafka.strimzi.io/v1
            kind: KafkaUser
            metadata: {name: demo-admin, namespace: default, labels: {dbaas.io/cluster: demo}}
            status: {conditions: [{type: NotReady, status: "True", reason: X, message: no authorizer}]}
            """
        let running = RunningKafka(hasUser: false)
        let new = try report(running, status: "phase: Initializing", more: [user])
        #expect(new.phase == .initializing)
        #expect(new.message.contains("no authorizer"))
        #expect(new.credentialsSecret == nil)
        #expect(try report(running, more: [user]).phase == .ready)
        #expect(new.conditions.contains { $0.type == "CredentialsReady" && $0.status == .false })
    }

    @Test("Volumes that a cluster left behind hold a new one up, since Kafka would refuse their data")
    func keptVolumes() throws {
        var running = RunningKafka(hasUser: false, hasKafka: false)
        running.claimAnnotations = "{dbaas.io/kafka-cluster-id: old-id}"
        let cluster = try Manifests.cluster("storageClassName: standard", engine: "kafka")
        let observed = try running.observed()
        guard case .wait("VolumesKept", let message, _) = provider.preReconcile(cluster, observed) else {
            Issue.record("a new Kafka would be made over old volumes")
            return
        }
        #expect(message.contains("old-id"))
        #expect(provider.status(of: cluster, observed).phase == .failed)
    }

    @Test("A Kafka that is a newcomer nobody looks at is told apart from one that is slow")
    func unnoticed() throws {
        var running = RunningKafka()
        running.conditions = "[]"
        running.observedGeneration = 0
        let report = try report(running, status: "")
        #expect(report.phase == .initializing)
        #expect(report.message.contains("Cluster Operator runs"))
    }

    @Test("Metrics without the kind that scrapes them are told in a condition")
    func monitoring() throws {
        let cluster = try Manifests.cluster("monitoring: {enabled: true}", engine: "kafka", status: "phase: Ready")
        var observed = try RunningKafka().observed()
        observed.installed = observed.installed.filter { $0.kind != "PodMonitor" }
        let report = provider.status(of: cluster, observed)
        #expect(report.conditions.contains { $0.type == "MonitoringConfigured" && $0.status == .false })
        #expect(report.monitoring == MonitoringStatus(enabled: true, ready: false))
    }
}
