import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct KubeDBDisruptionTests {
    private let provider = KubeDBProvider()

    private func resource(_ kind: String) throws -> ResourceType {
        try #require(provider.watches.first { $0.resource.kind == kind }).resource
    }

    private func disruption(
        _ act: ChildChange.Act,
        of kind: String = "Postgres",
        named name: String = "demo",
        _ snapshot: KubeDBSnapshot = KubeDBSnapshot(),
        spec: String = "clusterSize: 3"
    ) throws -> Disruption {
        let change = ChildChange(try resource(kind), ObjectKey(namespace: "default", name: name), act)
        return provider.disruption(of: change, on: try snapshot.cluster(spec), try snapshot.observed())
    }

    private func field(_ path: [String], from before: JSONValue? = nil, to after: JSONValue? = "x") -> ChildChange.Act {
        .field(FieldChange(["spec"] + path, from: before, to: after))
    }

    @Test("What KubeDB takes over without stopping anything disturbs nobody, and the rest counts as a restart")
    func fields() throws {
        for name in ["autoOps", "deletionPolicy", "healthChecker"] {
            #expect(try disruption(field([name])) == .none, "\(name)")
        }
        #expect(try disruption(field(["podTemplate", "spec", "nodeSelector"])) == .rolling)
        #expect(try disruption(field(["monitor"])) == .rolling, "the exporter is a container of each pod")
        #expect(try disruption(field(["a field of next year"])) == .rolling)
        #expect(try disruption(field(["halted"], to: true)) == .downtime)
        #expect(try disruption(field(["halted"], from: true, to: false)) == .none)
    }

    @Test("A single member that restarts leaves nobody to serve, and one that is halted disturbs nobody")
    func members() throws {
        var single = KubeDBSnapshot()
        single.spec = single.spec.replacing("replicas: 3", with: "replicas: 1")
        #expect(try disruption(field(["monitor"]), single) == .downtime)
        #expect(try disruption(field(["monitor"]), KubeDBSnapshot(phase: "Halted")) == .none)
    }

    @Test("Opening a database to the outside disturbs nobody, closing it shuts people out")
    func exposure() throws {
        #expect(try disruption(field(["serviceTemplates"], to: [])) == .none)
        #expect(try disruption(field(["serviceTemplates"], from: [], to: nil)) == .downtime)
    }

    @Test("Deleting the database loses the data unless they are kept")
    func deletions() throws {
        #expect(try disruption(.deletion(.background)) == .dataLoss)
        #expect(try disruption(.deletion(.background), spec: "clusterSize: 3, deletionPolicy: Retain") == .downtime)
        #expect(try disruption(.deletion(.background), KubeDBSnapshot(phase: "Halted")) == .dataLoss)
        #expect(try disruption(.deletion(.background), of: "PersistentVolumeClaim") == .rolling)
    }

    @Test("A version of the operator that renders with another ladder is another rendering")
    func rendering() throws {
        #expect(provider.rendering == "2")
        let small = try SizeLadder(["classes": [["name": "small", "cpu": 1, "memory": "1Gi"]]])
        #expect(KubeDBProvider(sizes: small).rendering != "2")
    }
}
