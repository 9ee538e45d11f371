import Foundation
import JSON
import KubernetesAPI
import TestPrograms
import Testing

@testable import Sandbox

/// What writes promise beyond what one conversation can show.
@Suite struct ServerWriteTests {
    private let server: APIServer

    init() {
        var options = APIServer.Options()
        options.rules = OwnRules.all
        server = APIServer(options)
    }

    private func send(
        _ method: String,
        _ uri: String,
        _ body: JSONValue? = nil,
        type: String = "application/json",
        to other: APIServer? = nil
    )
        throws -> (status: Int, body: JSONValue, warnings: [String])
    {
        let response = (other ?? server).handle(
            APIRequest(
                method: method,
                uri: uri,
                headers: ["content-type": type, "user-agent": "tester/1"],
                body: body?.serialized() ?? []
            )
        )
        guard case .bytes(let bytes) = response.body else { return (response.status, .null, []) }
        let warnings = response.headers.filter { $0.name == "Warning" }.map(\.value)
        return (response.status, try JSONValue(parsing: bytes), warnings)
    }

    @Test("Of many writers at once none undoes another's change")
    func noLostUpdate() async throws {
        let client = InProcessClient(server: server, fieldManager: "test")
        let key = ObjectKey(namespace: "default", name: "shared")
        _ = try client.create(.configMap, ["metadata": ["namespace": "default", "name": "shared"]])
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<50 {
                group.addTask {
                    _ = try? client.patch(.configMap, key, merge: ["data": ["w\(writer)": "1"]])
                }
            }
        }
        #expect(client.get(.configMap, key)?["data"]?.object?.count == 50)
    }

    @Test("Our own definitions' rules are held as the expressions state them")
    func ownRules() throws {
        server.install(OwnRules.definitions)
        let cluster: JSONValue = [
            "apiVersion": "dbaas.io/v1alpha1", "kind": "DatabaseCluster", "metadata": ["name": "a"],
            "spec": ["engine": "postgresql", "clusterSize": 3, "storage": "10Gi", "size": "small"],
        ]
        let path = "/apis/dbaas.io/v1alpha1/namespaces/default/databaseclusters"
        let created = try send("POST", path, cluster)
        try #require(created.status == 201, "\(created.body)")
        let shrunk = try send(
            "PATCH",
            path + "/a",
            ["spec": ["storage": "5Gi"]],
            type: "application/merge-patch+json"
        )
        #expect(shrunk.status == 422)
        #expect(shrunk.body.at("details", "causes")?[0]?["field"] == "spec.storage")
        #expect(shrunk.warnings.isEmpty)
    }

    @Test(
        "Definitions that come with the sandbox are served, and are what the API server makes of them when it checks them",
        arguments: [(nil, 3), (.cnpg, 7), (.perconaPSMDB, 3), (.perconaPXC, 3), (.strimzi, 6), (.kubedb, 26)]
            as [(SandboxConfiguration.ChildEngine?, Int)]
    )
    func installation(_ engine: SandboxConfiguration.ChildEngine?, count: Int) throws {
        let childOperator = ChildOperator.all.first { $0.engine == engine }
        let definitions = childOperator?.definitions() ?? OwnRules.definitions
        #expect(definitions.count == count)
        server.install(definitions)
        let strict = APIServer()
        for definition in definitions {
            let name = try #require(definition.at("metadata", "name")?.string)
            let group = try #require(definition.at("spec", "group")?.string)
            let plural = try #require(definition.at("spec", "names", "plural")?.string)
            for version in try #require(definition.at("spec", "versions")?.array) where version["served"] == true {
                let version = try #require(version["name"]?.string)
                #expect(try send("GET", "/apis/\(group)/\(version)/\(plural)").status == 200, "\(name)")
            }
            let options = "?fieldManager=dbaas-sandbox&fieldValidation=Strict"
            let created = try send("POST", Self.definitions + options, definition, to: strict)
            try #require(created.status == 201, "\(name): \(created.body["message"] ?? .null)")
            let key = ObjectKey(name: name)
            let checked = Self.lasting(try #require(strict.read(.customResourceDefinition, key)))
            let installed = Self.lasting(try #require(server.read(.customResourceDefinition, key)))
            let difference = JSONMergePatch.difference(from: checked, to: installed)
            #expect(difference == nil, "\(name)")
        }
    }

    @Test("Somebody's definition is refused with what is wrong in its schema, and not served")
    func refusedDefinition() throws {
        let schema: JSONValue = [
            "type": "object",
            "properties": ["spec": ["type": "object", "properties": ["a": ["type": "string", "pattern": "("]]]],
        ]
        let definition: JSONValue = [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": "things.example.com"],
            "spec": [
                "group": "example.com", "scope": "Namespaced", "names": ["plural": "things", "kind": "Thing"],
                "versions": [
                    ["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": schema]]
                ],
            ],
        ]
        let answer = try send("POST", Self.definitions, definition)
        #expect(answer.status == 422)
        #expect(answer.body["message"]?.string?.contains("the schema of .spec.a cannot be used") == true)
        #expect(!server.catalogue.current.serves(group: "example.com", version: "v1"))
    }

    private static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

    /// A definition without what is another each time.
    private static func lasting(_ definition: JSONValue) -> JSONValue {
        var definition = definition
        for field in ["uid", "resourceVersion", "creationTimestamp"] { definition["metadata", field] = nil }
        func timeless(_ items: JSONValue?, _ field: String) -> JSONValue {
            .array(
                (items?.array ?? []).map { item in
                    var item = item
                    item[field] = nil
                    return item
                }
            )
        }
        definition["metadata", "managedFields"] = timeless(definition.at("metadata", "managedFields"), "time")
        definition["status", "conditions"] = timeless(definition.at("status", "conditions"), "lastTransitionTime")
        return definition
    }

    @Test("Who writes a kind whose rules in expressions are not looked at is warned")
    func embeddedDefinitions() throws {
        server.install(EmbeddedDefinitions.cnpg)
        let cluster: JSONValue = [
            "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": ["name": "a"],
            "spec": ["instances": 1, "storage": ["size": "1Gi"]],
        ]
        let path = "/apis/postgresql.cnpg.io/v1/namespaces/default/clusters"
        let first = try send("POST", path, cluster)
        #expect(first.status == 201, "\(first.body)")
        #expect(first.warnings.contains { $0.contains("x-kubernetes-validations") })
    }

    @Test(
        "The definitions that come with the sandbox are the published ones without their descriptions",
        .enabled(if: FileManager.default.fileExists(atPath: published.path), "the published definitions are not here")
    )
    func definitionsAreCurrent() async throws {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../..").standardized
        let script = root.appending(path: "scripts/embed-definitions").path
        guard try await python(["-c", "import yaml"]) == 0 else { return }
        #expect(try await python([script, Self.published.path, "--check"]) == 0)
    }

    private static let published = URL(filePath: #filePath).resolvingSymlinksInPath()
        .appending(path: "../../../../shared/crds").standardized

    private func python(_ arguments: [String]) async throws -> Int32 {
        try await ChildProcess(URL(filePath: "/usr/bin/env"), ["python3"] + arguments).finish(within: .seconds(300))
    }

    @Test("A strategic patch of a deployment changes one container and keeps the other")
    func strategicPatch() throws {
        let path = "/apis/apps/v1/namespaces/default/deployments"
        let created = try send(
            "POST",
            path,
            [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d", "finalizers": ["a/b"]],
                "spec": [
                    "selector": ["matchLabels": ["a": "b"]],
                    "template": [
                        "metadata": ["labels": ["a": "b"]],
                        "spec": ["containers": [["name": "one", "image": "x:1"], ["name": "two", "image": "y:1"]]],
                    ],
                ],
            ]
        )
        try #require(created.status == 201, "\(created.body)")
        let patched = try send(
            "PATCH",
            path + "/d",
            [
                "metadata": ["finalizers": ["c/d"]],
                "spec": ["template": ["spec": ["containers": [["name": "two", "image": "y:2"]]]]],
            ],
            type: "application/strategic-merge-patch+json"
        )
        let containers = patched.body.at("spec", "template", "spec", "containers")?.array ?? []
        #expect(containers.map { $0["image"]?.string } == ["x:1", "y:2"])
        #expect(patched.body.at("metadata", "finalizers") == ["a/b", "c/d"])
        #expect(patched.body.at("metadata", "generation") == 2)
    }

    @Test("A stateful set keeps its volumes, and what the server fills into them is no change that somebody wanted")
    func statefulSets() throws {
        let client = InProcessClient(server: server, fieldManager: "test")
        func set(_ size: String) -> JSONValue {
            let claim: JSONValue = [
                "metadata": ["name": "data"],
                "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": .string(size)]]],
            ]
            return [
                "metadata": ["namespace": "default", "name": "v"],
                "spec": [
                    "selector": ["matchLabels": ["a": "b"]], "volumeClaimTemplates": [claim],
                    "template": ["metadata": ["labels": ["a": "b"]], "spec": ["containers": []]],
                ],
            ]
        }
        let stored = try client.create(.statefulSet, set("2Gi"))
        #expect(stored.at("spec", "volumeClaimTemplates")?[0]?.at("spec", "volumeMode") == "Filesystem")
        #expect(PerconaSets.refusal(of: set("2048Mi"), stored) == nil)
        let refusal = try #require(PerconaSets.refusal(of: set("3Gi"), stored))
        let key = ObjectKey(namespace: "default", name: "v")
        _ = try client.patch(.statefulSet, key, merge: ["spec": ["replicas": 3]])
        let failure = #expect(throws: APIFailure.self) {
            _ = try client.patch(
                .statefulSet,
                key,
                merge: ["spec": ["volumeClaimTemplates": set("3Gi").at("spec", "volumeClaimTemplates") ?? []]]
            )
        }
        #expect(failure?.message == refusal)
    }

    @Test("A volume claim may grow, and neither shrink nor change otherwise")
    func claims() throws {
        let client = InProcessClient(server: server, fieldManager: "test")
        let key = ObjectKey(namespace: "default", name: "v")
        _ = try client.create(
            .persistentVolumeClaim,
            [
                "metadata": ["namespace": "default", "name": "v"],
                "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "2Gi"]]],
            ]
        )
        _ = try client.patch(
            .persistentVolumeClaim,
            key,
            merge: ["status": ["phase": "Bound", "capacity": ["storage": "2Gi"]]],
            subresource: "status"
        )
        func request(_ size: String) throws {
            _ = try client.patch(
                .persistentVolumeClaim,
                key,
                merge: ["spec": ["resources": ["requests": ["storage": .string(size)]]]]
            )
        }
        try request("3Gi")
        #expect(throws: APIFailure.self) { try request("1Gi") }
        #expect(throws: APIFailure.self) {
            _ = try client.patch(.persistentVolumeClaim, key, merge: ["spec": ["accessModes": ["ReadWriteMany"]]])
        }
    }

    @Test("An event is the same in both versions of its kind, and one that does not say who reports is refused")
    func events() throws {
        let path = "/apis/events.k8s.io/v1/namespaces/default/events"
        var event: JSONValue = [
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": ["name": "e"],
            "eventTime": "2026-01-01T00:00:00.000000Z", "reason": "Tested", "note": "all is well", "type": "Normal",
            "regarding": ["kind": "Pod", "name": "p", "namespace": "default"],
        ]
        let refused = try send("POST", path, event)
        let fields = (refused.body.at("details", "causes")?.array ?? []).compactMap { $0["field"]?.string }
        #expect(Set(fields) == ["reportingController", "reportingInstance", "action"])
        event["reportingController"] = "dbaas.io/operator"
        event["reportingInstance"] = "one"
        event["action"] = "Test"
        let created = try send("POST", path, event)
        #expect(created.status == 201)
        #expect(created.body["note"] == "all is well")
        let list = try send("GET", "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=p")
        #expect(list.body["items"]?[0]?["message"] == "all is well")
        #expect(list.body["items"]?[0]?.at("involvedObject", "kind") == "Pod")
    }

    @Test("Discovery names every built-in kind, and those of a definition from the moment it is accepted")
    func discovery() throws {
        func kinds() throws -> Set<String> {
            var names: Set<String> = []
            for root in ["/api", "/apis"] {
                let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
                let response = server.handle(APIRequest(method: "GET", uri: root, headers: ["accept": accept]))
                guard case .bytes(let bytes) = response.body else { continue }
                for group in try JSONValue(parsing: bytes)["items"]?.array ?? [] {
                    for version in group["versions"]?.array ?? [] {
                        names.formUnion((version["resources"]?.array ?? []).compactMap { $0["resource"]?.string })
                    }
                }
            }
            return names
        }
        let builtIn: Set = [
            "configmaps", "customresourcedefinitions", "deployments", "endpoints", "events", "jobs", "leases",
            "namespaces", "persistentvolumeclaims", "poddisruptionbudgets", "pods", "rolebindings", "roles", "secrets",
            "selfsubjectaccessreviews", "serviceaccounts", "services", "storageclasses",
        ]
        #expect(try kinds().isSuperset(of: builtIn))
        #expect(try !kinds().contains("databaseclusters"))
        server.install(OwnRules.definitions)
        #expect(try kinds().isSuperset(of: ["databaseclusters", "opsrequests", "backupstorages"]))
    }

    @Test("What was asked is counted by who asked for what")
    func counting() throws {
        _ = try send("GET", "/api/v1/pods")
        _ = try send("GET", "/api/v1/pods")
        let counted = try send("GET", "/sandbox/requests").body
        #expect(counted == [["userAgent": "tester/1", "verb": "list", "resource": "pods", "count": 2]])
    }

    @Test("Nonsense is refused and never ends the process", arguments: 0..<20)
    func nonsense(_ seed: Int) throws {
        server.install(OwnRules.definitions)
        var random = SplitMix(state: UInt64(seed))
        let pieces = [
            "/api/v1", "/apis", "/dbaas.io/v1alpha1", "/namespaces", "/default", "/databaseclusters", "/x", "/status",
            "/scale", "//", "/%zz", "/watch", "/pods", "?watch=1&timeoutSeconds=0", "?limit=-1", "?continue=e30",
            "?resourceVersion=18446744073709551615", "?labelSelector=%21", "?fieldSelector==", "?dryRun=x",
        ]
        let bodies = [
            "", "null", "[]", "{", "\"", "{\"metadata\":3}", "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":[]}",
            "{\"apiVersion\":\"dbaas.io/v1alpha1\",\"kind\":\"DatabaseCluster\",\"metadata\":{\"name\":5},\"spec\":[]}",
            "[{\"op\":\"move\",\"from\":\"/\",\"path\":\"\"}]", String(repeating: "[", count: 5000), "a: &a [*a]",
        ]
        let types = [
            "application/json", "application/yaml", "application/apply-patch+yaml", "application/merge-patch+json",
            "application/json-patch+json", "application/strategic-merge-patch+json", "", "x/y",
        ]
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"]
        for _ in 0..<100 {
            let uri = (0..<Int.random(in: 1...7, using: &random)).compactMap { _ in
                pieces.randomElement(using: &random)
            }.joined()
            let response = server.handle(
                APIRequest(
                    method: methods.randomElement(using: &random) ?? "GET",
                    uri: uri,
                    headers: [
                        "content-type": types.randomElement(using: &random) ?? "",
                        "accept": ["", "text/html", "application/json;as=Table", "*/*"].randomElement(using: &random)
                            ?? "",
                    ],
                    body: Array((bodies.randomElement(using: &random) ?? "").utf8)
                )
            )
            #expect((200..<600).contains(response.status))
            #expect(response.status != 500, "\(uri)")
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
