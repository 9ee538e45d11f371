import CRDs
import JSON
import KubernetesAPI
import Testing
import YAML

@testable import Providers

/// One engine in one topology, and what KubeDB's requests for it are to say.
struct BlocksCase: CustomTestStringConvertible, Sendable {
    let engine: Engine
    let spec: String
    let horizontal: String
    let vertical: String
    var expansion: String?
    var shards: Int?

    var testDescription: String { "\(engine.rawValue) \(spec)" }

    static let all = [
        BlocksCase(
            engine: .mongodb,
            spec: "{replicas: 3, replicaSet: {name: rs0}}",
            horizontal: "{replicas: 5}",
            vertical: "replicaSet"
        ),
        BlocksCase(engine: .mongodb, spec: "{replicas: 1}", horizontal: "{replicas: 5}", vertical: "standalone"),
        BlocksCase(
            engine: .mongodb,
            spec:
                "{shardTopology: {shard: {shards: 2, replicas: 3}, configServer: {replicas: 3}, mongos: {replicas: 2}}}",
            horizontal: "{shard: {shards: 4, replicas: 5}}",
            vertical: "shard",
            shards: 4
        ),
        BlocksCase(
            engine: .postgresql,
            spec: "{replicas: 3, standbyMode: Warm, streamingMode: Synchronous}",
            horizontal: "{replicas: 5, standbyMode: Warm, streamingMode: Synchronous}",
            vertical: "postgres"
        ),
        BlocksCase(
            engine: .mysql,
            spec: "{replicas: 3, topology: {mode: GroupReplication}}",
            horizontal: "{member: 5}",
            vertical: "mysql"
        ),
        BlocksCase(
            engine: .mariadb,
            spec: "{replicas: 3, topology: {mode: GaleraCluster}}",
            horizontal: "{member: 5, maxscale: false}",
            vertical: "mariadb"
        ),
        BlocksCase(
            engine: .redis,
            spec: "{mode: Cluster, cluster: {shards: 3, replicas: 2}}",
            horizontal: "{shards: 4, replicas: 5}",
            vertical: "redis",
            shards: 4
        ),
        BlocksCase(
            engine: .redis,
            spec: "{mode: Sentinel, replicas: 3}",
            horizontal: "{replicas: 5}",
            vertical: "redis"
        ),
        BlocksCase(engine: .elasticsearch, spec: "{replicas: 3}", horizontal: "{node: 5}", vertical: "node"),
        BlocksCase(
            engine: .elasticsearch,
            spec: "{topology: {master: {replicas: 3}, data: {replicas: 3}, ingest: {replicas: 1}}}",
            horizontal: "{topology: {data: 5}}",
            vertical: "data"
        ),
        BlocksCase(engine: .kafka, spec: "{replicas: 3}", horizontal: "{node: 5}", vertical: "node"),
        BlocksCase(
            engine: .kafka,
            spec: "{topology: {controller: {replicas: 3}, broker: {replicas: 3}}}",
            horizontal: "{topology: {broker: 5}}",
            vertical: "broker"
        ),
    ]

    func database() throws -> KubeDBDatabase {
        KubeDBDatabase(
            .of(engine),
            ObjectMeta(name: "demo", namespace: "default"),
            ["spec": try Manifests.value(spec)]
        )
    }
}

@Suite("What is asked of KubeDB, by engine and topology")
struct KubeDBBlocksTests {
    private let amounts = ResourceRequirements(cpu: Quantity(2), memory: Quantity(bytes: 4 << 30))

    @Test("Each engine has its own names for members, resources and volumes", arguments: BlocksCase.all)
    func names(_ item: BlocksCase) throws {
        let database = try item.database()
        let members = KubeDBBlocks.horizontalScaling(database, replicas: 5, shards: item.shards)
        #expect(members == (try Manifests.value(item.horizontal)))
        let resources = KubeDBBlocks.verticalScaling(database.layout.data, amounts)
        let limits: JSONValue = ["cpu": "2", "memory": "4Gi"]
        #expect(resources == [item.vertical: ["resources": ["requests": limits, "limits": limits]]] as JSONValue)
        let volumes = KubeDBBlocks.volumeExpansion(database.layout.data, Quantity(bytes: 20 << 30))
        #expect(volumes == ["mode": "Online", item.vertical: "20Gi"] as JSONValue)
    }

    /// KubeDB's schema drops what it does not know, and the request is admitted.
    @Test("Every block passes KubeDB's schema, strictly", arguments: BlocksCase.all)
    func isValid(_ item: BlocksCase) throws {
        let database = try item.database()
        guard let checker = try SchemaChecker(database.engine.operation) else {
            print("skipped: the child operators' definitions are not beside this checkout")
            return
        }
        let blocks: [(String, String, JSONValue)] = [
            (
                "HorizontalScaling", "horizontalScaling",
                KubeDBBlocks.horizontalScaling(database, replicas: 5, shards: item.shards)
            ),
            ("VerticalScaling", "verticalScaling", KubeDBBlocks.verticalScaling(database.layout.data, amounts)),
            (
                "VolumeExpansion", "volumeExpansion",
                KubeDBBlocks.volumeExpansion(database.layout.data, Quantity(bytes: 20 << 30))
            ),
            (
                "Reconfigure", "configuration",
                KubeDBBlocks.configuration(database, [ConfigParameter(name: "a", value: "b")])
            ),
            ("StorageMigration", "migration", KubeDBBlocks.migration(database, storageClass: "fast")),
        ]
        for (type, name, block) in blocks {
            let spec: JSONObject = ["databaseRef": ["name": "demo"], "type": .string(type), name: block]
            #expect(checker.problems(["spec": .object(spec)]) == [], "\(type)")
        }
    }

