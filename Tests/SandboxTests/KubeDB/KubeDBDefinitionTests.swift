import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("KubeDB stand-in: what it writes is what the definitions allow")
struct KubeDBDefinitionTests {
    /// A server with KubeDB installed and nobody working beside it.
    private static let server: APIServer = {
        var options = APIServer.Options()
        options.admission = ChildOperator.kubedb.webhooks
        let server = APIServer(options)
        server.install(.kubedb)
        return server
    }()

    private func send(_ method: String, _ path: String, _ body: JSONValue, type: String) throws -> (Int, JSONValue) {
        let response = Self.server.handle(
            APIRequest(
                method: method,
                uri: path + "?fieldValidation=Strict",
                headers: ["content-type": type, "user-agent": "kubedb/1"],
                body: body.serialized()
            )
        )
        guard case .bytes(let bytes) = response.body else { return (response.status, .null) }
        return (response.status, try JSONValue(parsing: bytes))
    }

    @Test("The catalogue is installed whole")
    func catalogue() {
        for (resource, object) in ChildOperator.kubedb.installed() {
            #expect(Self.server.read(resource, ObjectKey(namespace: "", name: object.objectName)) != nil)
        }
        #expect(ChildOperator.kubedb.installed().count { $0.object.at("spec", "deprecated")?.bool == true } == 7)
    }

    @Test(
        "Databases, pods, volumes, services and requests are valid, field by field",
        arguments: KubeDBCreationTests.cases
    )
    func validity(_ expected: KubeDBCreationTests.Case) async throws {
        var world = try FakeWorld.kubeDB(expected.engine)
        let spec = JSONMergePatch.apply(
            ["monitor": ["agent": "prometheus.io/operator"]],
            to: expected.spec
        )
        try await world.haveDatabase(spec)
        try await world.perform("ops", "Restart")
        let namespace = expected.engine.name
        _ = try Self.server.create(.namespace, ["metadata": ["name": .string(namespace)]], manager: "test")
        let kinds: [ResourceType] = [
            expected.engine.database, expected.engine.operation, .kubeDBPetSet, .kubeDBAppBinding, .pod,
            .persistentVolumeClaim, .secret, .service, .serviceAccount, .role, .roleBinding, .podDisruptionBudget,
            .coreEvent,
        ]
        for kind in kinds {
            let objects = world.api.list(kind, namespace: "default", labels: [:])
            #expect(!objects.isEmpty || kind == .podDisruptionBudget, "\(kind.plural)")
            for object in objects { try check(object, kind, namespace) }
        }
    }

    private func check(_ object: JSONValue, _ kind: ResourceType, _ namespace: String) throws {
        var sent = object.with("apiVersion", .string(kind.apiVersion)).with("kind", .string(kind.kind))
        sent["status"] = nil
        for field in ["uid", "resourceVersion", "generation", "creationTimestamp"] {
            sent.set(["metadata", field], nil)
        }
        sent.set(["metadata", "namespace"], .string(namespace))
        if kind == .coreEvent { sent.set(["involvedObject", "namespace"], .string(namespace)) }
        let path = kind.path(namespace: namespace)
        let (code, answer) = try send("POST", path, sent, type: "application/json")
        #expect(code == 201, "\(kind.kind) \(object.objectName): \(answer["message"] ?? .null)")
        guard code == 201, let status = object["status"] else { return }
        let (patched, why) = try send(
            "PATCH",
            kind.path(namespace: namespace, name: object.objectName, subresource: "status"),
            ["status": status],
            type: "application/merge-patch+json"
        )
        #expect(patched == 200, "\(kind.kind) \(object.objectName): \(why["message"] ?? .null)")
    }

    @Test(
        "Every kind of request is one that the definitions know",
        arguments: KubeDBOperationTests.scalings
    )
    func requests(_ wish: KubeDBOperationTests.Scaling) throws {
        let kind = wish.engine.operation
        let schema = try #require(Self.server.catalogue.kind(kind)?.schema)
        var object: JSONValue = [
            "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "metadata": ["name": "ops"],
            "spec": [
                "type": "HorizontalScaling", "databaseRef": ["name": "db"], "horizontalScaling": wish.block,
            ],
        ]
        #expect(schema.prune(&object).isEmpty)
        for type in wish.engine.operations {
            object.set(["spec", "type"], .string(type))
            #expect(schema.validate(object, old: nil).isEmpty, "\(type)")
        }
    }
}
