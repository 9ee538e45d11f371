import CRDs
import JSON
import KubernetesAPI
import Testing

@testable import Providers

@Suite("What an edited cluster wishes of KubeDB")
struct KubeDBWishesTests {
    private func wishes(
        _ spec: String,
        _ running: RunningDatabase = .mongodb,
        storage: String = "10Gi"
    ) throws -> [OperationWish] {
        var operation = KubeDBOperationCase("type: Restart", running, spec: spec)
        operation.storage = storage
        return try operation.wishes()
    }

    @Test("Each field that differs is one wish, and none does where all is as it shall be")
    func fields() throws {
        let resources = "resources: {requests: {cpu: \"1\", memory: 2Gi}}"
        #expect(try wishes("clusterSize: 3, \(resources)") == [])
        #expect(try wishes("clusterSize: 5, \(resources)") == [.horizontalScaling(.init(replicas: 5))])
        #expect(try wishes("clusterSize: 3, size: db.t3.large") == [.verticalScaling(.init(size: "db.t3.large"))])
        let twenty = try #require(Quantity("20Gi"))
        #expect(
            try wishes("clusterSize: 3, \(resources)", storage: "20Gi") == [.volumeExpansion(.init(storage: twenty))]
        )
        let configured = "clusterSize: 3, \(resources), config: [{name: net.port, value: \"27018\"}]"
        #expect(
            try wishes(configured)
                == [.reconfiguring(.init(config: [ConfigParameter(name: "net.port", value: "27018")]))]
        )
        var running = RunningDatabase.mongodb
        running.spec += "\nconfiguration: {inline: {mongod.conf: \"net:\\n  port: 27018\\n  ipv6: true\\n\"}}"
        #expect(try wishes(configured, running) == [.reconfiguring(.init(remove: ["net.ipv6"]))])
    }

    @Test(
        "A value with quotes of the user's own is wished for once, and not for ever",
        arguments: [
            (Engine.mysql, "\"utf8mb4\""), (.mariadb, "'x'"), (.kafka, "\"a;b\""), (.redis, "\"\""), (.redis, ""),
            (.postgresql, "'x'"), (.mongodb, "\"x\""), (.elasticsearch, "'x'"),
        ]
    )
    func quotes(_ engine: Engine, _ value: String) throws {
        let wanted = [ConfigParameter(name: "some.name", value: value)]
        let layout = KubeDBEngine.of(engine)
        func database(_ parameters: [ConfigParameter]) -> KubeDBDatabase {
            let text = KubeDBConfiguration.text(of: parameters, for: engine)
            return KubeDBDatabase(
                layout,
                ObjectMeta(name: "demo", namespace: "default"),
                ["spec": ["configuration": ["inline": .object([layout.configFile: .string(text)])]]]
            )
        }
        #expect(database([]).parametersLacking(wanted) == wanted)
        #expect(database([ConfigParameter(name: "some.name", value: "other")]).parametersLacking(wanted) == wanted)
        #expect(database(wanted).parametersLacking(wanted) == [])
        #expect(database(wanted).parametersBeyond(wanted) == [])
    }

    @Test("An edited cluster whose parameter has quotes is at rest once the database has it, and an operation is done")
    func quotesAtRest() throws {
        var running = RunningDatabase.mysql
        running.spec += "\nconfiguration: {inline: {my-config.cnf: \"[mysqld]\\nsql_mode = \\\"ANSI\\\"\\n\"}}"
        let config = "config: [{name: sql_mode, value: '\"ANSI\"'}]"
        #expect(try wishes("clusterSize: 3, size: db.t3.medium, \(config)", running) == [])
        let request = "type: Reconfiguring, reconfiguring: {\(config)}"
        #expect(try KubeDBOperationCase(request, running, spec: "clusterSize: 3, \(config)").isAlreadySo())
    }

    @Test("Volumes that somebody's patch of the database left behind are wished for too")
    func volumesLeftBehind() throws {
        var running = RunningDatabase.mongodb
        running.size = "20Gi"
        running.requested = "10Gi"
        #expect(try wishes("clusterSize: 3, size: db.t3.medium", running, storage: "20Gi").count == 1)
        running.requested = "20Gi"
        running.capacity = "10Gi"
        #expect(try wishes("clusterSize: 3, size: db.t3.medium", running, storage: "20Gi") == [], "they are growing")
    }

    @Test(
        "A database that is being made, halted or worked on is not asked for anything",
        arguments: ["", "Provisioning", "DataRestoring", "Halted", "Unknown"]
    )
    func notNow(phase: String) throws {
        var running = RunningDatabase.mongodb
        running.phase = phase
        #expect(try wishes("clusterSize: 5", running) == [])
        running.phase = "Ready"
        #expect(try wishes("clusterSize: 5", running).isEmpty == false)
        running.more = [KubeDBOperationCase.native("x", "Restart", "Pending", request: "other")]
        #expect(try wishes("clusterSize: 5", running) == [], "what is under way may be what is wished for")
        running.more = []
        #expect(try wishes("clusterSize: 5, stopped: true", running) == [])
    }

    @Test("What is wished for can begin in the phase that the difference shows as")
    func phases() throws {
        let handler = KubeDBProvider().operations
        var operation = KubeDBOperationCase("type: Restart", spec: "clusterSize: 5, size: db.t3.large")
        operation.storage = "20Gi"
        let context = try operation.context()
        let phase = KubeDBProvider().status(of: context.cluster, context.observed).phase
        let wishes = try operation.wishes()
        #expect(wishes.count == 3)
        for wish in wishes { #expect(handler.allowedPhases(of: wish.type).contains(phase), "\(wish.type) in \(phase)") }
    }
}
