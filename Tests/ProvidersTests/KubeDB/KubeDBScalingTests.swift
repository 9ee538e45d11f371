import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("Members, resources and volumes of KubeDB's databases")
struct KubeDBScalingTests {
    private let stamp = KubeDBOperationCase.stamp
    private let executed = OperationCase.executed(secondsAgo: 60)
    private static let end =
        "[{type: Successful, status: \"True\", reason: X, lastTransitionTime: \"2026-11-01T12:00:00Z\"}]"

    private func native(_ word: String, _ type: String, _ phase: String) -> String {
        KubeDBOperationCase.native("demo-\(word)-\(stamp)", type, phase, conditions: Self.end)
    }

    // MARK: - Both at once

    private let both =
        "type: Scaling, horizontalScaling: {replicas: 5}, verticalScaling: {size: db.t3.large}"

    @Test("Two requests, the second only when the first is done and seen")
    func sequence() throws {
        let first = KubeDBOperationCase(both)
        #expect(try first.intents().map(\.target.key.name) == ["demo-hscale-\(stamp)"])
        #expect(try first.change()?.patch == ["clusterSize": 5, "size": "db.t3.large"])

        var running = RunningDatabase.mongodb
        running.more = [native("hscale", "HorizontalScaling", "Progressing")]
        var operation = KubeDBOperationCase(both, running, spec: "clusterSize: 5, size: db.t3.large", status: executed)
        #expect(try operation.missing()?.contains("demo-hscale") == true)
        operation.running.more = [native("hscale", "HorizontalScaling", "Successful")]
        operation.running.replicas = 5
        #expect(try operation.following() == "demo-vscale-\(stamp)")
        operation.running.more.append(native("vscale", "VerticalScaling", "Pending"))
        #expect(try operation.missing()?.contains("demo-vscale") == true)
        operation.running.more[1] = native("vscale", "VerticalScaling", "Successful")
        #expect(try operation.failure()?.reason == "NotCarriedOut", "the members do not have it")
        operation.running.memory = "4Gi"
        #expect(try operation.evidence() == nil, "one processor is not two")
    }

    @Test("Where the combined request is tried first, the half that it leaves follows; where it is refused, both do")
    func combined() throws {
        let options = ", providerOptions: {combinedScaling: TryFirst}"
        let first = KubeDBOperationCase(both, spec: "clusterSize: 3\(options)")
        let filed = try #require(try first.filed())
        #expect(filed.key.name == "demo-scale-\(stamp)" && filed.content["spec"]?["type"] == "VerticalScaling")
        #expect(filed.content["spec"]?["horizontalScaling"] == ["replicas": 5])
        #expect(filed.content["spec"]?["verticalScaling"] != nil)
        let handler = KubeDBProvider().operations
        let instead = handler.substitute(for: .create(filed), of: try first.context())
        #expect(instead?.target.key.name == "demo-hscale-\(stamp)")

        var running = RunningDatabase.mongodb
        running.memory = "4Gi"
        running.more = [native("scale", "VerticalScaling", "Successful")]
        let spec = "clusterSize: 5, resources: {requests: {cpu: \"1\", memory: 4Gi}}\(options)"
        let asked = both.replacing("size: db.t3.large", "resources: {requests: {cpu: \"1\", memory: 4Gi}}")
        var operation = KubeDBOperationCase(asked, running, spec: spec, status: executed)
        #expect(try operation.following() == "demo-hscale-\(stamp)", "KubeDB did what the type says")
        operation.running.replicas = 5
        operation.running.more.append(native("hscale", "HorizontalScaling", "Successful"))
        #expect(try operation.evidence()?.first == "5 of 5 members are ready")
        // The substitute was made, and the combined one is not there.
        operation.running.more.removeFirst()
        #expect(try operation.evidence() != nil)
    }

    @Test("Either half that is impossible refuses the whole, and nothing is filed")
    func refusals() throws {
        let unknown = both.replacing("db.t3.large", "db.huge")
        #expect(try KubeDBOperationCase(unknown).refusal()?.reason == "UnknownSize")
        let many = both.replacing("replicas: 5", "replicas: 9")
        let refusal = try KubeDBOperationCase(many, .mysql).refusal()
        #expect(refusal?.reason == "InvalidSize" && refusal?.message.contains("3 to 8") == true)
        let alone = RunningDatabase(
            engine: "mysql",
            apiKind: "MySQL",
            spec: "useAddressType: DNS",
            replicas: 1,
            container: "mysql",
            claimPrefix: "data"
        )
        #expect(try KubeDBOperationCase(both, alone, spec: "clusterSize: 1").refusal()?.reason == "StandaloneDatabase")
        let shards = "type: HorizontalScaling, horizontalScaling: {replicas: 3, shards: 2}"
        #expect(try KubeDBOperationCase(shards).refusal()?.reason == "ShardsUnsupported")
    }