    @Test("The named operations pass KubeDB's schema too", arguments: KubeDBEngine.all.map(\.engine))
    func customOperations(_ engine: Engine) throws {
        let item = try #require(BlocksCase.all.first { $0.engine == engine })
        let database = try item.database()
        guard let checker = try SchemaChecker(database.engine.operation) else { return }
        let given = [
            "secret": "new", "storageClass": "fast", "name": "watch", "namespace": "default", "mode": "Multi-Primary",
        ]
        for kind in KubeDBCustomKind.allCases where kind.engines.contains(engine) {
            var spec: JSONObject = ["databaseRef": ["name": "demo"], "type": .string(kind.type)]
            for block in kind.blocks(given, database) { spec[block.name] = block.value }
            #expect(checker.problems(["spec": .object(spec)]) == [], "\(kind.rawValue)")
        }
    }

    @Test("MongoDB's parameters stand under the part that they are for")
    func configuration() throws {
        let database = try #require(BlocksCase.all.first).database()
        let block = KubeDBBlocks.configuration(database, [ConfigParameter(name: "a", value: "b")])
        #expect(block == ["replicaSet": ["applyConfig": ["mongod.conf": "a: b\n"]]] as JSONValue)
        let none = KubeDBBlocks.configuration(database, [])
        #expect(none == ["replicaSet": ["removeCustomConfig": true]] as JSONValue)
    }

    @Test("Parameters are read back from what was written, whatever the engine", arguments: KubeDBEngine.all)
    func parameterFiles(_ engine: KubeDBEngine) {
        let wanted = [
            ConfigParameter(name: "net.maxIncomingConnections", value: "500"),
            ConfigParameter(name: "net.port", value: "27017"),
            ConfigParameter(name: "storage.engine", value: "it's a: b # c"),
        ]
        let text = KubeDBConfiguration.text(of: wanted, for: engine.engine)
        let read = KubeDBParameterFile.parameters(in: text, of: engine.engine)
        #expect(read == Dictionary(uniqueKeysWithValues: wanted.map { ($0.name, $0.value) }))
    }

    @Test("Ranges of the catalogue are read as KubeDB reads them")
    func ranges() {
        let matching = [
            ("8.0.17", ">= 8.0.17, < 10.0.0"), ("9.6.0", ">= 8.0.17, < 10.0.0"), ("7.0.28", "7.0.28"),
            ("7.0.5", "~7.0"), ("6.0.24", ">=5.0, <7.0 || >=8.0"), ("8.0.0", ">=5.0, <7.0 || >=8.0"),
            ("8.4.8", "^8.0.36"), ("8.0.36", ">= 8.0.31 < 9.0"), ("8.0.31", "8.0.31 - 8.0.36"),
            ("8.0.36", "8.0.31 - 8.0.36"), ("6.0.1", "8.0.31 - 8.0.36 || 6.x"), ("13.2", ">= 10.19, =< 13.2"),
            ("16.9", "16.*"), ("8.0.99", "<= 8.0"), ("8.0.36", "=> 8.0.36"), ("7.0.28", "~>7.0.1"), ("3.9.0", "*"),
        ]
        for (version, range) in matching {
            #expect(KubeDBVersionRange(range)?.contains(version) == true, "\(version) in \(range)")
        }
        let others = [
            ("8.0.16", ">= 8.0.17, < 10.0.0"), ("10.0.0", ">= 8.0.17, < 10.0.0"), ("7.1.0", "~7.0.5"),
            ("7.5", "!=7.5.0"),
            ("7.0.0", ">=5.0, <7.0 || >=8.0"), ("9.0.0", "^8.0.36"), ("9.0.0", ">= 8.0.31 < 9.0"),
            ("8.0.37", "8.0.31 - 8.0.36"), ("8.0.30", "8.0.31 - 8.0.36"), ("7.0.0", "8.0.31 - 8.0.36 || 6.x"),
            ("14.1", ">= 10.19, =< 13.2"), ("8.0.36", "> 8.0"), ("17.1", "16.*"), ("8.0.36-debian", ">= 8.0.31"),
        ]
        for (version, range) in others {
            #expect(KubeDBVersionRange(range)?.contains(version) == false, "\(version) in \(range)")
        }
    }

    @Test(
        "A range that KubeDB could not read is none",
        arguments: [
            "", " ", "latest", ">= 8.0.31,", ", < 9.0", "8.0.31 -", ">= 8.0.31 - 9.0", "8.0.31-8.0.36", ">= 8.0.31<9.0",
            "=== 8.0", ">= 8.0 ||", "8..1", "1.2.3.4", ">= eight", "8.x.1",
        ]
    )
    func unreadable(_ range: String) {
        #expect(KubeDBVersionRange(range) == nil)
    }
}
