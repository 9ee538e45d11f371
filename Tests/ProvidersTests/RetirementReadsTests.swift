import CRDs
import KubernetesAPI
import Testing

@testable import Providers

@Suite("Reading requests for what operations have left")
struct RetirementReadsTests {
    private func reads(_ provider: any Provider, _ cluster: DatabaseCluster, _ observed: Observed) -> Int {
        provider.view(of: cluster, observed).readsForRetirements
    }

    @Test("No provider reads a request of a cluster that nobody has made anything for")
    func nothingThere() throws {
        for provider in ProviderFactory().providers {
            for engine in provider.engines {
                let cluster = try Manifests.cluster("", engine: engine.rawValue)
                #expect(reads(provider, cluster, Observed(now: Manifests.now)) == 0, "\(provider.name) \(engine)")
            }
        }
    }

    @Test("A database at rest reads none, however many of KubeDB's requests are kept; one too many reads them once")
    func kubeDB() throws {
        var running = RunningDatabase.mongodb
        running.more = (1...3).map {
            KubeDBOperationCase.native("old-\($0)", "Restart", "Successful", created: "2026-11-01T12:0\($0):00Z")
        }
        let cluster = try KubeDBOperationCase("type: Restart", running).context().cluster
        #expect(reads(KubeDBProvider(), cluster, try running.observed()) == 0)
        running.more.append(KubeDBOperationCase.native("new", "Restart", "Successful"))
        #expect(reads(KubeDBProvider(), cluster, try running.observed()) == 1)
    }

    @Test("Kafka at rest reads none; a mark and a rebalance too many together read them once")
    func strimzi() throws {
        let cluster = try Manifests.cluster("operations: {historyLimit: 1}", engine: "kafka")
        var running = RunningKafka()
        let kept = RunningKafka.rebalance("a", state: "Ready")
        #expect(reads(RunningKafka.provider, cluster, try running.observed([kept])) == 0)
        running.podAnnotations[4] = "dbaas.io/marked-by: gone"
        let more = try running.observed([kept, RunningKafka.rebalance("b", state: "Ready")])
        #expect(reads(RunningKafka.provider, cluster, more) == 1)
    }

    @Test("A replica set at rest reads none, and one with a successor reads them once")
    func psmdb() throws {
        let cluster = try MongoCase.cluster("clusterSize: 3")
        var running = MongoRunning()
        #expect(reads(MongoRunning.provider, cluster, try running.observed()) == 0)
        running.annotations["dbaas.io/successor"] = MongoRunning.pod(2)
        #expect(reads(MongoRunning.provider, cluster, try running.observed()) == 1)
    }
}