    @Test("PostgreSQL's way of replication goes along, since the schema's default would replace it")
    func replicationModes() throws {
        let five = "type: HorizontalScaling, horizontalScaling: {replicas: 5}"
        let filed = try #require(try KubeDBOperationCase(five, .postgres).filed())
        #expect(
            filed.content["spec"]?["horizontalScaling"]
                == ["replicas": 5, "standbyMode": "Warm", "streamingMode": "Synchronous"]
        )
    }

    // MARK: - Resources

    @Test("All four amounts are sent, and must be seen on every member")
    func resources() throws {
        let large = "type: VerticalScaling, verticalScaling: {size: db.t3.large}"
        let filed = try #require(try KubeDBOperationCase(large).filed())
        let amounts: JSONValue = ["cpu": "2", "memory": "4Gi"]
        #expect(
            filed.content["spec"]?["verticalScaling"]
                == ["replicaSet": ["resources": ["requests": amounts, "limits": amounts]]]
        )
        let four = "type: VerticalScaling, verticalScaling: {resources: {requests: {cpu: \"1\", memory: 4Gi}}}"
        var running = RunningDatabase.mongodb
        running.memory = "4096Mi"
        running.podMemory = "2Gi"
        running.more = [native("vscale", "VerticalScaling", "Successful")]
        let spec = "clusterSize: 3, resources: {requests: {cpu: \"1\", memory: 4Gi}}"
        var operation = KubeDBOperationCase(four, running, spec: spec, status: executed)
        #expect(try operation.missing() == "member demo-0 to get its resources")
        operation.running.podMemory = nil
        #expect(try operation.evidence()?.count == 5)
        #expect(try operation.evidence()?.first == "demo-0 has cpu 1, memory 4Gi and is ready")
    }

    @Test("Only components that the topology has can be scaled, and never sidecars")
    func components() throws {
        for component in ["coordinator", "arbiter", "mongos"] {
            let request = "type: VerticalScaling, verticalScaling: {size: db.t3.large, component: \(component)}"
            let refusal = try KubeDBOperationCase(request).refusal()
            #expect(refusal?.reason == "UnknownComponent" && refusal?.message.contains("replicaSet") == true)
        }
    }

    // MARK: - Volumes

    private let grow = "type: VolumeExpansion, volumeExpansion: {storage: 20Gi}"
    private let expandable: [Need: NeedAnswer] = [
        .object(.storageClass, ObjectKey(name: "standard")): .object(["allowVolumeExpansion": true])
    ]

    private func growing(
        _ running: RunningDatabase = .mongodb,
        options: String = "",
        storage: String = "10Gi"
    )
        -> KubeDBOperationCase
    {
        var operation = KubeDBOperationCase(grow, running, spec: "clusterSize: 3\(options)", status: executed)
        operation.answers = expandable
        operation.storage = storage
        return operation
    }

    @Test("Volumes grow by KubeDB's request, where their class lets them")
    func expansion() throws {
        let filed = try #require(try growing().filed())
        #expect(filed.content["spec"]?["volumeExpansion"] == ["mode": "Online", "replicaSet": "20Gi"])
        var unasked = growing()
        unasked.answers = [:]
        guard case .need = try unasked.answer() else {
            Issue.record("the class is looked at first")
            return
        }
        unasked.answers = [.object(.storageClass, ObjectKey(name: "standard")): .object([:])]
        #expect(try unasked.refusal()?.reason == "StorageClassCannotExpand")
        var running = RunningDatabase.mongodb
        running.capacity = "30Gi"
        #expect(try growing(running).refusal()?.reason == "StorageCannotShrink", "a volume is larger already")
    }

    @Test("Every volume must have its size; the database's word is not enough")
    func capacities() throws {
        var running = RunningDatabase.mongodb
        running.size = "20Gi"
        running.capacity = "10Gi"
        running.more = [native("volexp", "VolumeExpansion", "Successful")]
        #expect(try growing(running, storage: "20Gi").missing()?.contains("datadir-demo-0 to grow to 20Gi") == true)
        running.capacity = "20Gi"
        #expect(try growing(running, storage: "20Gi").evidence()?.first == "volume datadir-demo-0 has 20Gi")
    }

    @Test("A database that is ahead of its volumes, where KubeDB refuses the size, has them patched")
    func repair() throws {
        var running = RunningDatabase.mongodb
        running.size = "20Gi"
        running.requested = "10Gi"
        let intents = try growing(running, storage: "20Gi").intents()
        #expect(intents.map(\.target.key.name) == ["datadir-demo-0", "datadir-demo-1", "datadir-demo-2"])
        #expect(intents.first?.body == ["spec": ["resources": ["requests": ["storage": "20Gi"]]]])
    }

    @Test("Patched by wish: the volumes first, then the database, which takes it without a word either way")
    func patch() throws {
        let intents = try growing(options: ", providerOptions: {storageExpansion: Patch}").intents()
        #expect(
            intents.map(\.target.resource.kind) == Array(repeating: "PersistentVolumeClaim", count: 3) + ["MongoDB"]
        )
        #expect(intents.last?.body == ["spec": ["storage": ["resources": ["requests": ["storage": "20Gi"]]]]])
    }
}

extension String {
    fileprivate func replacing(_ old: String, _ new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return replacingCharacters(range, new)
    }

    private func replacingCharacters(_ range: Range<Index>, _ new: String) -> String {
        String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }

    // MARK: - Mongos

    @Test("The number of mongos follows the spec by a request for them alone, or along with the shards")
    func mongos() throws {
        var sharded = KubeDBSnapshot.sharded
        let provider = KubeDBProvider()
        func wishes(_ spec: String) throws -> [OperationWish] {
            provider.view(of: try sharded.cluster("shards: 2, size: db.t3.medium, \(spec)"), try sharded.observed())
                .wishes()
        }
        #expect(try wishes("clusterSize: 2, proxy: {replicas: 2}") == [])
        #expect(try wishes("clusterSize: 2, proxy: {replicas: 4}") == [.horizontalScaling(.init(replicas: 2))])
        let message = try sharded.report("clusterSize: 2, shards: 2, proxy: {replicas: 4}").message
        #expect(message.hasPrefix("proxy.replicas 2 → 4 is to be done"))

        func operation(_ replicas: Int, _ status: String = "") throws -> OperationContext {
            OperationContext(
                cluster: try sharded.cluster("clusterSize: \(replicas), shards: 2, proxy: {replicas: 4}"),
                request: try Manifests.request(
                    "type: HorizontalScaling, horizontalScaling: {replicas: \(replicas)}",
                    status: status
                ),
                observed: try sharded.observed(),
                attempt: 1
            )
        }
        func filed(_ replicas: Int) throws -> JSONValue? {
            guard case .intents(let intents, let log) = provider.operations.execute(try operation(replicas)),
                case .create(let object)? = intents.first
            else { return nil }
            #expect(log.hasPrefix("created MongoDBOpsRequest demo-hscale-"))
            if let checker = try SchemaChecker(object.resource) { #expect(checker.problems(object.content) == []) }
            return object.content.at("spec", "horizontalScaling")
        }
        #expect(try filed(2) == ["mongos": ["replicas": 4]])
        #expect(try filed(3) == ["shard": ["shards": 2, "replicas": 3], "mongos": ["replicas": 4]])

        let name = "demo-hscale-\(KubeDBOperationCase.stamp)"
        let end = "[{type: Successful, status: \"True\", lastTransitionTime: \"2026-11-01T12:00:00Z\"}]"
        sharded.more = [KubeDBOperationCase.native(name, "HorizontalScaling", "Successful", conditions: end)]
        let executed = OperationCase.executed(secondsAgo: 60)
        let early = provider.operations.progress(of: try operation(2, executed))
        guard case .retryable(let refusal) = early else { throw Unexpected(report: early) }
        #expect(refusal.message.hasSuffix("MongoDB demo to have 4 mongos; it has 2"))
        sharded.spec = sharded.spec.replacing("mongos: {replicas: 2}", with: "mongos: {replicas: 4}")
        let waiting = provider.operations.progress(of: try operation(2, executed))
        guard case .running(_, let missing) = waiting else { throw Unexpected(report: waiting) }
        #expect(missing == "4 members (mongos) to exist; there are 2")
        sharded.pods += [.init(name: "demo-mongos-2"), .init(name: "demo-mongos-3")]
        let report = provider.operations.progress(of: try operation(2, executed))
        guard case .succeeded(let evidence, _) = report else { throw Unexpected(report: report) }
        #expect(evidence.contains("4 of 4 mongos are ready"))
        // Nobody asks for a number: what there is stays.
        sharded.more = []
        #expect(try wishes("clusterSize: 2, proxy: {enabled: false}") == [])
        #expect(try sharded.report("clusterSize: 2, shards: 2").proxy?.replicas == 4)
    }

    private struct Unexpected: Error { let report: OperationReport }
}
